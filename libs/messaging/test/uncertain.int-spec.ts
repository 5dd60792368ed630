import { AddressPairs } from '@heliograph/contacts';
import { moveClock, openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { Metrics } from '@heliograph/kernel';
import type { MessageLogRow, WhatsAppProvider } from '@heliograph/providers';
import type { SessionCredentials } from '@heliograph/tenants';
import { MessageStore } from '../src/intake/message-store.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import { Receipts } from '../src/receipts/receipts';
import { echoHash } from '../src/uncertain/echo-hash';
import { FailedMessages } from '../src/uncertain/failed-messages';
import { MessageBinding } from '../src/uncertain/message-binding';
import { UnboundMessages } from '../src/uncertain/unbound.repository';
import { UncertainResolver } from '../src/uncertain/uncertain-resolver';
import { aLane, aRow } from '../testing';

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterEach(() => moveClock(database.db, 0));
afterAll(() => database.close());

const config = { INFO_BUDGET_PER_MINUTE: 20, UNCERTAIN_GRACE_MS: 600_000, ECHO_WINDOW_MS: 600_000 };
const phone = '+447700900500';

/** A session with messages as a lost answer, or a read one, leaves them, and a provider that answers as told. */
async function setup() {
  const { db } = database;
  const { tenantId, sessionId } = await aLane(db);
  const answers = {
    info: new Map<string, { keyId: string | null; status: 'sent' | 'delivered' | 'error' | null }>(),
    log: [] as MessageLogRow[],
  };
  const asked = { info: 0, log: 0 };
  const provider = {
    messageInfo: (_: unknown, id: string) => {
      asked.info++;
      const value = answers.info.get(id);
      return Promise.resolve(
        value ? { ok: true, value: { providerMessageId: id, ...value }, feedback: {} } : { ok: false, reason: 'not_found', feedback: {} },
      );
    },
    messageLog: () => {
      asked.log++;
      return Promise.resolve({ ok: true, value: { rows: answers.log, page: 1, lastPage: 1 }, feedback: {} });
    },
  } as unknown as WhatsAppProvider;
  const credentials = {
    get: () => Promise.resolve({ tenantId, sessionId, apiKey: 'k', accountToken: 't', providerSessionId: '7', logMessages: true }),
  } as unknown as SessionCredentials;
  const rung: string[] = [];
  const unbound = new UnboundMessages(db, config);
  const binding = new MessageBinding(db, new AddressPairs(db), config as never);
  const failed = new FailedMessages(db, unbound);
  const resolver = new UncertainResolver(
    db,
    unbound,
    binding,
    failed,
    new Receipts(db),
    credentials,
    { ring: (id: string) => rung.push(id) } as unknown as LaneBell,
    provider,
    new Metrics(),
  );

  /** @param providerMessageId null: the answer was lost */
  async function aCalled(providerMessageId: string | null, text = 'Hello', recipient = phone): Promise<string> {
    const row = aRow({ tenantId, sessionId, recipient, body: { content: { kind: 'text', text } } });
    await new MessageStore().store(db, [row], 72);
    await db.query(
      `UPDATE messages SET state = $2, provider_message_id = $3, due_at = NULL, uncertain_since = CASE WHEN $2 = 'uncertain' THEN heliograph_now() END, attempt = 1 WHERE id = $1`,
      [row.id, providerMessageId ? 'sent' : 'uncertain', providerMessageId],
    );
    await db.query(
      `INSERT INTO unbound_messages (session_id, echo_hash, message_id, tenant_id, provider_message_id, called_at, next_check_at) VALUES ($1, $2, $3, $4, $5, heliograph_now(), heliograph_now())`,
      [sessionId, echoHash(recipient, text), row.id, tenantId, providerMessageId],
    );
    return row.id;
  }
  const one = async <T>(sql: string, ...params: unknown[]) => (await db.query<T>(sql, params))[0] as T;
  const stateOf = (id: string) =>
    one<{ state: string; cause: string | null; detail: string | null }>(`SELECT state, cause, detail FROM messages WHERE id = $1`, id);
  const letterOf = (id: string) =>
    one<{ state: string; cause: string } | undefined>(`SELECT state, cause FROM dead_letters WHERE subject_id = $1`, id);
  const logRow = (over: Partial<MessageLogRow>): MessageLogRow => ({
    providerMessageId: '900',
    to: phone,
    text: 'Hello',
    status: 'sent',
    failedReason: null,
    createdAt: new Date(),
    ...over,
  });
  return { db, tenantId, sessionId, answers, asked, rung, binding, failed, resolver, aCalled, stateOf, letterOf, logRow, one };
}

describe('UncertainResolver', () => {
  it('binds a message whose WhatsApp id the provider tells, and takes its status', async () => {
    const { answers, resolver, aCalled, stateOf, one } = await setup();
    const id = await aCalled('41');
    answers.info.set('41', { keyId: '3EB041', status: 'delivered' });
    await resolver.tick();
    expect(await stateOf(id)).toMatchObject({ state: 'delivered' });
    expect(await one(`SELECT key_id, evidence, provider_message_id FROM message_keys WHERE message_id = $1`, id)).toEqual({
      key_id: '3EB041',
      evidence: 'info',
      provider_message_id: '41',
    });
    expect(await one(`SELECT count(*)::int AS n FROM unbound_messages WHERE message_id = $1`, id)).toEqual({ n: 0 });
  });

  it('replaces a guess that the numeric id proves wrong', async () => {
    const { tenantId, sessionId, answers, binding, resolver, aCalled, one } = await setup();
    const first = await aCalled('1');
    // Only the first is known to be called when the echo of the second comes.
    expect(
      await binding.bind([{ tenantId, sessionId, keyId: 'KEY2', providerMessageId: null, addresses: [phone], text: 'Hello' }]),
    ).toEqual(['bound']);
    const second = await aCalled('2');
    answers.info.set('2', { keyId: 'KEY2', status: 'sent' }).set('1', { keyId: 'KEY1', status: 'sent' });
    await resolver.tick();
    expect(await one(`SELECT message_id FROM message_keys WHERE key_id = 'KEY2' AND session_id = $1`, sessionId)).toEqual({
      message_id: second,
    });
    await resolver.tick();
    expect(await one(`SELECT message_id FROM message_keys WHERE key_id = 'KEY1' AND session_id = $1`, sessionId)).toEqual({
      message_id: first,
    });
  });

  it('settles a lost answer by the one log row that fits, then asks for its WhatsApp id', async () => {
    const { answers, resolver, aCalled, stateOf, logRow, one } = await setup();
    const id = await aCalled(null);
    answers.log = [
      logRow({ providerMessageId: '77' }),
      logRow({ providerMessageId: '78', text: 'Other' }),
      logRow({ providerMessageId: '76', to: '+447700900999' }),
    ];
    answers.info.set('77', { keyId: 'KEY77', status: 'sent' });
    await resolver.tick();
    expect(await stateOf(id)).toEqual({ state: 'sent', cause: 'evidence', detail: 'log' });
    await resolver.tick();
    expect(await one(`SELECT evidence FROM message_keys WHERE key_id = 'KEY77'`)).toEqual({ evidence: 'info' });
  });

  it('gives no verdict when two rows fit, or one row fits two messages', async () => {
    const { answers, resolver, aCalled, stateOf, logRow } = await setup();
    const id = await aCalled(null);
    answers.log = [logRow({ providerMessageId: '1' }), logRow({ providerMessageId: '2' })];
    await resolver.tick();
    expect(await stateOf(id)).toMatchObject({ state: 'uncertain' });

    const other = await setup();
    const twins = [await other.aCalled(null), await other.aCalled(null)];
    other.answers.log = [other.logRow({})];
    await other.resolver.tick();
    for (const twin of twins) expect(await other.stateOf(twin)).toMatchObject({ state: 'uncertain' });
  });

  it('leaves out rows that belong to messages whose answer was read', async () => {
    const { answers, resolver, aCalled, stateOf, logRow } = await setup();
    await aCalled('5');
    const lost = await aCalled(null);
    answers.log = [logRow({ providerMessageId: '5' })];
    await resolver.tick();
    expect(await stateOf(lost)).toMatchObject({ state: 'uncertain' });
    answers.log.push(logRow({ providerMessageId: '6' }));
    await database.db.query(`UPDATE unbound_messages SET next_check_at = heliograph_now() WHERE message_id = $1`, [lost]);
    await resolver.tick();
    expect(await stateOf(lost)).toMatchObject({ state: 'sent' });
  });

  it('fails a message that the log or the provider says has failed, along the arrows', async () => {
    const { answers, resolver, aCalled, stateOf, letterOf, logRow, one } = await setup();
    const lost = await aCalled(null);
    const read = await aCalled('9', 'Another');
    answers.log = [logRow({ status: 'failed', failedReason: 'no such number' })];
    answers.info.set('9', { keyId: null, status: 'error' });
    await resolver.tick();
    expect(await stateOf(lost)).toMatchObject({ state: 'failed', cause: 'provider_error', detail: 'no such number' });
    expect(await stateOf(read)).toMatchObject({ state: 'failed', cause: 'provider_error' });
    expect(await letterOf(lost)).toEqual({ state: 'open', cause: 'provider_error' });
    expect(await one(`SELECT array_agg(to_state ORDER BY seq) AS path FROM message_events WHERE message_id = $1`, lost)).toEqual({
      path: ['uncertain', 'sent', 'failed'],
    });
  });

  it('keeps within the budget of a session', async () => {
    const { db, sessionId, asked, resolver, aCalled } = await setup();
    await stopClock(db, new Date('2026-11-02T10:00:00Z'));
    for (let i = 0; i < 30; i++) await aCalled(String(100 + i), `Text ${i}`);
    await resolver.tick();
    await resolver.tick();
    expect(asked.info).toBe(config.INFO_BUDGET_PER_MINUTE);
    const [left] = await db.query(
      `SELECT count(*)::int AS n FROM unbound_messages WHERE session_id = $1 AND checks = 0 AND next_check_at > heliograph_now()`,
      [sessionId],
    );
    expect(left).toEqual({ n: 10 });
  });

  it('asks a person after the grace, once, and takes late evidence still', async () => {
    const { db, tenantId, sessionId, binding, resolver, aCalled, stateOf, letterOf } = await setup();
    const id = await aCalled(null);
    await resolver.tick();
    expect(await letterOf(id)).toBeUndefined();
    await db.query(`UPDATE messages SET uncertain_since = uncertain_since - interval '11 minutes' WHERE id = $1`, [id]);
    await resolver.tick();
    await resolver.tick();
    expect(await stateOf(id)).toMatchObject({ state: 'uncertain', cause: 'outcome_unknown' });
    expect(await db.query(`SELECT state, cause FROM dead_letters WHERE subject_id = $1`, [id])).toEqual([
      { state: 'open', cause: 'outcome_unknown' },
    ]);
    await binding.bind([{ tenantId, sessionId, keyId: 'LATE', providerMessageId: null, addresses: [phone], text: 'Hello' }]);
    expect(await stateOf(id)).toMatchObject({ state: 'sent', cause: 'evidence' });
    expect(await letterOf(id)).toMatchObject({ state: 'resolved' });
  });

  it('sends again only under the policy of the tenant for the class, and only before the message expires', async () => {
    const { db, tenantId, sessionId, rung, resolver, aCalled, stateOf, letterOf } = await setup();
    await db.query(`UPDATE tenants SET settings = '{"uncertain": {"broadcast": {"resend_after_s": 60}}}' WHERE id = $1`, [tenantId]);
    const id = await aCalled(null);
    const expired = await aCalled(null, 'Too late');
    await db.query(`UPDATE messages SET expires_at = heliograph_now() WHERE id = $1`, [expired]);
    await resolver.tick();
    expect(await stateOf(id)).toMatchObject({ state: 'uncertain' });
    await db.query(`UPDATE messages SET uncertain_since = uncertain_since - interval '11 minutes' WHERE tenant_id = $1`, [tenantId]);
    await resolver.tick();
    expect(await stateOf(id)).toMatchObject({ state: 'queued', cause: 'redriven' });
    expect(rung).toEqual([sessionId]);
    expect(await letterOf(id)).toBeUndefined();
    expect(await letterOf(expired)).toMatchObject({ cause: 'outcome_unknown' });
  });
});

describe('FailedMessages', () => {
  it('attributes a failure without an id only to the one message in flight to that number', async () => {
    const { sessionId, failed, aCalled, stateOf } = await setup();
    const only = await aCalled('1', 'One', '+447700900601');
    const twins = [await aCalled('2', 'Two', '+447700900602'), await aCalled('3', 'Three', '+447700900602')];
    await failed.failNameless([
      { sessionId, phone: '+447700900601', detail: 'number (number) could not be reached' },
      { sessionId, phone: '+447700900602', detail: 'number (number) could not be reached' },
      { sessionId, phone: null, detail: 'failed' },
    ]);
    expect(await stateOf(only)).toMatchObject({ state: 'failed', cause: 'provider_error' });
    for (const twin of twins) expect(await stateOf(twin)).toMatchObject({ state: 'sent' });
  });
});
