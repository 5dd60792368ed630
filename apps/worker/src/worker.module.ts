import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { ContactsHousekeepingModule } from '@heliograph/contacts';
import { DeadLettersHousekeepingModule } from '@heliograph/dead-letters';
import { type InboxConfig, InboxHousekeepingModule } from '@heliograph/inbox';
import { type KernelConfig, KernelModule } from '@heliograph/kernel';
import { LedgerModule, type MessagingConfig, MessagingHousekeepingModule, MessagingWorkerModule } from '@heliograph/messaging';
import type { ProvidersConfig } from '@heliograph/providers';
import { type TenantsConfig, TenantsWorkerModule } from '@heliograph/tenants';
import {
  type BrokersConfig,
  CallbacksWorkerModule,
  EventsWorkerModule,
  type WebhooksConfig,
  WebhooksHousekeepingModule,
  WebhooksWorkerModule,
} from '@heliograph/webhooks';
import { BrokersModule } from './brokers/brokers.module';

export type WorkerConfig = KernelConfig & ProvidersConfig & TenantsConfig & MessagingConfig & InboxConfig & WebhooksConfig & BrokersConfig;

/** The worker process: WORKER_ROLES picks its duties. */
@Module({})
export class WorkerModule {
  static forRoot(config: Readonly<WorkerConfig>): DynamicModule {
    const roles: Type[] = [];
    if (config.WORKER_ROLES.includes('lanes')) roles.push(MessagingWorkerModule);
    if (config.WORKER_ROLES.includes('hooks')) roles.push(WebhooksWorkerModule);
    if (config.WORKER_ROLES.includes('events')) roles.push(EventsWorkerModule);
    if (config.WORKER_ROLES.includes('callbacks')) roles.push(CallbacksWorkerModule);
    if (config.WORKER_ROLES.includes('brokers')) roles.push(BrokersModule);
    if (config.WORKER_ROLES.includes('housekeeping'))
      roles.push(
        TenantsWorkerModule,
        ContactsHousekeepingModule,
        DeadLettersHousekeepingModule,
        MessagingHousekeepingModule,
        InboxHousekeepingModule,
        WebhooksHousekeepingModule,
      );
    return { module: WorkerModule, imports: [KernelModule.forRoot(config, 'worker'), LedgerModule, ...roles] };
  }
}
