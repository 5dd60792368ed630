import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Database, newId, systemActor } from '@heliograph/kernel';
import { ApiKeys, apiKeyScopes } from '@heliograph/tenants';
import fc from 'fast-check';
import { ApiRig, fileForm, type Reply, text } from './api-rig';
import { type Route, routesOf } from './staff-routes';

let rig: ApiRig;
let routes: Route[];
let tenant: { id: string; key: string };
/** The session of the limited key, and another one of its tenant. */
let mine: string;
let other: string;
let limited: string;
/** A waiting message of each of them. */
let myMessage: string;
let otherMessage: string;

beforeAll(async () => {
  rig = await ApiRig.start();
  routes = routesOf(rig.apps[0] as NestFastifyApplication).filter(({ path }) => path.startsWith('/v1'));
  tenant = await rig.tenant();
  mine = (await rig.session(tenant.id)).id;
  other = (await rig.session(tenant.id)).id;
  limited = await limitedKey([mine]);
  await rig.call('POST', '/v1/messages/bulk', {
    key: tenant.key,
    body: {
      messages: Array.from({ length: 24 }, (_, i) =>
        text(`+4477009001${String(i % 5).padStart(2, '0')}`, {
          session_id: i % 3 === 0 ? mine : other,
          text: `Row ${i}`,
          client_ref: `ref-${i % 4}`,
          tags: [`tag-${i % 2}`],
          class: i % 7 === 0 ? 'drip' : 'broadcast',
        }),
      ),
    },
  });
  myMessage = await sent(mine);
  otherMessage = await sent(other);
});
afterAll(() => rig.stop());

/** Makes a key with every scope for these sessions. */
const limitedKey = async (sessionIds: string[], tenantId = tenant.id): Promise<string> =>
  (await rig.get(ApiKeys).create(tenantId, systemActor('test'), { name: 'Limited', scopes: [...apiKeyScopes], sessionIds })).secret;
let numbers = 300;
const someone = (): string => `+447700900${++numbers}`;
/** Has the tenant send through a session. @returns the id of the message */
const sent = async (session: string, over: object = {}, headers: Record<string, string> = {}): Promise<string> => {
  const reply = await rig.call('POST', '/v1/messages', {
    key: tenant.key,
    body: text(someone(), { session_id: session, ...over }),
    headers,
  });
  expect([reply.status, reply.text]).toEqual([202, expect.any(String)]);
  return reply.body.id as string;
};
const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
  rig.call(method, path, { key: limited, ...(body !== undefined && { body }), headers });
