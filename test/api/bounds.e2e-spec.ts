import { createHash } from 'node:crypto';
import type { InjectOptions } from 'light-my-request';
import { openApiDocument } from '../../apps/api/src/http/openapi/openapi';
import { ApiRig } from './api-rig';
import { Database } from '@heliograph/kernel';
import { asJson, hostileBodies, hostileParameters, probe, type Schema, truths } from './hostile-values';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: Schema;
}
interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema; example?: unknown }> };
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

let rig: ApiRig;
let tenant: { id: string; key: string };
let document: Document;
/** Ids of things that are there, by the beginning of the path that takes them. */
const there: [prefix: string, id: string][] = [];

const make = async (method: string, path: string, body: unknown) => {
  const reply = await rig.call(method, path, { key: tenant.key, body });
  expect([path, reply.status < 300]).toEqual([path, true]);
  return (reply.body.id ?? (reply.body.results as { id: string }[] | undefined)?.[0]?.id) as string;
};

beforeAll(async () => {
  rig = await ApiRig.start();
  await rig.get(Database).query(`CREATE SEQUENCE ${probe}; GRANT USAGE ON SEQUENCE ${probe} TO PUBLIC`);
  tenant = await rig.tenant();
  document = openApiDocument(rig.apps[0] as never) as unknown as Document;
  const session = await rig.session(tenant.id);
  there.push(
    ['/v1/sessions/', session.id],
    ['/v1/contacts/', await make('PUT', '/v1/contacts', { addresses: ['+447700900101'], external_id: 'user-1' })],
    ['/v1/messages/', await make('POST', '/v1/messages', { to: '+447700900101', type: 'text', text: 'Hello', session_id: session.id })],
    ['/v1/events/', await make('POST', '/v1/events', { name: 'seen', id: 'seen-1', subject: { phone: '+447700900101' } })],
    ['/v1/callback-endpoints/', await make('POST', '/v1/callback-endpoints', { name: 'Core', url: 'https://core.example.com/told' })],
    [
      '/v1/event-rules/',
      await make('POST', '/v1/event-rules', {
        name: 'Hello',
        event: 'seen',
        actions: [{ type: 'send_message', message: { type: 'text', text: 'Hello' } }],
      }),
    ],
  );
});
afterAll(() => rig.stop());

const resolve = (schema: Schema): Schema =>
  schema.$ref ? resolve(document.components.schemas[schema.$ref.split('/').at(-1) as string] ?? {}) : schema;
const nobody = '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739ff';

/** The path with parameters that fit; `{name}` may be any, `{id}` is one that is there where the test made one. */
function fitting(path: string, over: Record<string, string> = {}): string {
  const id = there.find(([prefix]) => path.startsWith(prefix))?.[1] ?? nobody;
  return path.replace(/\{(\w+)\}/g, (_all, name: string) => over[name] ?? { language: 'en', name: 'seen', id }[name] ?? nobody);
}

/** Returns the fault of a call, or null: an answer with a status of 500 or more, or one that broke off. */
async function fault(what: string, options: InjectOptions): Promise<string | null> {
  const app = rig.apps[0] as NonNullable<(typeof rig.apps)[0]>;
  const headers = { authorization: `Bearer ${tenant.key}`, ...options.headers };
  const answer = await app.inject({ ...options, headers }).catch((error: unknown) => error as Error);
  if (answer instanceof Error) return `${what}: ${answer.message}`;
  // A value that got past its schema and was refused by the database is a fault of the schema.
  const isInternal = answer.statusCode >= 500 || /"code":"(internal|storage_unavailable|value_not_storable)"/.test(answer.body);
  return isInternal ? `${what}: ${answer.statusCode} ${answer.body.slice(0, 200)}` : null;
}

/** Calls a few at a time, and answers what went wrong, each route and member once. */
async function faultsOf(calls: Iterable<[what: string, options: InjectOptions]>): Promise<string[]> {
  const faults = new Set<string>();
  const next = calls[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let step = next.next(); !step.done; step = next.next()) {
        const wrong = await fault(...step.value);
        if (wrong) faults.add(wrong);
      }
    }),
  );
  return [...faults];
}

const operationsOf = () =>
  Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    );

