import 'reflect-metadata';
import { configOrExit, createHttpApp, type KernelConfig, keepHeapSmall, waitForDatabase } from '@heliograph/kernel';
import { WorkerModule } from './worker.module';

async function main(): Promise<void> {
  keepHeapSmall();
  const config = configOrExit<KernelConfig>();
  await waitForDatabase(config, (line) => process.stderr.write(`${line}\n`));
  // A worker serves only its health and its metrics.
  const app = await createHttpApp(WorkerModule.forRoot(config), { ...config, PAGES_OPEN: true });
  await app.listen(config.WORKER_HEALTH_PORT, config.HOST);
}

main().catch((error: Error) => {
  process.stderr.write(`The worker could not start: ${error.message}\n`);
  process.exit(1);
});
