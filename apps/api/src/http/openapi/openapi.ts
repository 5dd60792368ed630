import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { sendEventBody } from '@heliograph/ingestion';
import { declareOperatorPage } from '@heliograph/kernel';
import { bulkMessageBody } from '@heliograph/messaging';
import { callbackTypes, callbackVersion } from '@heliograph/webhooks';
import { z } from 'zod';
import { eventLineSchema } from '../../public/events/event-batch';
import { bulkLineSchema } from '../../public/messages/bulk-reader';
import { addCommonAnswers, addIdempotency, addStaffAnswers, commonAnswers } from './common-answers';
import { problemSchema } from '../problem.schema';
import { everyPart, type JsonSchema, jsonSchemaOf, type Operation, schemasOf, type Side } from './schemas';
import { tags } from './tags';

/** Returns the OpenAPI 3.1 document of the API, generated from the code. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const components = new Components();
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Heliograph')
    .setDescription(
      'Sends WhatsApp messages for your core application: paced, counted exactly, never lost. Responses and callbacks may get new members: ignore members that you do not know.',
    )
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addSecurity('bearer', { type: 'http', scheme: 'bearer', description: 'An API key: `hg_live_…`' })
    .addSecurity('signIn', {
      type: 'apiKey',
      in: 'cookie',
      name: '__Host-heliograph',
      description: 'Sign-in of a person. Requests to /v1 also need the header `Heliograph-Tenant` with the tenant the person acts for.',
    })
    .addSecurity('hookSecret', {
      type: 'apiKey',
      in: 'header',
      name: 'X-Webhook-Signature',
      description: 'The webhook secret of the session, which the provider sends with every hook.',
    })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) => components.convert(schema as z.ZodType, schemaType),
  });
  document.tags = Object.entries(tags).map(([name, description]) => ({ name, description }));
  for (const [schema, side] of [
    [problemSchema, 'output'],
    [bulkMessageBody, 'input'],
    [sendEventBody, 'input'],
    [bulkLineSchema, 'output'],
    [eventLineSchema, 'output'],
  ] as const)
    components.convert(schema, side);
  document.components = { ...document.components, schemas: components.all, responses: commonAnswers as never };
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods) as [string, Operation][]) {
      const guarded = path.startsWith('/v1/');
      if (method === 'post' && guarded) addIdempotency(operation);
      if (path.startsWith('/admin/v1/')) addStaffAnswers(operation, method);
      addCommonAnswers(operation, { method, guarded });
      markOptionalBody(operation, components.all);
    }
  }
  addLines(document, '/v1/messages/bulk', { row: 'BulkMessage', line: 'BulkLine' });
  addLines(document, '/v1/events/batch', { row: 'SendEvent', line: 'EventLine' });
  addLines(document, '/v1/imports/{id}/chunks/{chunk}', { row: 'ImportRecipient' });
  addWebhooks(document, components);
  for (const schema of schemasOf(document)) everyPart(schema, withExamples);
  return document;
}

/** Schemas by name. A name stands for one schema in requests and responses. */
class Components {
  readonly all: Record<string, JsonSchema> = {};

  convert(schema: z.ZodType, side: Side): { schema: JsonSchema; components: Record<string, JsonSchema> } {
    const made = jsonSchemaOf(schema, side);
    const own = [made.schema, ...Object.values(made.components)];
    for (const one of own) everyPart(one, (part) => part.$ref && (part.$ref = part.$ref.replace('#/$defs/', '#/components/schemas/')));
    for (const [name, form] of Object.entries(made.components)) this.add(name, form);
    return { schema: made.schema, components: structuredClone(made.components) };
  }

  /** @throws Error when another schema has the name */
  add(name: string, form: JsonSchema): void {
    const known = this.all[name];
    if (known && JSON.stringify(known) !== JSON.stringify(form)) throw new Error(`Two schemas are named ${name}.`);
    this.all[name] = form;
  }
}

/** Marks a body with a default as optional. */
function markOptionalBody({ requestBody }: Operation, schemas: Record<string, JsonSchema>): void {
  const schema = (requestBody as { content?: Record<string, { schema?: JsonSchema }> } | undefined)?.content?.['application/json']?.schema;
  const form = schema?.$ref ? schemas[schema.$ref.split('/').at(-1) ?? ''] : schema;
  if (form && 'default' in form) Object.assign(requestBody as object, { required: false });
}