const seen = ({ status, body }: Reply) => [status, body.code];
/** A problem without what differs between two requests. */
const problem = ({ status, body }: Reply) => ({ status, ...body, request_id: null });
const keyed = (key: string) => ({ 'idempotency-key': key });
const ndjson = { 'content-type': 'application/x-ndjson' };
const linesOf = ({ text }: Reply) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a key that is limited to sessions', () => {
  it('is judged on these routes, by a session or a message of the path or by the handler', () => {
    const declared = routes.filter(({ limitedKeys }) => limitedKeys);
    expect(declared.map(({ method, path, limitedKeys }) => `${limitedKeys} ${method} ${path}`).sort()).toEqual([
      'any GET /v1/tenant',
      'message GET /v1/messages/:id',
      'message GET /v1/messages/:id/hooks',
      'message GET /v1/messages/:id/why',
      'message POST /v1/messages/:id/cancel',
      'narrowed GET /v1/messages',
      'narrowed GET /v1/sessions',
      'narrowed POST /v1/messages',
      'narrowed POST /v1/messages/bulk',
      'session DELETE /v1/sessions/:id/link-invitations',
      'session GET /v1/sessions/:id',
      'session GET /v1/sessions/:id/events',
      'session GET /v1/sessions/:id/health',
      'session GET /v1/sessions/:id/lane',
      'session GET /v1/sessions/:id/qr',
      'session POST /v1/sessions/:id/confirm-phone',
      'session POST /v1/sessions/:id/disconnect',
      'session POST /v1/sessions/:id/link',
      'session POST /v1/sessions/:id/link-invitations',
      'session POST /v1/sessions/:id/pause',
      'session POST /v1/sessions/:id/restart',
      'session POST /v1/sessions/:id/resume',
      'session POST /v1/sessions/:id/sync',
    ]);
    for (const { path, limitedKeys } of declared) {
      if (limitedKeys === 'session') expect(path).toMatch(/^\/v1\/sessions\/:id(\/|$)/);
      if (limitedKeys === 'message') expect(path).toMatch(/^\/v1\/messages\/:id(\/|$)/);
    }
  });

  it('is refused on every other route, whatever its scopes', async () => {
    const rest = routes.filter(({ limitedKeys }) => !limitedKeys);
    expect(rest.length).toBeGreaterThan(100);
    for (const { method, path } of rest) {
      const form = method === 'POST' && ['/v1/imports', '/v1/media'].includes(path) ? fileForm('x') : null;
      const where = path.replace(':id', path.startsWith('/v1/sessions') ? mine : newId()).replace(/:\w+/g, newId());
      const body = form?.body ?? (['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined);
      const reply = await ask(method, where, body, form?.headers);
      expect([method, path, ...seen(reply)]).toEqual([method, path, 403, 'key_limited_to_sessions']);
    }
  });

  it('finds its own session on each route of a session, and no other, as if it did not exist', async () => {
    const bodyOf = (path: string) => (path.endsWith('confirm-phone') ? { phone: '+447700900001' } : undefined);
    for (const { method, path } of routes.filter(({ limitedKeys }) => limitedKeys === 'session')) {
      const at = (id: string) => ask(method, path.replace(':id', id), bodyOf(path));
      const theirs = problem(await at(other));
      expect(theirs).toMatchObject({ status: 404, code: 'not_found' });
      expect(theirs).toEqual(problem(await at(newId())));
      for (const id of [mine, mine.toUpperCase()]) {
        const { status } = await at(id);
        // What the simulator refuses without an account is refused to every key.
        expect([path, method === 'GET' ? status : [200, 201, 204, 409].includes(status)]).toEqual([path, method === 'GET' ? 200 : true]);
      }
    }
    expect((await rig.call('GET', `/v1/sessions/${other}`, { key: tenant.key })).body).toMatchObject({ id: other, held_reason: null });
    expect((await ask('GET', `/v1/sessions/${mine}`)).body).toMatchObject({ id: mine });
  });

  it('finds messages of its session on each route of a message, and no other, as if it did not exist', async () => {
    for (const { method, path } of routes.filter(({ limitedKeys }) => limitedKeys === 'message')) {
      const at = (id: string) => ask(method, path.replace(':id', id));
      const theirs = problem(await at(otherMessage));
      expect(theirs).toMatchObject({ status: 404, code: 'not_found' });
      expect(theirs).toEqual(problem(await at(newId())));
      expect((await at('nonsense')).status).toBe(404);
      expect([path, (await at(myMessage)).status]).toEqual([path, 200]);
    }
    const state = async (id: string) => (await rig.call('GET', `/v1/messages/${id}`, { key: tenant.key })).body.state;
    expect([await state(myMessage), await state(otherMessage)]).toEqual(['cancelled', 'queued']);
  });

  it('reads its tenant, and lists its sessions alone', async () => {
    expect((await ask('GET', '/v1/tenant')).body).toMatchObject({ id: tenant.id });
    for (const query of ['', '?include=lane', '?limit=1', '?search=Line']) {
      const { body } = await ask('GET', `/v1/sessions${query}`);
      expect([query, (body.data as { id: string }[]).map(({ id }) => id), body.next_cursor]).toEqual([query, [mine], null]);
    }
    const both = await limitedKey([other, mine, mine.toUpperCase()]);
    expect((await rig.call('GET', '/v1/sessions', { key: both })).body.data).toHaveLength(2);
  });

  it('lists all messages of its sessions and never one of another, whatever it filters by', async () => {
    const query = fc.record(
      {
        session_id: fc.constantFrom(mine, other, newId()),
        state: fc.constantFrom('queued', 'cancelled'),
        class: fc.constantFrom('drip', 'broadcast', 'transactional'),
        to: fc.integer({ min: 0, max: 5 }).map((n) => `+4477009001${String(n).padStart(2, '0')}`),
        client_ref: fc.integer({ min: 0, max: 4 }).map((n) => `ref-${n}`),
        tag: fc.constantFrom('tag-0', 'tag-1'),
        id: fc.constantFrom(myMessage, otherMessage),
        created_from: fc.constant('2020-01-01T00:00:00Z'),
      },
      { requiredKeys: [] },
    );
    type Row = { id: string; session_id: string };
    const walk = async (key: string, filter: Record<string, string>, limit: number): Promise<Row[]> => {
      const rows: Row[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const params = new URLSearchParams({ ...filter, limit: `${limit}`, ...(cursor && { cursor }) });
        const { status, body } = await rig.call('GET', `/v1/messages?${params.toString()}`, { key });
        expect(status).toBe(200);
        rows.push(...(body.data as Row[]));
        cursor = body.next_cursor as string | null;
      }
      return rows;
    };
    expect((await walk(limited, {}, 3)).length).toBeGreaterThan(8);
    await fc.assert(
      fc.asyncProperty(query, fc.integer({ min: 1, max: 9 }), async (filter, limit) => {
        const all = await walk(tenant.key, filter, 500);
        expect(await walk(limited, filter, limit)).toEqual(all.filter((row) => row.session_id === mine));
      }),
      {
        numRuns: 60,
        examples: [
          [{}, 2],
          [{ session_id: other }, 2],
        ],
      },
    );
  });
});

