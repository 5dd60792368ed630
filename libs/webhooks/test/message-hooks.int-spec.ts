import { newId } from '@heliograph/kernel';
import { explaining, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { WasenderProvider } from '@heliograph/providers';
import { maxHooksOfMessage, MessageHooks, type TracedMessage } from '../src/inbound/message-hooks.repository';

let test: TestDatabase;
beforeAll(async () => (test = await openTestDatabase()));
afterAll(() => test.close());
const provider = new WasenderProvider({
  WASENDER_BASE_URL: 'http://127.0.0.1:9/api',
  WASENDER_CONNECTIONS: 1,
  WASENDER_SEND_TIMEOUT_MS: 1_000,
  WASENDER_CONNECT_TIMEOUT_MS: 1_000,
});
afterAll(() => provider.close());

const start = Date.parse('2026-11-24T14:02:11.000Z');
const second = 1_000;
const minute = 60 * second;
const at = (ms: number) => new Date(start + ms);
const keyId = '3EB0A94C11D261F2';
const receipt = (id: string, status: number) => ({ event: 'messages.update', data: { key: { id, fromMe: true }, update: { status } } });

interface Place {
  tenantId: string;
  sessionId: string;
}
const aPlace = (over: Partial<Place> = {}): Place => ({ tenantId: newId(), sessionId: newId(), ...over });
const traced = (place: Place, over: Partial<TracedMessage> = {}): TracedMessage => ({
  ...place,
  keyIds: [keyId],
  providerMessageId: '61400001',
  calledAt: [at(0)],
  reportedAt: [at(second), at(30 * minute)],
  ...over,
});
const find = (message: TracedMessage) => new MessageHooks(test.db, provider).of(message);

/** Stores hooks by the time at which each arrived. */
async function arrive(place: Place, hooks: [ms: number, body: object | string][]): Promise<void> {
  await test.db.query(
    `INSERT INTO hook_inbox (tenant_id, session_id, received_at, body, processed_at, outcome) SELECT $1, $2, t, b, t, 'applied' FROM unnest($3::timestamptz[], $4::text[]) AS h(t, b)`,
    [
      place.tenantId,
      place.sessionId,
      hooks.map(([ms]) => at(ms)),
      hooks.map(([, body]) => (typeof body === 'string' ? body : JSON.stringify(body))),
    ],
  );
}

describe('the hooks of a message', () => {
  it('are those that name it, around its calls and receipts, the newest last', async () => {
    const place = aPlace();
    await arrive(place, [
      [500, { event: 'message.sent', data: { msgId: 61400001, key: { id: keyId, remoteJid: '447700900101@s.whatsapp.net' }, status: 2 } }],
      [second, receipt(keyId, 3)],
      [second, receipt('3EB0000000000000', 3)],
      [2 * second, { event: 'groups.update', data: { about: keyId } }],
      [10 * minute, receipt(keyId, 3)],
      [29 * minute, receipt(keyId, 4)],
    ]);
    const hooks = await find(traced(place));
    expect(hooks.map(({ event, says }) => [event, says.toSorted()])).toEqual([
      ['message.sent', ['own_message', 'sent']],
      ['messages.update', ['delivered']],
      ['groups.update', []],
      ['messages.update', ['read']],
    ]);
    expect(hooks[0]).toMatchObject({ receivedAt: at(500), readAt: at(500), outcome: 'applied' });
    expect(hooks[0]?.body).toContain(keyId);
  });

  it('are not those in which the digits of the provider’s id stand by chance', async () => {
    const place = aPlace();
    await arrive(place, [
      [second, { event: 'messages.update', data: { key: { id: 'A614000019' }, update: { status: 3 } } }],
      [second, 'no JSON 61400001'],
      [second, `no JSON ${keyId}`],
    ]);
    expect(await find(traced(place))).toMatchObject([{ event: null, says: [], body: `no JSON ${keyId}` }]);
    expect(await find(traced(place, { keyIds: [], providerMessageId: null }))).toEqual([]);
    expect(await find(traced(place, { calledAt: [], reportedAt: [] }))).toEqual([]);
  });

  it('are not those of another session or another tenant', async () => {
    const place = aPlace();
    await arrive(aPlace({ tenantId: place.tenantId }), [[second, receipt(keyId, 3)]]);
    await arrive(aPlace({ sessionId: place.sessionId }), [[second, receipt(keyId, 3)]]);
    expect(await find(traced(place))).toEqual([]);
  });

  it('are the newest ones of many', async () => {
    const place = aPlace();
    await arrive(
      place,
      Array.from({ length: maxHooksOfMessage + 20 }, (_, i) => [second + i, receipt(keyId, 3)] as [number, object]),
    );
    const hooks = await find(traced(place));
    expect([hooks.length, hooks.at(-1)?.receivedAt]).toEqual([maxHooksOfMessage, at(second + maxHooksOfMessage + 19)]);
  });

  it('are found by the times at which hooks arrived, without reading those of other days', async () => {
    const place = aPlace();
    await test.db.query(
      `INSERT INTO hook_inbox (tenant_id, session_id, received_at, body) SELECT $1, $2, $3::timestamptz + n * interval '1 s', repeat('x', 400) FROM generate_series(-60000, 60000) n ORDER BY n`,
      [place.tenantId, place.sessionId, at(0)],
    );
    await arrive(place, [[second, receipt(keyId, 3)]]);
    await test.db.query('VACUUM ANALYZE hook_inbox');
    const { db, costs } = explaining(test.db);
    expect(await new MessageHooks(db, provider).of(traced(place, { reportedAt: [at(second)] }))).toHaveLength(1);
    expect(costs.filter(({ buffers }) => buffers > 1_000)).toEqual([]);
  });
});
