import ApartmentOutlined from '@mui/icons-material/ApartmentOutlined';
import BoltOutlined from '@mui/icons-material/BoltOutlined';
import CampaignOutlined from '@mui/icons-material/CampaignOutlined';
import CategoryOutlined from '@mui/icons-material/CategoryOutlined';
import ChatBubbleOutlined from '@mui/icons-material/ChatBubbleOutlineOutlined';
import FilterAltOutlined from '@mui/icons-material/FilterAltOutlined';
import HistoryOutlined from '@mui/icons-material/HistoryOutlined';
import HomeOutlined from '@mui/icons-material/HomeOutlined';
import GroupOutlined from '@mui/icons-material/GroupOutlined';
import HubOutlined from '@mui/icons-material/HubOutlined';
import KeyOutlined from '@mui/icons-material/KeyOutlined';
import BlockOutlined from '@mui/icons-material/BlockOutlined';
import InboxOutlined from '@mui/icons-material/InboxOutlined';
import ChecklistOutlined from '@mui/icons-material/ChecklistOutlined';
import MailOutlined from '@mui/icons-material/MarkEmailUnreadOutlined';
import PeopleOutlined from '@mui/icons-material/PeopleOutlined';
import PhoneAndroidOutlined from '@mui/icons-material/PhoneAndroidOutlined';
import SettingsOutlined from '@mui/icons-material/SettingsOutlined';
import SpeedOutlined from '@mui/icons-material/SpeedOutlined';
import AccountTreeOutlined from '@mui/icons-material/AccountTreeOutlined';
import DescriptionOutlined from '@mui/icons-material/DescriptionOutlined';
import DnsOutlined from '@mui/icons-material/DnsOutlined';
import WebhookOutlined from '@mui/icons-material/WebhookOutlined';
import ScienceOutlined from '@mui/icons-material/ScienceOutlined';
import type { ComponentType } from 'react';
import { type Me, mayDo, mayDoAnywhere, type Permission } from '../providers/me';

/** An entry of the side bar: page, words (`menu.<name>`), and the permission that shows it. */
export interface MenuItem {
  name: string;
  to: string;
  icon: ComponentType;
  needs: Permission;
  /** The page is about the agency: the permission for single clients does not open it. */
  ofAgency?: boolean;
}

/** True when the person may see the page: of the client that is chosen, or of at least one while none is. */
export function isOpenTo(me: Me | undefined, { name, needs, ofAgency }: MenuItem, tenant: string | null): boolean {
  if (name === 'simulator' && !me?.has_simulator) return false;
  if (ofAgency) return mayDo(me, needs, null);
  return tenant ? mayDo(me, needs, tenant) : mayDoAnywhere(me, needs);
}

/** Groups of the side bar; every entry has a page. A person sees entries that a permission opens; an empty group is not shown. */
export const menu: { group: string; items: MenuItem[] }[] = [
  {
    group: 'work',
    items: [
      { name: 'overview', to: '/', icon: HomeOutlined, needs: 'overview:read' },
      { name: 'conversations', to: '/conversations', icon: InboxOutlined, needs: 'conversations:read' },
      { name: 'campaigns', to: '/campaigns', icon: CampaignOutlined, needs: 'campaigns:read' },
      { name: 'contacts', to: '/contacts', icon: PeopleOutlined, needs: 'contacts:read' },
      { name: 'segments', to: '/segments', icon: FilterAltOutlined, needs: 'contacts:read' },
      { name: 'templates', to: '/templates', icon: DescriptionOutlined, needs: 'campaigns:read' },
      { name: 'suppressions', to: '/opt-outs', icon: BlockOutlined, needs: 'contacts:read' },
      { name: 'numbers', to: '/numbers', icon: PhoneAndroidOutlined, needs: 'sessions:read' },
      { name: 'pools', to: '/pools', icon: SpeedOutlined, needs: 'sessions:read' },
    ],
  },
  {
    group: 'engineering',
    items: [
      { name: 'messages', to: '/messages', icon: ChatBubbleOutlined, needs: 'messages:read' },
      { name: 'dead_letters', to: '/dead-letters', icon: MailOutlined, needs: 'dead_letters:read' },
      { name: 'events', to: '/events', icon: BoltOutlined, needs: 'events:read' },
      { name: 'rules', to: '/rules', icon: AccountTreeOutlined, needs: 'events:read' },
      { name: 'event_types', to: '/event-types', icon: CategoryOutlined, needs: 'events:read' },
      { name: 'endpoints', to: '/endpoints', icon: WebhookOutlined, needs: 'callbacks:read' },
      { name: 'keys', to: '/keys', icon: KeyOutlined, needs: 'keys:manage' },
      { name: 'queues', to: '/queues', icon: DnsOutlined, needs: 'events:read' },
      { name: 'jobs', to: '/jobs', icon: ChecklistOutlined, needs: 'messages:read' },
    ],
  },
  {
    group: 'agency',
    items: [
      { name: 'clients', to: '/clients', icon: ApartmentOutlined, needs: 'tenants:read' },
      { name: 'accounts', to: '/accounts', icon: HubOutlined, needs: 'sessions:read' },
      { name: 'staff', to: '/staff', icon: GroupOutlined, needs: 'staff:read', ofAgency: true },
      { name: 'audit', to: '/audit', icon: HistoryOutlined, needs: 'audit:read' },
      { name: 'settings', to: '/settings', icon: SettingsOutlined, needs: 'tenant:manage' },
      // Shown where the provider is a simulator.
      { name: 'simulator', to: '/simulator', icon: ScienceOutlined, needs: 'sessions:manage', ofAgency: true },
    ],
  },
];