describe('no value that a client sends is an error of ours', () => {
  it('in the path or the query of any route', async () => {
    function* calls(): Generator<[string, InjectOptions]> {
      for (const { path, method, operation } of operationsOf())
        for (const { name, in: place, schema = {} } of operation.parameters ?? [])
          for (const value of hostileParameters(resolve(schema))) {
            const url = place === 'path' ? fitting(path, { [name]: value }) : `${fitting(path)}?${name}=${value}`;
            if (place === 'path' || place === 'query') yield [`${method} ${path} ${name}=${value.slice(0, 60)}`, { method, url }];
          }
    }
    expect(await faultsOf(calls())).toEqual([]);
  }, 240_000);

  it('in the body of any route', async () => {
    function* calls(): Generator<[string, InjectOptions]> {
      for (const { path, method, operation } of operationsOf())
        for (const [type, { schema, example }] of Object.entries(operation.requestBody?.content ?? {})) {
          const good = example ?? resolve(schema).example ?? {};
          // Variants of a body share members, and their values make the same body again: each is sent once.
          const sent = new Set<string>();
          for (const { where, body } of hostileBodies(schema, good, resolve)) {
            const payload = asJson(body);
            const digest = createHash('sha256').update(payload).digest('base64');
            if (sent.has(digest)) continue;
            sent.add(digest);
            const what = `${method} ${path} ${where} ${type} ${payload.slice(0, 200)}`;
            yield [what, { method, url: fitting(path), payload, headers: { 'content-type': type } }];
          }
        }
    }
    expect(await faultsOf(calls())).toEqual([]);
  }, 240_000);
});

describe('no text that a client sends is part of a statement', () => {
  it('so that none was run by the calls above', async () => {
    const db = rig.get(Database);
    const moved = async () => (await db.query<{ moved: boolean }>(`SELECT is_called AS moved FROM ${probe}`))[0]?.moved;
    expect(await moved()).toBe(false);
    // The probe can be run by whoever reads for a tenant.
    await db.forTenant(tenant.id, (tx) => tx.query(`SELECT nextval('${probe}')`));
    expect(await moved()).toBe(true);
  });

  it('so that none makes a list longer than another text does', async () => {
    const rowsOf = async (url: string) => {
      const app = rig.apps[0] as NonNullable<(typeof rig.apps)[0]>;
      const { statusCode, headers, body } = await app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${tenant.key}` } });
      if (statusCode !== 200) return { statusCode };
      const isJson = String(headers['content-type']).startsWith('application/json');
      return { statusCode, rows: isJson ? (JSON.parse(body) as { data?: unknown[] }).data?.length : body.split('\n').length };
    };
    const longer: string[] = [];
    let compared = 0;
    for (const { path, method, operation } of operationsOf().filter((of) => of.method === 'GET'))
      for (const { name, in: place, schema = {} } of operation.parameters ?? []) {
        const { type, format } = resolve(schema);
        if (format || ![type].flat().includes('string') || (place !== 'query' && place !== 'path')) continue;
        const urlWith = (value: string) =>
          place === 'path' ? fitting(path, { [name]: encodeURIComponent(value) }) : `${fitting(path)}?${name}=${encodeURIComponent(value)}`;
        const usual = await rowsOf(urlWith('nobodyiscalledthat'));
        for (const value of truths) {
          const found = await rowsOf(urlWith(value));
          compared++;
          // A text that its schema refuses reaches no statement.
          if (found.statusCode !== 400 && (found.statusCode !== usual.statusCode || found.rows !== usual.rows))
            longer.push(`${method} ${path} ${name}=${value}: ${JSON.stringify(found)}, not ${JSON.stringify(usual)}`);
        }
      }
    expect(longer).toEqual([]);
    expect(compared).toBeGreaterThan(50);
  }, 120_000);
});

describe('a secret of the provider that is pasted', () => {
  const add = (over: object) => rig.call('POST', '/v1/sessions', { key: tenant.key, body: { mode: 'register', ...over } });

  it('loses blanks, line ends and zero-width marks around it', async () => {
    for (const [before, after] of [
      ['  ', '\u200b\r\n'],
      ['\ufeff', '\n'],
      ['\u00a0\u2060', '\u200d\u00ad'],
    ]) {
      const { apiKey, webhookSecret } = rig.provider.simulator.accounts.add({ status: 'connected' });
      const pasted = await add({ api_key: before + apiKey + after, webhook_secret: before + webhookSecret + after });
      expect([before, after, pasted.status]).toEqual([before, after, 201]);
      const { accessToken } = rig.provider.simulator.accounts;
      const account = { name: 'Main', access_token: before + accessToken + after };
      expect((await rig.call('POST', '/v1/provider-accounts', { key: tenant.key, body: account })).status).toBe(201);
    }
  });

  it.each(['abcd\u200befgh1234', 'abcd efgh1234', 'abcd\r\nefgh1234', 'abcdéfgh1234', '\u201cabcdefgh1234\u201d', 'Bearer abcdefgh1234'])(
    'is refused with its name when it is %j, which no header can hold',
    async (secret) => {
      const session = await add({ api_key: secret, webhook_secret: secret });
      expect([session.status, (session.body.errors as { path: string }[]).map(({ path }) => path)]).toEqual([
        400,
        ['api_key', 'webhook_secret'],
      ]);
      const account = await rig.call('POST', '/v1/provider-accounts', { key: tenant.key, body: { name: 'Main', access_token: secret } });
      expect([account.status, (account.body.errors as { path: string }[]).map(({ path }) => path)]).toEqual([400, ['access_token']]);
    },
  );
});
