import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { previewDocument } from './preview';
import { everyPart, type JsonSchema, jsonSchemaOf, type Operation } from './schemas';

let document: OpenAPIObject;
let operations: { name: string; method: string; path: string; operation: Operation }[];
beforeAll(async () => {
  document = JSON.parse(JSON.stringify(await previewDocument())) as OpenAPIObject;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    (Object.entries(methods) as [string, Operation][]).map(([method, operation]) => ({
      name: `${method} ${path}`,
      method,
      path,
      operation,
    })),
  );
});

const schemas = () => document.components?.schemas as Record<string, JsonSchema>;
const nameOf = (ref: string) => ref.split('/').at(-1) ?? '';

/** Returns the names of the components that schemas refer to, at any depth. */
function reachedFrom(roots: unknown[]): Set<string> {
  const reached = new Set<string>();
  const add = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    everyPart(schemas()[name] as JsonSchema, ({ $ref }) => $ref && add(nameOf($ref)));
  };
  for (const [, ref = ''] of JSON.stringify(roots).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) add(ref);
  return reached;
}

/** Security requirements that a path may have. Routes for people who are not signed in yet have none. */
function waysInto(path: string): object[][] {
  if (path.startsWith('/v1/')) return [[{ bearer: [] }, { signIn: [] }]];
  return path.startsWith('/admin/') ? [[{ signIn: [] }], [{}]] : [[{ hookSecret: [] }]];
}

describe('operations', () => {
  it('have unique ids: a verb, then its object', () => {
    const ids = operations.map(({ operation }) => operation.operationId ?? '');
    expect(new Set(ids).size).toBe(ids.length);
    const verbs =
      'acknowledge|add|approve|cancel|change|check|confirm|copy|count|create|delete|disconnect|discard|dismiss|end|explain|export|find|finish|get|invite|launch|lift|link|list|mark|merge|pause|purge|put|receive|record|redrive|regenerate|remove|replay|reply|request|reset|restart|resume|revoke|rotate|send|set|sign|split|start|suspend|sync|test|try|undo|update|take|release';
    expect(ids.filter((id) => !new RegExp(`^(${verbs})[A-Z]\\w+$`).test(id))).toEqual([]);
    expect(ids).toEqual(expect.arrayContaining(['sendMessage', 'listDeadLetters', 'rotateHookToken']));
  });

  it('belong to an area that has a description', () => {
    const described = new Map((document.tags ?? []).map(({ name, description }) => [name, description ?? '']));
    expect([...described.values()].filter((text) => !/^[A-Z].+\.$/.test(text))).toEqual([]);
    const used = operations.map(({ operation }) => operation.tags?.join());
    expect(new Set(used)).toEqual(new Set(described.keys()));
  });

  it('document every status that the server sends before and after their handlers', () => {
    const lacking = operations.flatMap(({ name, method, path, operation }) => {
      const wanted = [400, 401, 405, 414, 422, 431, 500, 503];
      if (path.startsWith('/v1/')) wanted.push(403, 429);
      if (method !== 'get') wanted.push(408, 413, 415);
      if (path.includes('{id}')) wanted.push(404);
      return wanted.filter((status) => !operation.responses[status]).map((status) => `${name} lacks ${status}`);
    });
    expect(lacking).toEqual([]);
  });

  it('accept an idempotency key and document its refusals', () => {
    for (const { name, method, path, operation } of operations) {
      const header = operation.parameters?.some((one) => 'name' in one && one.name === 'Idempotency-Key') ?? false;
      expect([name, header]).toEqual([name, method === 'post' && path.startsWith('/v1/')]);
      if (header)
        expect([name, JSON.stringify(operation.responses[422])]).toEqual([name, expect.stringMatching(/idempotency key|Idempotency-Key/)]);
    }
    const { responses } = operations.find(({ operation }) => operation.operationId === 'pauseSession')?.operation as Operation;
    expect(JSON.stringify(responses[409])).toContain('still running');
    expect(responses[200]).toMatchObject({ headers: { 'Idempotency-Replayed': {} } });
  });

  it('require the body that their schema requires', () => {
    const optional = operations.filter(
      ({ operation }) => operation.requestBody && !(operation.requestBody as { required?: boolean }).required,
    );
    expect(optional.map(({ operation }) => operation.operationId)).toEqual([
      'redriveDeadLetter',
      'testCallbackEndpoint',
      'rotateWebhookSecret',
    ]);
  });

  it('are called with an API key that is no JWT, or with a sign-in', () => {
    expect(document.components?.securitySchemes?.bearer).toEqual({
      type: 'http',
      scheme: 'bearer',
      description: expect.any(String) as string,
    });
    for (const { name, path, operation } of operations)
      expect(waysInto(path).map((ways) => [name, ways])).toContainEqual([name, operation.security]);
  });
});

describe('schemas', () => {
  it('have names that OpenAPI allows', () => {
    expect(Object.keys(schemas()).filter((name) => !/^[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
  });

  it('of responses and callbacks are open, those of requests are closed', () => {
    const isClosed = (name: string): boolean => {
      let closed = false;
      everyPart(schemas()[name] as JsonSchema, (part) => (closed ||= part.additionalProperties === false));
      return closed;
    };
    const reached = reachedFrom([
      operations.map(({ operation }) => operation.responses),
      document.webhooks,
      document.components?.responses,
    ]);
    expect([...reached].filter(isClosed)).toEqual([]);
    const asked = reachedFrom(operations.map(({ operation }) => operation.requestBody));
    expect([...asked].filter((name) => !isClosed(name) && !reached.has(name))).toEqual([]);
  });

  it('of requests are strict; the same schemas in responses may get new members', () => {
    const one = z.strictObject({ a: z.uuid().nullable(), at: z.iso.datetime(), n: z.int() });
    expect(jsonSchemaOf(one, 'input').schema).toEqual({
      type: 'object',
      properties: { a: { type: ['string', 'null'], format: 'uuid' }, at: { type: 'string', format: 'date-time' }, n: { type: 'integer' } },
      required: ['a', 'at', 'n'],
      additionalProperties: false,
    });
    expect(jsonSchemaOf(one, 'output').schema).not.toHaveProperty('additionalProperties');
  });
});

describe('the linter', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'openapi-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  const lint = (broken: unknown): { status: number | null; stderr: string } => {
    const file = join(folder, 'openapi.json');
    writeFileSync(file, JSON.stringify(broken));
    return spawnSync(process.execPath, ['scripts/lint-openapi.mjs', file], { encoding: 'utf8' });
  };

  it('finds no fault in the document', () => {
    expect(lint(document)).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    ['a name with a colon', 'spec-components-invalid-map-name', (d: OpenAPIObject) => (schemas(d)['Callback:x'] = { type: 'string' })],
    [
      'an example that does not match',
      'no-invalid-schema-examples',
      (d: OpenAPIObject) => (schemas(d).Session = { type: 'string', examples: [1] }),
    ],
    ['a schema that does not exist', 'no-unresolved-refs', (d: OpenAPIObject) => delete schemas(d).Session],
  ])('refuses %s', (_name, rule, spoil) => {
    const broken = structuredClone(document);
    spoil(broken);
    const { status, stderr } = lint(broken);
    expect(status).toBe(1);
    expect(stderr).toContain(rule);
  });

  function schemas(d: OpenAPIObject): Record<string, JsonSchema> {
    return d.components?.schemas as Record<string, JsonSchema>;
  }
});
