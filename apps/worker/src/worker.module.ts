import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { ContactsHousekeepingModule } from '@heliograph/contacts';
import { type InboxConfig, InboxHousekeepingModule } from '@heliograph/inbox';
import {
  type BrokersConfig,
  BrokersWorkerModule,
  type EventsConfig,
  EventsWorkerModule,
  IngestionHousekeepingModule,
} from '@heliograph/ingestion';
import { type KernelConfig, KernelModule } from '@heliograph/kernel';
import { LedgerModule, type MessagingConfig, MessagingHousekeepingModule, MessagingWorkerModule } from '@heliograph/messaging';
import type { ProvidersConfig } from '@heliograph/providers';
import { type TenantsConfig, TenantsWorkerModule } from '@heliograph/tenants';
import {
  type InboundConfig,
  InboundHousekeepingModule,
  InboundWorkerModule,
  type OutboundConfig,
  OutboundHousekeepingModule,
  OutboundWorkerModule,
} from '@heliograph/webhooks';

export type WorkerConfig = KernelConfig &
  ProvidersConfig &
  TenantsConfig &
  MessagingConfig &
  InboxConfig &
  InboundConfig &
  OutboundConfig &
  EventsConfig &
  BrokersConfig;

/** The worker process: WORKER_ROLES picks its duties. */
@Module({})
export class WorkerModule {
  static forRoot(config: Readonly<WorkerConfig>): DynamicModule {
    const roles: Type[] = [];
    if (config.WORKER_ROLES.includes('lanes')) roles.push(MessagingWorkerModule);
    if (config.WORKER_ROLES.includes('hooks')) roles.push(InboundWorkerModule);
    if (config.WORKER_ROLES.includes('events')) roles.push(EventsWorkerModule);
    if (config.WORKER_ROLES.includes('callbacks')) roles.push(OutboundWorkerModule);
    if (config.WORKER_ROLES.includes('brokers')) roles.push(BrokersWorkerModule);
    if (config.WORKER_ROLES.includes('housekeeping'))
      roles.push(
        TenantsWorkerModule,
        ContactsHousekeepingModule,
        MessagingHousekeepingModule,
        InboxHousekeepingModule,
        InboundHousekeepingModule,
        OutboundHousekeepingModule,
        IngestionHousekeepingModule,
      );
    return { module: WorkerModule, imports: [KernelModule.forRoot(config, 'worker'), LedgerModule, ...roles] };
  }
}
