import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { servePanel } from './admin/panel';
import { serveDocs } from './http/openapi/openapi';

/** Serves the pages of these surfaces beside the routes: the API reference and the panel. */
export async function servePages(app: NestFastifyApplication, surfaces: readonly string[]): Promise<void> {
  // A route gets the error handler that is set when the first plugin after it has loaded. Nest sets its own in `init`; without it a
  // refusal of these pages would be an error 500.
  await app.init();
  if (surfaces.includes('public')) serveDocs(app);
  if (surfaces.includes('admin')) await servePanel(app);
}
