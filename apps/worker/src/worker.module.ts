import { type DynamicModule, Module } from '@nestjs/common';
// Every lib registers its roles when it is loaded.
import '@heliograph/campaigns';
import '@heliograph/contacts';
import '@heliograph/dead-letters';
import '@heliograph/inbox';
import '@heliograph/ingestion';
import { type KernelConfig, KernelModule, workerRoles } from '@heliograph/kernel';
import { LedgerModule } from '@heliograph/messaging';
import '@heliograph/tenants';
import '@heliograph/webhooks';

/** The worker process: WORKER_ROLES selects its roles among those that the libs registered. */
@Module({})
export class WorkerModule {
  static forRoot(config: Readonly<KernelConfig>): DynamicModule {
    const imports = [KernelModule.forRoot(config, 'worker'), LedgerModule, ...workerRoles.of(config.WORKER_ROLES)];
    return { module: WorkerModule, imports };
  }
}
