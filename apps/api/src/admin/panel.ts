import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { notFound } from '@heliograph/kernel';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';

const files = join(process.cwd(), 'dist', 'admin');
/**
 * Content security policy of the panel: only its own scripts, requests only to this host, no frames. Emotion writes styles into the page.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the panel at /admin: its files, and its single page for every path below that is not a file. */
export async function servePanel(app: NestFastifyApplication): Promise<void> {
  if (!existsSync(join(files, 'index.html'))) return;
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  await fastify.register(fastifyStatic, { root: files, prefix: '/admin/', decorateReply: true, index: false, wildcard: false, setHeaders });
  const page = (_request: unknown, reply: FastifyReply) =>
    reply.header('content-security-policy', policy).header('cache-control', 'no-cache').type('text/html').sendFile('index.html', files);
  // A page that was open during an update requests files that no longer exist. It must not get the page in place of a script.
  fastify.get('/admin/assets/*', () => {
    throw notFound('file');
  });
  fastify.get('/admin', (_request, reply) => reply.redirect('/admin/', 302));
  fastify.get('/admin/', page);
  fastify.get('/admin/*', page);
}

function setHeaders(reply: Pick<FastifyReply, 'header'>, path: string): void {
  reply.header('content-security-policy', policy);
  // Names of built files contain a hash of their content.
  reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
}
