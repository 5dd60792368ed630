import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { bulkMessageBody } from '@heliograph/messaging';
import { callbackTypes, callbackVersion, sendEventBody } from '@heliograph/webhooks';
import { z } from 'zod';
import { answerExamples } from './examples';
import { problemSchema } from './problem.schema';

type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;
type Parameters = NonNullable<Operation['parameters']>;

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
  for (const path of Object.values(document.paths)) if (path.post) path.post.parameters = withIdempotencyKey(path.post.parameters ?? []);
  const schemas = ((document.components ??= {}).schemas ??= {});
  schemas.Problem = z.toJSONSchema(problemSchema, { target: 'openapi-3.0' }) as never;
  // Zod puts a schema with an id below `$defs` of its own; here it stands by itself.
  const { $defs } = z.toJSONSchema(bulkMessageBody, { io: 'input', unrepresentable: 'any' });
  schemas.BulkMessage ??= $defs?.BulkMessage as never;
  const events = z.toJSONSchema(sendEventBody, { io: 'input', unrepresentable: 'any' });
  schemas.SendEvent ??= withoutDialect(events) as never;
  addLines(document, '/v1/messages/bulk', { row: 'BulkMessage', verdict: 'BulkVerdict' });
  addLines(document, '/v1/events/batch', { row: 'SendEvent', verdict: 'EventVerdict' });
  addWebhooks(document, schemas);
  for (const [name, example] of Object.entries(answerExamples)) Object.assign(schemas[name] ?? {}, { example });
  return document;
}

/** A bulk route as a stream, which a schema beside the JSON one cannot say. */
function addLines({ paths }: OpenAPIObject, path: string, { row, verdict }: { row: string; verdict: string }): void {
  const route = paths[path]?.post;
  if (!route) return;
  const { requestBody, responses } = route;
  const lines = (name: string, description: string) => ({
    'application/x-ndjson': { schema: { $ref: `#/components/schemas/${name}`, description } },
  });
  Object.assign((requestBody as { content: object }).content, lines(row, 'One row a line.'));
  Object.assign((responses['202'] as { content: object }).content, lines(verdict, 'One line each.'));
}

/** What endpoints are told: one webhook for each type, its form under `Callback:<type>`. */
function addWebhooks(document: OpenAPIObject, schemas: Record<string, unknown>): void {
  const header = (name: string, description: string) => ({ name, in: 'header', required: true, description, schema: { type: 'string' } });
  const webhooks: Record<string, unknown> = {};
  for (const [type, { data, summary, example }] of Object.entries(callbackTypes)) {
    const name = `Callback:${type}`;
    const id = '019ac2d4-7c1e-7b5a-9d2f-3b1a5c7e9fff';
    schemas[name] = {
      type: 'object',
      description: summary,
      properties: {
        id: { type: 'string', format: 'uuid', description: 'The same on every attempt; also the header webhook-id.' },
        type: { const: type },
        version: { const: callbackVersion },
        timestamp: { type: 'string', format: 'date-time' },
        tenant_id: { type: 'string', format: 'uuid' },
        data: withoutDialect(z.toJSONSchema(data)),
      },
      required: ['id', 'type', 'version', 'timestamp', 'tenant_id', 'data'],
      example: { id, type, version: callbackVersion, timestamp: '2026-11-24T12:00:00.000Z', tenant_id: id, data: example },
    };
    webhooks[type] = {
      post: {
        summary,
        operationId: type,
        tags: ['callbacks'],
        parameters: [
          header('webhook-id', 'Id of the event, or of the batch.'),
          header('webhook-timestamp', 'Seconds since 1970, of this attempt.'),
          header('webhook-signature', 'Standard Webhooks 1.0: `v1,<base64>`, during a rotation two of them.'),
        ],
        requestBody: { required: true, content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } },
        responses: {
          '2XX': { description: 'Taken. Anything else is tried again.' },
          '410': { description: 'Never again: the endpoint is disabled.' },
        },
      },
    };
  }
  Object.assign(document, { webhooks });
}

function withoutDialect({ $schema: _, ...schema }: object & { $schema?: unknown }): object {
  return schema;
}

/** Every POST takes the header; see `IdempotencyInterceptor`. */
function withIdempotencyKey(parameters: Parameters): Parameters {
  if (parameters.some((parameter) => 'name' in parameter && parameter.name === 'Idempotency-Key')) return parameters;
  return [
    ...parameters,
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'The same key and body give the same answer for 72 h.',
      schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
    },
  ];
}

/** Serves the document at /docs/openapi.json and a page to read at /docs. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    yamlDocumentUrl: 'docs/openapi.yaml',
    customSiteTitle: 'Heliograph API',
  });
}
