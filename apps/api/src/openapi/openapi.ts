import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { bulkMessageBody } from '@heliograph/messaging';
import { z } from 'zod';
import { problemSchema } from './problem.schema';

/** The OpenAPI 3.1 document of the api, from the code. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Heliograph')
    .setDescription('WhatsApp messages from your core application, paced, exactly counted, never lost.')
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: hg_live_…' })
    .build();
  const document = SwaggerModule.createDocument(app, config);
  const schemas = ((document.components ??= {}).schemas ??= {});
  schemas.Problem = z.toJSONSchema(problemSchema, { target: 'openapi-3.0' }) as never;
  schemas.BulkMessage ??= z.toJSONSchema(bulkMessageBody, { io: 'input', unrepresentable: 'any' }) as never;
  return document;
}

/** Serves the document at /docs/openapi.json and a page to read at /docs. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    yamlDocumentUrl: 'docs/openapi.yaml',
    customSiteTitle: 'Heliograph API',
  });
}
