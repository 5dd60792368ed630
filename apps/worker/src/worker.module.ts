import { type DynamicModule, Module } from '@nestjs/common';
// Every lib that has a role registers it when it is loaded.
import '@heliograph/contacts';
import '@heliograph/dead-letters';
import type { InboxConfig } from '@heliograph/inbox';
import '@heliograph/inbox';
import type { BrokersConfig, EventsConfig } from '@heliograph/ingestion';
import '@heliograph/ingestion';
import { type KernelConfig, KernelModule, workerRoles } from '@heliograph/kernel';
import { LedgerModule, type MessagingConfig } from '@heliograph/messaging';
import type { ProvidersConfig } from '@heliograph/providers';
import type { TenantsConfig } from '@heliograph/tenants';
import '@heliograph/tenants';
import type { InboundConfig, OutboundConfig } from '@heliograph/webhooks';
import '@heliograph/webhooks';

export type WorkerConfig = KernelConfig &
  ProvidersConfig &
  TenantsConfig &
  MessagingConfig &
  InboxConfig &
  InboundConfig &
  OutboundConfig &
  EventsConfig &
  BrokersConfig;

/** The worker process: WORKER_ROLES picks its duties among those that the libs registered. */
@Module({})
export class WorkerModule {
  static forRoot(config: Readonly<WorkerConfig>): DynamicModule {
    const imports = [KernelModule.forRoot(config, 'worker'), LedgerModule, ...workerRoles.of(config.WORKER_ROLES)];
    return { module: WorkerModule, imports };
  }
}
