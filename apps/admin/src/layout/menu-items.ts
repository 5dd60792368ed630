import AltRouteOutlined from '@mui/icons-material/AltRouteOutlined';
import BlockOutlined from '@mui/icons-material/BlockOutlined';
import BusinessOutlined from '@mui/icons-material/BusinessOutlined';
import ChatBubbleOutlined from '@mui/icons-material/ChatBubbleOutlineOutlined';
import DashboardOutlined from '@mui/icons-material/DashboardOutlined';
import GroupOutlined from '@mui/icons-material/GroupOutlined';
import HistoryOutlined from '@mui/icons-material/HistoryOutlined';
import InboxOutlined from '@mui/icons-material/InboxOutlined';
import KeyOutlined from '@mui/icons-material/KeyOutlined';
import MailOutlined from '@mui/icons-material/MarkEmailUnreadOutlined';
import PhoneAndroidOutlined from '@mui/icons-material/PhoneAndroidOutlined';
import PlayCircleOutlined from '@mui/icons-material/PlayCircleOutlined';
import SettingsOutlined from '@mui/icons-material/SettingsOutlined';
import ShieldOutlined from '@mui/icons-material/ShieldOutlined';
import SpeedOutlined from '@mui/icons-material/SpeedOutlined';
import SyncAltOutlined from '@mui/icons-material/SyncAltOutlined';
import WebhookOutlined from '@mui/icons-material/WebhookOutlined';
import BoltOutlined from '@mui/icons-material/BoltOutlined';
import type { ComponentType } from 'react';
import type { Permission } from '../providers/me';

/** An entry of the side bar: page, words (`menu.<name>`), and the permission that shows it. */
export interface MenuItem {
  name: string;
  to: string;
  icon: ComponentType;
  needs: Permission;
}

/** Groups of the side bar. A person sees entries that a permission opens; an empty group is not shown. */
export const menu: { group: string; items: MenuItem[] }[] = [
  {
    group: 'work',
    items: [
      { name: 'overview', to: '/', icon: DashboardOutlined, needs: 'overview:read' },
      { name: 'conversations', to: '/conversations', icon: InboxOutlined, needs: 'conversations:read' },
      { name: 'contacts', to: '/contacts', icon: GroupOutlined, needs: 'contacts:read' },
      { name: 'numbers', to: '/numbers', icon: PhoneAndroidOutlined, needs: 'sessions:read' },
      { name: 'pools', to: '/pools', icon: SpeedOutlined, needs: 'sessions:read' },
      { name: 'suppressions', to: '/suppressions', icon: BlockOutlined, needs: 'contacts:read' },
    ],
  },
  {
    group: 'engineering',
    items: [
      { name: 'messages', to: '/messages', icon: ChatBubbleOutlined, needs: 'messages:read' },
      { name: 'dead_letters', to: '/dead-letters', icon: MailOutlined, needs: 'dead_letters:read' },
      { name: 'events', to: '/events', icon: BoltOutlined, needs: 'events:read' },
      { name: 'rules', to: '/rules', icon: AltRouteOutlined, needs: 'events:read' },
      { name: 'deliveries', to: '/deliveries', icon: SyncAltOutlined, needs: 'callbacks:read' },
      { name: 'endpoints', to: '/endpoints', icon: WebhookOutlined, needs: 'callbacks:read' },
      { name: 'keys', to: '/keys', icon: KeyOutlined, needs: 'keys:manage' },
      { name: 'simulator', to: '/simulator', icon: PlayCircleOutlined, needs: 'sessions:manage' },
    ],
  },
  {
    group: 'agency',
    items: [
      { name: 'clients', to: '/clients', icon: BusinessOutlined, needs: 'tenants:read' },
      { name: 'staff', to: '/staff', icon: ShieldOutlined, needs: 'staff:read' },
      { name: 'audit', to: '/audit', icon: HistoryOutlined, needs: 'audit:read' },
      { name: 'settings', to: '/settings', icon: SettingsOutlined, needs: 'tenant:manage' },
    ],
  },
];
