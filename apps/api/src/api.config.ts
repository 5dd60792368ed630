import { type InboxConfig, inboxConfig } from '@heliograph/inbox';
import { type BrokersConfig, brokersConfig, type EventsConfig, eventsConfig } from '@heliograph/ingestion';
import { kernelConfig, type KernelConfig } from '@heliograph/kernel';
import { messagingConfig, type MessagingConfig } from '@heliograph/messaging';
import { providersConfig, type ProvidersConfig } from '@heliograph/providers';
import { tenantsConfig, type TenantsConfig } from '@heliograph/tenants';
import { inboundConfig, type InboundConfig, outboundConfig, type OutboundConfig } from '@heliograph/webhooks';

/** Every key of every lib. */
export const allConfig = [
  kernelConfig,
  providersConfig,
  tenantsConfig,
  messagingConfig,
  inboxConfig,
  inboundConfig,
  outboundConfig,
  eventsConfig,
  brokersConfig,
];
export type ApiConfig = KernelConfig &
  ProvidersConfig &
  TenantsConfig &
  MessagingConfig &
  InboxConfig &
  InboundConfig &
  OutboundConfig &
  EventsConfig &
  BrokersConfig;