/** JSON Schema 2020-12 supports `examples` only. */
function withExamples(schema: JsonSchema): void {
  if (!('example' in schema)) return;
  schema.examples = [schema.example];
  delete schema.example;
}

/** Documents the stream form of a bulk route, which the JSON schema cannot express: a POST that answers in lines, or a PUT that does not. */
function addLines({ paths }: OpenAPIObject, path: string, { row, line }: { row: string; line?: string }): void {
  const route = line === undefined ? paths[path]?.put : paths[path]?.post;
  if (!route) return;
  const { requestBody, responses } = route;
  const lines = (name: string, description: string) => ({
    'application/x-ndjson': { schema: { $ref: `#/components/schemas/${name}`, description } },
  });
  Object.assign((requestBody as { content: object }).content, lines(row, 'One row per line.'));
  if (line !== undefined) Object.assign((responses['202'] as { content: object }).content, lines(line, 'One of these objects per line.'));
}

/** `message.sent` as `MessageSent`. */
const pascal = (type: string) => type.replace(/(?:^|[._])(\w)/g, (_, first: string) => first.toUpperCase());

/** Documents the callbacks to endpoints: one webhook per event type with its schema `<Type>Callback`, and one for batches. */
function addWebhooks(document: OpenAPIObject, components: Components): void {
  const webhooks: Record<string, unknown> = {};
  const add = (type: string, summary: string, form: JsonSchema): void => {
    const name = `${pascal(type)}Callback`;
    components.add(name, { type: 'object', description: summary, ...form });
    webhooks[type] = { post: webhook(type, summary, name) };
  };
  const id = '019ac2d4-7c1e-7b5a-9d2f-3b1a5c7e9fff';
  const version = { type: 'integer', enum: [callbackVersion] };
  for (const [type, { data, summary, example }] of Object.entries(callbackTypes)) {
    add(type, summary, {
      properties: {
        id: { type: 'string', format: 'uuid', description: 'Id of the event. The same on every attempt; also in the header webhook-id.' },
        type: { type: 'string', enum: [type] },
        version,
        timestamp: { type: 'string', format: 'date-time' },
        tenant_id: { type: 'string', format: 'uuid' },
        test: { type: 'boolean', description: 'True: a person sent it to test the endpoint. Absent otherwise.' },
        data: components.convert(data, 'output').schema,
      },
      required: ['id', 'type', 'version', 'timestamp', 'tenant_id', 'data'],
      example: { id, type, version: callbackVersion, timestamp: '2026-11-24T12:00:00.000Z', tenant_id: id, data: example },
    });
  }
  const forms = Object.keys(callbackTypes).map((type) => ({ $ref: `#/components/schemas/${pascal(type)}Callback` }));
  add('batch', 'Several events, for endpoints with a batch size above 1.', {
    properties: {
      id: { type: 'string', description: 'Id of the batch. The same on every attempt; also in the header webhook-id.' },
      type: { type: 'string', enum: ['batch'] },
      version,
      events: { type: 'array', items: { anyOf: forms } },
    },
    required: ['id', 'type', 'version', 'events'],
    example: { id, type: 'batch', version: callbackVersion, events: [components.all.SessionStatusCallback?.example] },
  });
  Object.assign(document, { webhooks });
}

function webhook(type: string, summary: string, form: string): object {
  const header = (name: string, description: string) => ({ name, in: 'header', required: true, description, schema: { type: 'string' } });
  return {
    summary,
    operationId: `receive${pascal(type)}`,
    tags: ['callbacks'],
    security: [],
    parameters: [
      header('webhook-id', 'Id of the event, or of the batch.'),
      header('webhook-timestamp', 'Time of this attempt in seconds since 1970.'),
      header('webhook-signature', 'Standard Webhooks 1.0: `v1,<base64>`; two signatures during a rotation.'),
    ],
    requestBody: { required: true, content: { 'application/json': { schema: { $ref: `#/components/schemas/${form}` } } } },
    responses: {
      '2XX': { description: 'The callback is delivered. Any other status is retried.' },
      '410': { description: 'The endpoint is disabled and gets no more callbacks.' },
    },
  };
}

/** Content security policy of the documentation pages, which run their own scripts. */
const docsPolicy =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Serves the document at /docs/openapi.json and a readable page at /docs. */
export function serveDocs(app: INestApplication): void {
  declareOperatorPage('/docs', docsPolicy);
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    yamlDocumentUrl: 'docs/openapi.yaml',
    customSiteTitle: 'Heliograph API',
  });
}
