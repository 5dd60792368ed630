import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { bulkMessageBody } from '@heliograph/messaging';
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
  const bulk = document.paths['/v1/messages/bulk']?.post;
  if (bulk) addLines(bulk);
  for (const [name, example] of Object.entries(answerExamples)) Object.assign(schemas[name] ?? {}, { example });
  return document;
}

/** The bulk route as a stream, which a schema beside the JSON one cannot say. */
function addLines({ requestBody, responses }: Operation): void {
  const lines = (name: string, description: string) => ({
    'application/x-ndjson': { schema: { $ref: `#/components/schemas/${name}`, description } },
  });
  Object.assign((requestBody as { content: object }).content, lines('BulkMessage', 'One message a line.'));
  Object.assign((responses['202'] as { content: object }).content, lines('BulkVerdict', 'One line each.'));
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
