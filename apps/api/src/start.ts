import 'reflect-metadata';
import { configOrExit, createHttpApp, type KernelConfig, keepHeapSmall, waitForDatabase } from '@heliograph/kernel';
import { ApiModule } from './api.module';
import { servePages } from './pages';

async function main(): Promise<void> {
  keepHeapSmall();
  const config = configOrExit<KernelConfig>();
  await waitForDatabase(config, (line) => process.stderr.write(`${line}\n`));
  const app = await createHttpApp(ApiModule.forRoot(config), config);
  await servePages(app, config.API_SURFACES);
  await app.listen(config.PORT, config.HOST);
}

main().catch((error: Error) => {
  process.stderr.write(`The API could not start: ${error.message}\n`);
  process.exit(1);
});
