import 'reflect-metadata';
import { configOrExit, createHttpApp, type KernelConfig, keepHeapSmall, waitForDatabase } from '@heliograph/kernel';
import { ApiModule } from './api.module';
import { servePanel } from './admin/panel';
import { serveDocs } from './http/openapi/openapi';

async function main(): Promise<void> {
  keepHeapSmall();
  const config = configOrExit<KernelConfig>();
  await waitForDatabase(config, (line) => process.stderr.write(`${line}\n`));
  const app = await createHttpApp(ApiModule.forRoot(config), config);
  if (config.API_SURFACES.includes('public')) serveDocs(app);
  if (config.API_SURFACES.includes('admin')) await servePanel(app);
  await app.listen(config.PORT, config.HOST);
}

main().catch((error: Error) => {
  process.stderr.write(`The API could not start: ${error.message}\n`);
  process.exit(1);
});
