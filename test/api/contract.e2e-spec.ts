import fc from 'fast-check';
import { newId } from '@heliograph/kernel';
import { type ApiKeyScope, apiKeyScopes } from '@heliograph/tenants';
import { ApiRig, openapi, operations, text, wrongWith } from './api-rig';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

const guarded = operations.filter(({ path }) => path.startsWith('/v1/'));
const named = guarded.map(({ method, path }) => [`${method.toUpperCase()} ${path}`, method, path] as const);
const withBody = guarded.filter(({ operation }) => operation.requestBody);
const fill = (path: string, id: string) => path.replace(/\{\w+\}/g, id);

describe('the document', () => {
  it('shows the form of every answer, an example of every body, and examples that fit their schemas', () => {
    const wrong: string[] = [];
    for (const { method, path, operation } of operations) {
      const at = ['paths', path, method];
      const bodies = Object.entries(operation.requestBody?.content ?? {}).map(([type, body]) => ({
        where: [...at, 'requestBody', 'content', type],
        body,
      }));
      const answers = Object.entries(operation.responses).flatMap(([status, { content }]) => {
        if (!content && status !== '204') wrong.push(`${at.join(' ')} ${status} has no form`);
        return Object.entries(content ?? {}).map(([type, body]) => ({ where: [...at, 'responses', status, 'content', type], body }));
      });
      for (const { where, body } of [...bodies, ...answers]) {
        if (where.at(-1) === 'text/csv') continue;
        const name = (body.schema as { $ref?: string } | undefined)?.$ref?.split('/').at(-1);
        const example = body.example ?? (name && openapi.components.schemas[name]?.example);
        if (example === undefined) wrong.push(`${where.join(' ')} has no example`);
        else {
          const fault = wrongWith([...where, 'schema'], example);
          if (fault) wrong.push(`${where.join(' ')}: ${fault}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('nobody gets in', () => {
  it.each(named)('%s without a key', async (_name, method, path) => {
    const id = newId();
    expect(await rig.call(method, fill(path, id), { of: path })).toMatchObject({ status: 401, body: { code: 'invalid_api_key' } });
    const forged = await rig.call(method, fill(path, id), { of: path, key: `hg_live_${'0'.repeat(64)}` });
    expect(forged.body).toMatchObject({ code: 'invalid_api_key' });
  });

  it.each(named)('%s with every scope but its own', async (_name, method, path) => {
    const { id } = await rig.tenant();
    const needs = /scope `([\w:]+)`/.exec(JSON.stringify(openapi.paths[path]?.[method]?.responses[403]))?.[1] as ApiKeyScope;
    expect(apiKeyScopes).toContain(needs);
    const key = await rig.key(
      id,
      apiKeyScopes.filter((scope) => scope !== needs),
    );
    expect(await rig.call(method, fill(path, newId()), { of: path, key })).toMatchObject({ status: 403, body: { code: 'missing_scope' } });
  });
});

describe('the wall between tenants', () => {
  it('hides everything of one from the other, on every route', async () => {
    const [mine, theirs] = [await rig.tenant(), await rig.tenant()];
    const session = await rig.session(theirs.id);
    const sent = await rig.call('POST', '/v1/messages', {
      key: theirs.key,
      body: text('+447700900101', { session_id: session.id }),
      of: '/v1/messages',
    });
    const bulk = await rig.call('POST', '/v1/messages/bulk', {
      key: theirs.key,
      body: { messages: [text('+447700900102')] },
      of: '/v1/messages/bulk',
    });
    const keys = await rig.call('GET', '/v1/api-keys', { key: theirs.key, of: '/v1/api-keys' });
    const account = await rig.call('POST', '/v1/provider-accounts', {
      key: theirs.key,
      body: { name: 'Main', access_token: rig.provider.simulator.accounts.accessToken },
      of: '/v1/provider-accounts',
    });
    expect([sent.status, bulk.status, account.status]).toEqual([202, 202, 201]);
    const keyId = (keys.body.data as { id: string }[])[0]?.id as string;
    const ids = [session.id, sent.body.id, bulk.body.group_id, keyId, account.body.id] as string[];
    expect(ids.every((id) => typeof id === 'string')).toBe(true);

    const leaks: string[] = [];
    for (const { method, path, operation } of guarded) {
      const body = operation.requestBody && Object.values(operation.requestBody.content)[0]?.example;
      const targets = path.includes('{') ? ids : [''];
      for (const id of targets) {
        const reply = await rig.call(method, fill(path, id), { key: mine.key, ...(body !== undefined && { body }), of: path });
        if (id && reply.status < 400) leaks.push(`${method} ${path} answered ${reply.status}`);
        for (const secret of ids) if (secret !== id && reply.text.includes(secret)) leaks.push(`${method} ${path} told of ${secret}`);
      }
    }
    expect(leaks).toEqual([]);
    const foreign = await rig.call('POST', '/v1/messages', {
      key: mine.key,
      body: text('+447700900101', { session_id: session.id }),
      of: '/v1/messages',
    });
    expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found']);
    expect(
      (await rig.call('GET', `/v1/messages/${sent.body.id as string}`, { key: theirs.key, of: '/v1/messages/{id}' })).body,
    ).toMatchObject({ state: 'queued' });
  });
});

describe('whatever is sent', () => {
  const junk = fc.oneof(
    fc.jsonValue(),
    fc.string(),
    fc.constantFrom('', '{', '[1,', '{"__proto__":{"a":1}}', '"\\ud800"', '\u0000', '1e999', `${'['.repeat(5_000)}${']'.repeat(5_000)}`),
  );

  it.each(withBody.map(({ method, path }) => [`${method.toUpperCase()} ${path}`, method, path] as const))(
    'is answered by %s with a clear problem, never with 5xx',
    async (_name, method, path) => {
      const { key } = await rig.tenant();
      await fc.assert(
        fc.asyncProperty(junk, async (body) => {
          const reply = await rig.call(method, fill(path, newId()), { key, body: body === null ? 'null' : body });
          expect(reply.status).toBeLessThan(500);
          if (reply.status < 400) return;
          expect(reply.headers.get('content-type')).toContain('application/problem+json');
          expect(wrongWith(['components', 'schemas', 'Problem'], reply.body)).toBeNull();
        }),
        { numRuns: 25 },
      );
    },
  );

  it('is refused with its path when one member is wrong, and nothing is stored', async () => {
    const { id: tenantId, key } = await rig.tenant();
    await rig.session(tenantId);
    const wrong: [object, string][] = [
      [{ to: 5 }, 'to'],
      [{ to: 'Priya' }, 'to'],
      [{ text: '' }, 'text'],
      [{ type: 'telegram' }, 'type'],
      [{ colour: 'red' }, ''],
      [{ send_at: 'tomorrow' }, 'send_at'],
      [{ send_at: '2000-01-01T00:00:00Z', expires_at: '2000-01-01T00:00:00Z' }, 'expires_at'],
      [{ tags: Array.from({ length: 11 }, String) }, 'tags'],
      [{ mentions: ['+447700900105'] }, 'mentions'],
      [{ session_id: 'mine' }, 'session_id'],
    ];
    for (const [over, path] of wrong) {
      const reply = await rig.call('POST', '/v1/messages', { key, body: text('+447700900101', over), of: '/v1/messages' });
      expect([400, 422]).toContain(reply.status);
      expect((reply.body.errors as { path: string }[]).map((error) => error.path)).toContain(path);
    }
    const list = await rig.call('GET', '/v1/messages', { key, of: '/v1/messages' });
    expect(list.body.data).toEqual([]);
  });

  it('is too long, of another type, or for no route', async () => {
    const { key } = await rig.tenant();
    const long = await rig.call('POST', '/v1/messages', { key, body: text('+447700900101', { text: 'x'.repeat(1_100_000) }) });
    expect([long.status, long.body.code]).toEqual([413, 'too_large']);
    const typed = await rig.call('POST', '/v1/messages', {
      key,
      body: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(typed.status).toBe(415);
    expect((await rig.call('GET', '/v1/nowhere', { key })).status).toBe(404);
    expect((await rig.call('GET', '/v1/messages/not-an-id', { key })).status).toBe(400);
  });
});
