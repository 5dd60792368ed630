import ChatBubbleOutlined from '@mui/icons-material/ChatBubbleOutlineOutlined';
import HistoryOutlined from '@mui/icons-material/HistoryOutlined';
import HomeOutlined from '@mui/icons-material/HomeOutlined';
import MailOutlined from '@mui/icons-material/MarkEmailUnreadOutlined';
import PhoneAndroidOutlined from '@mui/icons-material/PhoneAndroidOutlined';
import SettingsOutlined from '@mui/icons-material/SettingsOutlined';
import type { ComponentType } from 'react';
import type { Permission } from '../providers/me';

/** An entry of the side bar: page, words (`menu.<name>`), and the permission that shows it. */
export interface MenuItem {
  name: string;
  to: string;
  icon: ComponentType;
  needs: Permission;
  /** The page shows all clients of the person: the permission for one of them is enough. */
  anyClient?: boolean;
}

/** Groups of the side bar; every entry has a page. A person sees entries that a permission opens; an empty group is not shown. */
export const menu: { group: string; items: MenuItem[] }[] = [
  {
    group: 'work',
    items: [
      { name: 'overview', to: '/', icon: HomeOutlined, needs: 'overview:read', anyClient: true },
      { name: 'numbers', to: '/numbers', icon: PhoneAndroidOutlined, needs: 'sessions:read' },
    ],
  },
  {
    group: 'engineering',
    items: [
      { name: 'messages', to: '/messages', icon: ChatBubbleOutlined, needs: 'messages:read' },
      { name: 'dead_letters', to: '/dead-letters', icon: MailOutlined, needs: 'dead_letters:read' },
    ],
  },
  {
    group: 'agency',
    items: [
      { name: 'audit', to: '/audit', icon: HistoryOutlined, needs: 'audit:read', anyClient: true },
      { name: 'settings', to: '/settings', icon: SettingsOutlined, needs: 'tenant:manage' },
    ],
  },
];
