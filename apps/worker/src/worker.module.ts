import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { ContactsHousekeepingModule } from '@heliograph/contacts';
import { InboxHousekeepingModule } from '@heliograph/inbox';
import { BrokersWorkerModule, EventsWorkerModule, IngestionHousekeepingModule } from '@heliograph/ingestion';
import { type KernelConfig, KernelModule } from '@heliograph/kernel';
import { LedgerModule, MessagingHousekeepingModule, MessagingWorkerModule } from '@heliograph/messaging';
import { TenantsWorkerModule } from '@heliograph/tenants';
import { InboundHousekeepingModule, InboundWorkerModule, OutboundHousekeepingModule, OutboundWorkerModule } from '@heliograph/webhooks';

/** The worker process: WORKER_ROLES picks its duties. */
@Module({})
export class WorkerModule {
  static forRoot(config: Readonly<KernelConfig>): DynamicModule {
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