describe('sending with a limited key', () => {
  it('names one of its sessions; another one does not exist for it, and routing is not asked', async () => {
    const ok = await ask('POST', '/v1/messages', text(someone(), { session_id: mine }));
    expect([ok.status, ok.body.session_id]).toEqual([202, mine]);
    expect((await ask('POST', '/v1/messages', text(someone(), { session_id: mine.toUpperCase() }))).status).toBe(202);
    const to = someone();
    const theirs = await ask('POST', '/v1/messages', text(to, { session_id: other }));
    expect(problem(theirs)).toEqual(problem(await ask('POST', '/v1/messages', text(to, { session_id: newId() }))));
    expect(seen(theirs)).toEqual([404, 'not_found']);
    for (const over of [{}, { tag: 'uk' }, { reply_to: myMessage }, { reply_to: otherMessage }]) {
      const none = await ask('POST', '/v1/messages', text(to, over));
      expect([...seen(none), none.body.errors]).toMatchObject([422, 'session_required', [{ path: 'session_id' }]]);
    }
    const known = await rig.get(Database).query('SELECT 1 FROM contact_routes WHERE tenant_id = $1 AND recipient = $2', [tenant.id, to]);
    expect(known).toEqual([]);
    const quotes = (reply_to: string) => ask('POST', '/v1/messages', text(to, { session_id: mine, reply_to }));
    const [unseen, missing] = [await quotes(otherMessage), await quotes(newId())];
    expect(seen(unseen)).toEqual([422, 'reply_to_unknown']);
    expect(problem(unseen)).toEqual(problem(missing));
  });

  it('refuses each row of a bulk call that names none of its sessions', async () => {
    const rows = [
      text(someone(), { session_id: mine }),
      text(someone(), { session_id: other }),
      text(someone()),
      text(someone(), { session_id: mine, reply_to: otherMessage }),
    ];
    const codes = (results: Record<string, unknown>[]) =>
      results.map(({ status, errors }) => (errors as { code: string }[] | undefined)?.[0]?.code ?? status);
    const expected = ['accepted', 'not_found', 'session_required', 'reply_to_unknown'];
    const json = await ask('POST', '/v1/messages/bulk', { messages: rows });
    expect(codes(json.body.results as Record<string, unknown>[])).toEqual(expected);
    const lines = rows.map((row) => JSON.stringify(row)).join('\n');
    const stream = await ask('POST', '/v1/messages/bulk', lines, ndjson);
    expect(codes(linesOf(stream).slice(0, -1))).toEqual(expected);
    const count = async () => (await rig.get(Database).query('SELECT 1 FROM messages WHERE tenant_id = $1', [tenant.id])).length;
    const before = await count();
    const atomic = await ask('POST', '/v1/messages/bulk', { messages: rows.slice(0, 2), atomic: true });
    expect((atomic.body.results as { status: string }[]).map(({ status }) => status)).toEqual(['refused', 'refused']);
    expect(await count()).toBe(before);
  });

  it('shows no stored response of a message of another session', async () => {
    // A message of another session, under its own key.
    const to = someone();
    await sent(other, { to }, keyed('theirs'));
    expect(seen(await ask('POST', '/v1/messages', text(to, { session_id: other }), keyed('theirs')))).toEqual([404, 'not_found']);
    expect(seen(await ask('POST', '/v1/messages', text(to, { session_id: mine }), keyed('theirs')))).toEqual([
      422,
      'idempotency_key_reused',
    ]);
    expect(seen(await ask('POST', '/v1/messages', text(to), keyed('theirs')))).toEqual([422, 'session_required']);

    // Its own messages are repeated, until they move to another session.
    const body = text(someone(), { session_id: mine });
    const row = { ...text(someone(), { session_id: mine }), idempotency_key: 'a-row' };
    const bulk = () => ask('POST', '/v1/messages/bulk', { messages: [row] });
    const first = await ask('POST', '/v1/messages', body, keyed('moves'));
    await bulk();
    const again = await ask('POST', '/v1/messages', body, keyed('moves'));
    expect([again.status, again.body.id]).toEqual([202, first.body.id]);
    expect((await bulk()).body.results).toMatchObject([{ status: 'duplicate' }]);
    await rig
      .get(Database)
      .query('UPDATE messages SET session_id = $2 WHERE tenant_id = $1 AND recipient = ANY ($3)', [tenant.id, other, [body.to, row.to]]);
    const moved = await ask('POST', '/v1/messages', body, keyed('moves'));
    expect(seen(moved)).toEqual([422, 'idempotency_key_reused']);
    const refused = await bulk();
    expect(refused.body.results).toMatchObject([{ status: 'refused', errors: [{ code: 'idempotency_key_reused' }] }]);
    for (const reply of [moved, refused]) expect(reply.text).not.toContain(first.body.id);
    const theirs = await rig.call('POST', '/v1/messages', { key: tenant.key, body, headers: keyed('moves') });
    expect(theirs.headers.get('idempotency-replayed')).toBe('true');
  });

  it('shows no stored response of an act on a message or a session of another session', async () => {
    const id = await sent(other);
    for (const path of [`/v1/messages/${id}/cancel`, `/v1/sessions/${other}/pause`, `/v1/sessions/${other}/resume`]) {
      const done = await rig.call('POST', path, { key: tenant.key, headers: keyed(`act ${path}`.replaceAll(' ', '-')) });
      expect([path, done.status]).toEqual([path, 200]);
      const reply = await ask('POST', path, undefined, keyed(`act ${path}`.replaceAll(' ', '-')));
      expect([path, ...seen(reply), reply.headers.get('idempotency-replayed')]).toEqual([path, 404, 'not_found', null]);
    }
  });

  it('shares no group of a bulk call with a key of another limit', async () => {
    const rows = { messages: [text(someone(), { session_id: mine })] };
    const line = JSON.stringify(rows.messages[0]);
    const send = async (key: string, idempotencyKey: string, body: unknown, headers = {}) =>
      rig.call('POST', '/v1/messages/bulk', { key, body, headers: { ...headers, ...keyed(idempotencyKey) } });
    const both = await limitedKey([mine, other]);
    for (const [name, body, headers] of [
      ['json', rows, {}],
      ['lines', line, ndjson],
    ] as const) {
      expect((await send(tenant.key, name, body, headers)).status).toBe(202);
      for (const key of [limited, both]) expect(seen(await send(key, name, body, headers))).toEqual([422, 'idempotency_key_reused']);
      const own = await send(limited, `own-${name}`, body, headers);
      const repeated = await send(await limitedKey([mine]), `own-${name}`, body, headers);
      expect(repeated.headers.get('idempotency-replayed')).toBe('true');
      expect(repeated.text).toContain(/"group_id":"([^"]+)"/.exec(own.text)?.[1]);
    }
  });
});

