import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { declaredShapes, type KernelConfig, loadConfig } from '@heliograph/kernel';
import { ApiModule } from '../../api.module';
import { openApiDocument } from './openapi';

/** Returns the document without a database: nothing is started, since the routes are enough. */
export async function previewDocument(): Promise<OpenAPIObject> {
  const config = loadConfig(declaredShapes(), {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    KEYRING: `docs:${Buffer.alloc(32).toString('base64')}`,
  }) as unknown as KernelConfig;
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.forRoot(config), new FastifyAdapter(), {
    preview: true,
    logger: false,
  });
  return openApiDocument(app);
}
