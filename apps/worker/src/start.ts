import 'reflect-metadata';
import { inboxConfig } from '@heliograph/inbox';
import { brokersConfig, eventsConfig } from '@heliograph/ingestion';
import { configOrExit, createHttpApp, kernelConfig, waitForDatabase } from '@heliograph/kernel';
import { messagingConfig } from '@heliograph/messaging';
import { providersConfig } from '@heliograph/providers';
import { tenantsConfig } from '@heliograph/tenants';
import { inboundConfig, outboundConfig } from '@heliograph/webhooks';
import { type WorkerConfig, WorkerModule } from './worker.module';

async function main(): Promise<void> {
  const parts = [
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
  const config = configOrExit<WorkerConfig>(parts);
  await waitForDatabase(config, (line) => process.stderr.write(`${line}\n`));
  // The only thing a worker serves is its health and its metrics.
  const app = await createHttpApp(WorkerModule.forRoot(config), { ...config, PAGES_OPEN: true });
  await app.listen(config.WORKER_HEALTH_PORT, config.HOST);
}

main().catch((error: Error) => {
  process.stderr.write(`The worker could not start: ${error.message}\n`);
  process.exit(1);
});
