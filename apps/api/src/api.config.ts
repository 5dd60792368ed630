import { type InboxConfig, inboxConfig } from '@heliograph/inbox';
import { kernelConfig, type KernelConfig } from '@heliograph/kernel';
import { messagingConfig, type MessagingConfig } from '@heliograph/messaging';
import { providersConfig, type ProvidersConfig } from '@heliograph/providers';
import { staffConfig, type StaffConfig } from '@heliograph/staff';
import { tenantsConfig, type TenantsConfig } from '@heliograph/tenants';
import { type BrokersConfig, brokersConfig, webhooksConfig, type WebhooksConfig } from '@heliograph/webhooks';

/** Every key of every lib. */
export const allConfig = [
  kernelConfig,
  providersConfig,
  tenantsConfig,
  staffConfig,
  messagingConfig,
  inboxConfig,
  webhooksConfig,
  brokersConfig,
];
export type ApiConfig = KernelConfig &
  ProvidersConfig &
  TenantsConfig &
  StaffConfig &
  MessagingConfig &
  InboxConfig &
  WebhooksConfig &
  BrokersConfig;
