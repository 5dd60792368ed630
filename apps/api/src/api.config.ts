import { type InboxConfig, inboxConfig } from '@heliograph/inbox';
import { type BrokersConfig, brokersConfig, type EventsConfig, eventsConfig } from '@heliograph/ingestion';
import { kernelConfig, type KernelConfig } from '@heliograph/kernel';
import { messagingConfig, type MessagingConfig } from '@heliograph/messaging';
import { providersConfig, type ProvidersConfig } from '@heliograph/providers';
import { tenantsConfig, type TenantsConfig } from '@heliograph/tenants';
import { webhooksConfig, type WebhooksConfig } from '@heliograph/webhooks';

/** Every key of every lib. */
export const allConfig = [
  kernelConfig,
  providersConfig,
  tenantsConfig,
  messagingConfig,
  inboxConfig,
  webhooksConfig,
  eventsConfig,
  brokersConfig,
];
export type ApiConfig = KernelConfig &
  ProvidersConfig &
  TenantsConfig &
  MessagingConfig &
  InboxConfig &
  WebhooksConfig &
  EventsConfig &
  BrokersConfig;
