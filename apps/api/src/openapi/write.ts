import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig } from '@heliograph/kernel';
import { type ApiConfig, allConfig } from '../api.config';
import { ApiModule } from '../api.module';
import { openApiDocument } from './openapi';

const file = resolve('docs/openapi.json');

/** Writes docs/openapi.json from the code, or with --check says whether it is as committed. Starts nothing: routes are enough. */
async function main(): Promise<void> {
  const config = loadConfig(allConfig, {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    KEYRING: `docs:${Buffer.alloc(32).toString('base64')}`,
  }) as unknown as ApiConfig;
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.forRoot(config), new FastifyAdapter(), {
    preview: true,
    logger: false,
  });
  const text = `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (text !== readFileSync(file, 'utf8'))
    throw new Error('docs/openapi.json differs from the code: npm run build && npm run openapi');
  process.exit(0);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