describe('the limit of a key', () => {
  const make = (key: string, body: object) =>
    rig.call('POST', '/v1/api-keys', { key, body: { name: 'made', scopes: ['messages:read'], ...body } });

  it('is shown where it is created and listed, and kept by a rotation', async () => {
    const made = await make(tenant.key, { session_ids: [other, mine, other] });
    expect([made.status, made.body.session_ids]).toEqual([201, [mine, other].sort()]);
    const { body } = await rig.call('GET', '/v1/api-keys', { key: tenant.key });
    expect(body.data).toContainEqual(expect.objectContaining({ id: made.body.id, session_ids: [mine, other].sort() }));
    const rotated = await rig.call('POST', `/v1/api-keys/${made.body.id as string}/rotate`, {
      key: tenant.key,
      body: { overlap_hours: 1 },
    });
    expect([rotated.body.session_ids, (rotated.body.previous as Record<string, unknown>).session_ids]).toEqual([
      [mine, other].sort(),
      [mine, other].sort(),
    ]);
    const secret = rotated.body.secret as string;
    expect(seen(await rig.call('GET', '/v1/jobs', { key: secret }))).toEqual([403, 'key_limited_to_sessions']);
    expect((await make(tenant.key, {})).body.session_ids).toBeNull();
  });

  it('names sessions of the tenant alone', async () => {
    const stranger = await rig.tenant();
    const theirs = (await rig.session(stranger.id)).id;
    const gone = (await rig.session(tenant.id)).id;
    await rig.call('DELETE', `/v1/sessions/${gone}`, { key: tenant.key });
    for (const unknown of [theirs, gone, newId()]) {
      const { status, body } = await make(tenant.key, { session_ids: [mine, unknown] });
      expect([status, body.code, body.errors]).toMatchObject([
        422,
        'unknown_session',
        [{ path: 'session_ids/1', code: 'unknown_session' }],
      ]);
    }
    for (const session_ids of [[], ['nonsense'], 'all', null]) expect((await make(tenant.key, { session_ids })).status).toBe(400);
  });

  it('stays when its sessions are deleted', async () => {
    const gone = (await rig.session(tenant.id)).id;
    const key = await limitedKey([gone]);
    const id = (await rig.call('POST', '/v1/messages', { key, body: text(someone(), { session_id: gone }) })).body.id as string;
    await rig.call('DELETE', `/v1/sessions/${gone}`, { key: tenant.key });
    const get = (path: string) => rig.call('GET', path, { key });
    const listed = async (path: string) => ((await get(path)).body.data as { id: string }[]).map((row) => row.id);
    expect(await listed('/v1/sessions')).toEqual([]);
    expect(await listed('/v1/messages')).toEqual([id]);
    expect((await get(`/v1/messages/${id}`)).status).toBe(200);
    for (const path of [`/v1/sessions/${gone}`, `/v1/sessions/${mine}`, `/v1/messages/${otherMessage}`])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    for (const session of [gone, mine])
      expect((await rig.call('POST', '/v1/messages', { key, body: text(someone(), { session_id: session }) })).status).toBe(404);
    expect(seen(await get('/v1/jobs'))).toEqual([403, 'key_limited_to_sessions']);
    const [row] = (await rig.call('GET', '/v1/api-keys', { key: tenant.key })).body.data as { id: string; session_ids: string[] }[];
    const rotated = await rig.call('POST', `/v1/api-keys/${row?.id}/rotate`, { key: tenant.key, body: { overlap_hours: 1 } });
    expect([rotated.status, rotated.body.session_ids]).toEqual([201, [gone]]);
  });

  it('does not let a key reach into another tenant that has the id of its session', async () => {
    const stranger = await rig.tenant();
    const theirs = (await rig.session(stranger.id)).id;
    await expect(limitedKey([theirs])).rejects.toMatchObject({ reason: 'unknown_session' });
    // Even a row that was written by hand shows nothing of the other tenant.
    const key = await limitedKey([mine]);
    await rig
      .get(Database)
      .query(
        'UPDATE api_keys SET session_ids = ARRAY[$2::uuid] WHERE tenant_id = $1 AND id = (SELECT max(id::text)::uuid FROM api_keys WHERE tenant_id = $1)',
        [tenant.id, theirs],
      );
    for (const id of [mine, theirs]) expect((await rig.call('GET', `/v1/sessions/${id}`, { key })).status).toBe(404);
    expect((await rig.call('POST', '/v1/messages', { key, body: text(someone(), { session_id: theirs }) })).status).toBe(404);
  });
});
