import { randomUUID } from 'node:crypto';
import { Database, IdempotencyKeys, requestHash } from '@heliograph/kernel';
import { WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { ApiRig, text } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());
beforeEach(async () => {
  tenant = await rig.tenant();
  await rig.session(tenant.id);
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  rig.call('POST', path, { key: tenant.key, body, headers });
const stream = async (rows: object[], key: string, query = '') => {
  const reply = await post(`/v1/messages/bulk${query}`, rows.map((row) => JSON.stringify(row)).join('\n'), {
    'content-type': 'application/x-ndjson',
    'idempotency-key': key,
  });
  const lines = reply.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id?: string; status?: string; replayed?: true; errors?: { code: string }[]; error?: object });
  return { reply, lines };
};
const count = async (table: 'messages' | 'events' | 'idempotency_keys') =>
  Number((await rig.get(Database).query<{ n: string }>(`SELECT count(*) AS n FROM ${table} WHERE tenant_id = $1`, [tenant.id]))[0]?.n);

describe('a stream of messages under a key that was used', () => {
  const rows = [text('+447700900101', { text: 'one' }), text('+447700900102', { text: 'two' })];

  it('is answered with the first ids where a row is the same, and says that it is a repeat', async () => {
    const key = randomUUID();
    const first = await stream(rows, key);
    const again = await stream(rows, key);
    expect(first.reply.headers.get('idempotency-replayed')).toBeNull();
    expect(again.reply.headers.get('idempotency-replayed')).toBe('true');
    expect(again.lines.slice(0, 2)).toEqual(first.lines.slice(0, 2).map((line) => ({ ...line, replayed: true })));
    expect(await count('messages')).toBe(2);
  });

  it.each<[string, object]>([
    ['text', { text: 'three' }],
    ['recipient', { to: '+447700900109' }],
    ['class', { class: 'transactional' }],
    ['reference', { client_ref: 'other' }],
    ['tags', { tags: ['other'] }],
    ['time', { send_at: new Date(Date.now() + 3_600_000).toISOString() }],
    ['expiry', { expires_at: new Date(Date.now() + 7_200_000).toISOString() }],
    ['own key', { text: 'three', idempotency_key: 'own-key' }],
  ])('refuses a row with another %s, and takes the rows that follow', async (_, over) => {
    const key = randomUUID();
    const first = await stream(rows, key);
    const again = await stream([{ ...rows[0], ...over }, rows[1] as object, text('+447700900103')], key);
    expect(again.lines.map(({ status, errors, id }) => [status, errors?.[0]?.code ?? id])).toEqual([
      ['refused', 'idempotency_key_reused'],
      ['accepted', first.lines[1]?.id],
      ['accepted', expect.any(String)],
      [undefined, undefined],
    ]);
    expect(await count('messages')).toBe(3);
    expect(await count('idempotency_keys')).toBe(1);
  });

  it('finds rows by their own keys, whatever their order', async () => {
    const key = randomUUID();
    const keyed = rows.map((row, i) => ({ ...row, idempotency_key: `row-${i}` }));
    const first = await stream(keyed, key);
    const again = await stream(keyed.toReversed(), key);
    expect(again.lines.slice(0, 2).map(({ id }) => id)).toEqual([first.lines[1]?.id, first.lines[0]?.id]);
    expect(await count('messages')).toBe(2);
  });

  it('stores none of an all-or-nothing stream of which one row is another', async () => {
    const key = randomUUID();
    await stream(rows, key, '?atomic=true');
    const again = await stream([{ ...rows[0], text: 'three' }, text('+447700900103')], key, '?atomic=true');
    expect(again.lines.at(-1)).toMatchObject({ error: { code: 'rows_refused' } });
    expect(await count('messages')).toBe(2);
  });
});

describe('an all-or-nothing call of which one row has a used key', () => {
  it('stores nothing and names the row', async () => {
    await post('/v1/messages', text('+447700900101'), { 'idempotency-key': 'used' });
    const reply = await post('/v1/messages/bulk', {
      atomic: true,
      messages: [text('+447700900102'), text('+447700900103', { idempotency_key: 'used' })],
    });
    expect([reply.status, reply.body.errors]).toMatchObject([
      422,
      [{ path: 'messages/1/idempotency_key', code: 'idempotency_key_reused' }],
    ]);
    expect(await count('messages')).toBe(1);
  });
});

