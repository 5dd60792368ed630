import { type DynamicModule, Module } from '@nestjs/common';
// Every lib that has a role registers it when it is loaded.
import '@heliograph/contacts';
import '@heliograph/dead-letters';
import '@heliograph/inbox';
import '@heliograph/ingestion';
import { type KernelConfig, KernelModule, workerRoles } from '@heliograph/kernel';
import { LedgerModule } from '@heliograph/messaging';
import '@heliograph/tenants';
import '@heliograph/webhooks';

/** The worker process: WORKER_ROLES picks its duties among those that the libs registered. */
@Module({})
export class WorkerModule {
  static forRoot(config: Readonly<KernelConfig>): DynamicModule {
    const imports = [KernelModule.forRoot(config, 'worker'), LedgerModule, ...workerRoles.of(config.WORKER_ROLES)];
    return { module: WorkerModule, imports };
  }
}
