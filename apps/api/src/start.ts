import 'reflect-metadata';
import { configOrExit, createHttpApp, keepHeapSmall, waitForDatabase } from '@heliograph/kernel';
import { type ApiConfig, allConfig } from './api.config';
import { ApiModule } from './api.module';
import { servePanel } from './admin/panel';
import { serveDocs } from './openapi/openapi';

async function main(): Promise<void> {
  keepHeapSmall();
  const config = configOrExit<ApiConfig>(allConfig);
  await waitForDatabase(config, (line) => process.stderr.write(`${line}\n`));
  const app = await createHttpApp(ApiModule.forRoot(config), config);
  if (config.API_SURFACES.includes('public')) serveDocs(app);
  if (config.API_SURFACES.includes('admin')) await servePanel(app);
  await app.listen(config.PORT, config.HOST);
}

main().catch((error: Error) => {
  process.stderr.write(`The api could not start: ${error.message}\n`);
  process.exit(1);
});