describe('a message', () => {
  it('names its own key, or that of its row, for as long as keys are kept', async () => {
    const keyOf = async (id: unknown) => (await rig.call('GET', `/v1/messages/${id as string}`, { key: tenant.key })).body.idempotency_key;
    const under = async (key?: string) =>
      (await post('/v1/messages', text('+447700900101'), key ? { 'idempotency-key': key } : {})).body.id;
    const [first, second, without] = [await under('order-1'), await under('order-2'), await under()];
    const bulk = await stream([text('+447700900102', { idempotency_key: 'row-1' }), text('+447700900103')], 'whole-call');
    expect(await Promise.all([first, second, without, ...bulk.lines.slice(0, 2).map(({ id }) => id)].map(keyOf))).toEqual([
      'order-1',
      'order-2',
      null,
      'row-1',
      null,
    ]);
    expect(await under('order-1')).toBe(first);
    expect(await keyOf(first)).toBe('order-1');
    await rig.get(Database).query(`DELETE FROM idempotency_keys WHERE tenant_id = $1 AND key = 'order-1'`, [tenant.id]);
    expect(await keyOf(first)).toBeNull();
  });
});

describe('events under an idempotency key', () => {
  const event = (id: string) => ({ name: 'user_onboarded', id, subject: { phone: '+447700900101' } });

  it.each<[string, (id: string) => unknown]>([
    ['/v1/events', (id) => event(id)],
    ['/v1/events/batch', (id) => ({ events: [event(id)] })],
  ])('%s: the same body gives the same answer, another body is refused', async (path, body) => {
    const headers = { 'idempotency-key': randomUUID() };
    const [first, again] = [await post(path, body('e-1'), headers), await post(path, body('e-1'), headers)];
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([202, first.body, 'true']);
    const other = await post(path, body('e-2'), headers);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    expect(await count('events')).toBe(1);
  });

  it('come as a stream without one only', async () => {
    const reply = await post('/v1/events/batch', JSON.stringify(event('e-1')), {
      'content-type': 'application/x-ndjson',
      'idempotency-key': randomUUID(),
    });
    expect([reply.status, reply.body.code, await count('events')]).toEqual([400, 'invalid_idempotency_key', 0]);
  });
});

describe('a call under the key of one that is still running', () => {
  it('is asked to come again, and is answered as the first one then', async () => {
    const body = { addresses: ['+447700900101'] };
    const asked = { tenantId: tenant.id, key: 'running', requestHash: requestHash(body, 'POST /v1/suppressions') };
    const keys = rig.get(IdempotencyKeys);
    await keys.begin(asked);
    const early = await post('/v1/suppressions', body, { 'idempotency-key': 'running' });
    expect([early.status, early.body.code, early.headers.get('retry-after')]).toEqual([409, 'request_in_progress', '1']);

    await keys.release(asked);
    const first = await post('/v1/suppressions', body, { 'idempotency-key': 'running' });
    const again = await post('/v1/suppressions', body, { 'idempotency-key': 'running' });
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([200, null]);
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([200, first.body, 'true']);
  });
});

describe('a request that failed after it had changed something', () => {
  it('gives the same error to each repeat of its key, and makes nothing twice', async () => {
    const providers = rig.apps.map((app) => app.get<WhatsAppProvider>(WHATSAPP_PROVIDER, { strict: false }));
    const made = providers.map((provider) => jest.spyOn(provider, 'createSession'));
    const silent = { ok: false, reason: 'unavailable', detail: 'No answer.', httpStatus: 502, feedback: {} } as const;
    const pointed = providers.map((provider) => jest.spyOn(provider, 'updateSession').mockResolvedValue(silent));
    const account = await post('/v1/provider-accounts', {
      name: 'Main',
      access_token: rig.provider.simulator.accounts.accessToken,
    });
    const key = randomUUID();
    const create = (pod: number) =>
      rig.call('POST', '/v1/sessions', {
        key: tenant.key,
        body: { mode: 'create', account_id: account.body.id, name: 'Front desk', phone: '+447700900001' },
        headers: { 'idempotency-key': key },
        pod,
      });
    const first = await create(0);
    expect([first.status, first.body.code]).toEqual([503, 'provider_unavailable']);
    for (const spy of pointed) spy.mockRestore();
    const again = await create(1);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([503, 'true']);
    const { request_id: _, ...said } = first.body;
    expect(again.body).toMatchObject(said);
    expect(made.map((spy) => spy.mock.calls.length)).toEqual([1, 0]);
    const { data } = (await rig.call('GET', '/v1/sessions', { key: tenant.key })).body as { data: { name: string }[] };
    expect(data.filter(({ name }) => name === 'Front desk')).toHaveLength(1);
    for (const spy of made) spy.mockRestore();
  });

  it('releases the key of a request that failed before it changed anything', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const body = { mode: 'create', account_id: randomUUID(), name: 'Front desk', phone: '+447700900001' };
    for (let i = 0; i < 2; i++) {
      const { status, headers: answered } = await post('/v1/sessions', body, headers);
      expect([status, answered.get('idempotency-replayed')]).toEqual([404, null]);
    }
  });
});
