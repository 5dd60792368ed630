import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { ContactsHousekeepingModule } from '@heliograph/contacts';
import { InboxHousekeepingModule } from '@heliograph/inbox';
import { type KernelConfig, KernelModule } from '@heliograph/kernel';
import { LedgerModule, MessagingHousekeepingModule, MessagingWorkerModule } from '@heliograph/messaging';
import { TenantsWorkerModule } from '@heliograph/tenants';
import { CallbacksWorkerModule, EventsWorkerModule, WebhooksHousekeepingModule, WebhooksWorkerModule } from '@heliograph/webhooks';
import { BrokersModule } from './brokers/brokers.module';

/** The worker process: WORKER_ROLES picks its duties. */
@Module({})
export class WorkerModule {
  static forRoot(config: Readonly<KernelConfig>): DynamicModule {
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
        MessagingHousekeepingModule,
        InboxHousekeepingModule,
        WebhooksHousekeepingModule,
      );
    return { module: WorkerModule, imports: [KernelModule.forRoot(config, 'worker'), LedgerModule, ...roles] };
  }
}
