import fc from 'fast-check';
import { AddressPairs } from '@heliograph/contacts';
import { moveClock, openTestDatabase, processLoops, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { Metrics, newId } from '@heliograph/kernel';
import type { MessageLogRow, WhatsAppProvider } from '@heliograph/providers';
import type { SessionCredentials } from '@heliograph/tenants';
import { MessageStore } from '../src/intake/message-store.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import { Receipts } from '../src/receipts/receipts.repository';
import { Ledger } from '../src/send/ledger.repository';
import { echoHash } from '../src/uncertain/echo-hash';
import { FailedMessages } from '../src/uncertain/failed-messages.repository';
import { MessageBinding, type OwnMessage } from '../src/uncertain/message-binding.repository';
import { UnboundMessages } from '../src/uncertain/unbound.repository';
import { UncertainResolver } from '../src/uncertain/uncertain-resolver';
import { aLane, aRow, aWorker, moveTo } from '../testing';

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterEach(() => moveClock(database.db, 0));
afterAll(() => database.close());

const config = { INFO_BUDGET_PER_MINUTE: 20, UNCERTAIN_GRACE_MS: 600_000, ECHO_WINDOW_MS: 600_000 };
const phone = '+447700900500';

/** A session with messages after a lost answer or a read one, and a provider whose answers the test sets. */
async function setup() {
  const { db } = database;
  const { tenantId, sessionId } = await aLane(db);
  const answers = {
    info: new Map<string, { keyId: string | null; status: 'sent' | 'delivered' | 'error' | null }>(),
    log: [] as MessageLogRow[],
    /** Wait that the provider asks for; null: it answers. */
    throttledMs: null as number | null,
  };
  const throttled = () => ({ ok: false, reason: 'throttled', feedback: { retryAfterMs: answers.throttledMs } });
  const asked = { info: 0, log: 0 };
  const provider = {
    messageInfo: (_: unknown, id: string) => {
      asked.info++;
      if (answers.throttledMs !== null) return Promise.resolve(throttled());
      const value = answers.info.get(id);
      return Promise.resolve(
        value ? { ok: true, value: { providerMessageId: id, ...value }, feedback: {} } : { ok: false, reason: 'not_found', feedback: {} },
      );
    },
    messageLog: () => {
      asked.log++;
      if (answers.throttledMs !== null) return Promise.resolve(throttled());
      return Promise.resolve({ ok: true, value: { rows: answers.log, page: 1, lastPage: 1 }, feedback: {} });
    },
  } as unknown as WhatsAppProvider;
  const credentials = {
    find: () => Promise.resolve({ tenantId, sessionId, apiKey: 'k', accountToken: 't', providerSessionId: '7', logMessages: true }),
  } as unknown as SessionCredentials;
  const rung: string[] = [];
  const unbound = new UnboundMessages(db, config);
  const binding = new MessageBinding(db, new AddressPairs(db), config as never, new Metrics());
  const failed = new FailedMessages(db, unbound);
  const duties = new UncertainResolver(
    db,
    unbound,
    binding,
    failed,
    new Receipts(db),
    credentials,
    { ring: (id: string) => rung.push(id) } as unknown as LaneBell,
    provider,
    processLoops().loops,
    new Metrics(),
  );
  /** Runs one turn of each loop. */
  const resolver = { tick: () => duties.review().then(() => duties.lookUp()) };

  /** @param providerMessageId null: the answer was lost */
  async function aCalled(providerMessageId: string | null, text = 'Hello', recipient = phone): Promise<string> {
    const row = aRow({ tenantId, sessionId, recipient, body: { content: { kind: 'text', text } } });
    await new MessageStore().store(db, [row], 72);
    await moveTo(db, [row.id], 'calling');
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

describe('MessageBinding', () => {
  const own = (of: { tenantId: string; sessionId: string }, over: Partial<OwnMessage>): OwnMessage => ({
    tenantId: of.tenantId,
    sessionId: of.sessionId,
    keyId: newId(),
    providerMessageId: null,
    addresses: [phone],
    text: 'Hello',
    at: new Date(),
    viaApi: false,
    ...over,
  });
  const minutes = (n: number) => new Date(Date.now() + n * 60_000);

  it('never binds an echo older than the call, or much later than it', async () => {
    const rig = await setup();
    const id = await rig.aCalled(null);
    const outcomes = await rig.binding.bind([
      own(rig, { keyId: 'OLD', at: minutes(-3), viaApi: true }),
      own(rig, { keyId: 'LATER', at: minutes(11), viaApi: true }),
      own(rig, { keyId: 'HISTORY', at: minutes(-60 * 24) }),
    ]);
    expect(outcomes).toEqual(['waiting', 'waiting', 'foreign']);
    expect(await rig.stateOf(id)).toMatchObject({ state: 'uncertain' });
    expect(await rig.db.query(`SELECT 1 FROM message_keys WHERE message_id = $1`, [id])).toEqual([]);
  });

  it('binds an echo under a privacy id whose number has another spelling than the message', async () => {
    const rig = await setup();
    const { db, tenantId } = rig;
    const id = await rig.aCalled(null, 'Hello', '+541123456704');
    await new AddressPairs(db).learn(db, [{ tenantId, lid: '230000000000704@lid', phone: '+5491123456704' }]);
    expect(await rig.binding.bind([own(rig, { addresses: ['230000000000704@lid'], viaApi: true })])).toEqual(['bound']);
    expect(await rig.stateOf(id)).toEqual({ state: 'sent', cause: 'evidence', detail: 'api_echo' });
  });

  it('treats a possible echo of a person as a hint that moves no state; the log settles it', async () => {
    const rig = await setup();
    const id = await rig.aCalled(null);
    expect(await rig.binding.bind([own(rig, { keyId: 'TYPED' })])).toEqual(['bound']);
    expect(await rig.stateOf(id)).toMatchObject({ state: 'uncertain' });
    expect(await rig.one(`SELECT key_id, evidence FROM message_keys WHERE message_id = $1`, id)).toEqual({
      key_id: 'TYPED',
      evidence: 'echo',
    });
    rig.answers.log = [rig.logRow({ providerMessageId: '70' })];
    rig.answers.info.set('70', { keyId: 'TRUE', status: 'delivered' });
    await rig.resolver.tick();
    await rig.resolver.tick();
    expect(await rig.stateOf(id)).toMatchObject({ state: 'delivered' });
  });

  it('continues to ask about a message bound by likeness, so that its own receipts find it', async () => {
    const rig = await setup();
    const id = await rig.aCalled('71');
    await rig.binding.bind([own(rig, { keyId: 'TYPED2' })]);
    const receipts = new Receipts(rig.db);
    expect(await receipts.apply([{ sessionId: rig.sessionId, keyId: 'TYPED2', status: 'error', at: null }])).toEqual([false]);
    rig.answers.info.set('71', { keyId: 'TRUE2', status: 'sent' });
    await rig.resolver.tick();
    expect(await receipts.apply([{ sessionId: rig.sessionId, keyId: 'TRUE2', status: 'read', at: null }])).toEqual([true]);
    expect(await rig.stateOf(id)).toMatchObject({ state: 'read' });
  });

  it('prefers the API to a hint, in either order, and counts an echo under two ids as one message', async () => {
    const rig = await setup();
    const id = await rig.aCalled(null);
    await rig.binding.bind([own(rig, { keyId: 'TYPED3' })]);
    await rig.binding.bind([own(rig, { keyId: 'API3', viaApi: true })]);
    expect(await rig.stateOf(id)).toMatchObject({ state: 'sent', cause: 'evidence' });
    const aged = own(rig, { keyId: 'TWIN3', at: minutes(-0.9), viaApi: true });
    await rig.db.query(`UPDATE unbound_messages SET called_at = called_at - interval '2 minutes' WHERE message_id = $1`, [id]);
    expect(await rig.binding.bind([aged])).toEqual(['waiting']);
    expect(await rig.binding.bind([{ ...aged, at: minutes(-1.5) }])).toEqual(['bound']);
    expect(await rig.one(`SELECT count(*)::int AS n FROM message_keys WHERE message_id = $1`, id)).toEqual({ n: 3 });
  });

  it('makes no false sent and no false failed from own messages of the past and of people, in any order', async () => {
    const texts = ['Hello', 'Thank you', 'See you'];
    const noise = fc.record({ text: fc.constantFrom(...texts), at: fc.integer({ min: -120, max: 20 }), past: fc.boolean() });
    const sends = fc.array(fc.record({ taken: fc.boolean(), text: fc.constantFrom(...texts), answered: fc.boolean() }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(
        sends,
        fc.array(noise, { maxLength: 8 }),
        fc.infiniteStream(fc.nat({ max: 1_000 })),
        async (calls, others, order) => {
          const rig = await setup();
          // The ledger of the provider: the accepted messages. An answered call was always accepted.
          const ledger: { id: string; taken: boolean; number: string; text: string; keyId: string }[] = [];
          for (const [i, { taken, text, answered }] of calls.entries()) {
            const number = String(5_000 + i);
            const id = await rig.aCalled(answered ? number : null, text);
            ledger.push({ id, taken: taken || answered, number, text, keyId: `OURS${number}` });
          }
          for (const { taken, number, keyId, text } of ledger) {
            if (!taken) continue;
            rig.answers.info.set(number, { keyId, status: 'sent' });
            rig.answers.log.push(rig.logRow({ providerMessageId: number, text }));
          }
          const reports = [
            // Hooks of the past may come from the API; hooks of people now do not.
            ...others.map(({ text, at, past }) => own(rig, { text, at: minutes(past ? -5 - Math.abs(at) : at / 10), viaApi: past })),
            ...ledger.filter(({ taken }) => taken).map(({ keyId, text }) => own(rig, { keyId, text, viaApi: true })),
          ]
            .map((message) => ({ message, place: order.next().value as number }))
            .sort((a, b) => a.place - b.place);
          for (const { message } of reports) {
            await rig.binding.bind([message]);
            await new Receipts(rig.db).apply([
              { sessionId: rig.sessionId, keyId: message.keyId, status: message.keyId.startsWith('OURS') ? 'sent' : 'error', at: null },
            ]);
          }
          await rig.resolver.tick();
          const rows = await rig.db.query<{ id: string; state: string }>(`SELECT id, state FROM messages WHERE tenant_id = $1`, [
            rig.tenantId,
          ]);
          const state = new Map(rows.map((row) => [row.id, row.state]));
          const sent = ledger.filter(({ id }) => state.get(id) === 'sent');
          expect(rows.filter((row) => row.state === 'failed')).toEqual([]);
          // For equal calls, the ledger shows how many were accepted.
          for (const text of texts) {
            const of = (list: typeof ledger) => list.filter((entry) => entry.text === text).length;
            expect(of(sent)).toBeLessThanOrEqual(of(ledger.filter(({ taken }) => taken)));
          }
          if (new Set(calls.map(({ text }) => text)).size === calls.length) expect(sent.filter(({ taken }) => !taken)).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('Ledger', () => {
  it('checks right before the call whether the session may send', async () => {
    const { db, tenantId, sessionId } = await setup();
    const row = aRow({ tenantId, sessionId });
    const { id } = row;
    await new MessageStore().store(db, [row], 72);
    await db.query(`UPDATE messages SET state = 'claimed', attempt = 1 WHERE id = $1`, [id]);
    const workerId = await aWorker(db);
    const calling = () => new Ledger(db).advance({ tenantId, id, sessionId, attempt: 1, to: 'calling', workerId });
    await db.query(`UPDATE sessions SET phone = '+447700900001', confirmed_phone = '+447700900002' WHERE id = $1`, [sessionId]);
    expect(await calling()).toBe(false);
    await db.query(`UPDATE sessions SET phone = confirmed_phone, status = 'disconnected' WHERE id = $1`, [sessionId]);
    expect(await calling()).toBe(false);
    await db.query(`UPDATE sessions SET status = 'connected' WHERE id = $1`, [sessionId]);
    expect(await calling()).toBe(true);
  });

  it('writes an outcome without a refused detail at once, and fails at once when there is none', async () => {
    const { db, tenantId, sessionId, aCalled, stateOf } = await setup();
    const id = await aCalled(null);
    const refused = {
      query: () => Promise.reject(new Error('unused')),
      plannedOnce: (name: string, sql: string, params: unknown[][]) => {
        if (params[6]?.some((detail) => detail !== null))
          return Promise.reject(Object.assign(new Error('invalid byte sequence'), { code: '22021' }));
        return db.plannedOnce(name, sql, params);
      },
    };
    const ledger = new Ledger(refused as never);
    const step = { tenantId, id, sessionId, attempt: 1, to: 'failed' as const, cause: 'refused' };
    expect(await ledger.advanceSurely({ ...step, detail: 'odd' })).toBe(true);
    expect(await stateOf(id)).toEqual({ state: 'failed', cause: 'refused', detail: null });
    const always = new Ledger({ plannedOnce: () => Promise.reject(Object.assign(new Error('bad'), { code: '22P02' })) } as never);
    await expect(always.advanceSurely({ ...step, detail: 'odd' })).rejects.toThrow('bad');
  });
});

describe('UncertainResolver', () => {
  it('binds a message whose WhatsApp id the provider returns, and applies its status', async () => {
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

  it('replaces a guess that the numeric id disproves', async () => {
    const { tenantId, sessionId, answers, binding, resolver, aCalled, one } = await setup();
    const first = await aCalled('1');
    // Only the first is known to be called when the echo of the second arrives.
    expect(
      await binding.bind([
        { tenantId, sessionId, keyId: 'KEY2', providerMessageId: null, addresses: [phone], text: 'Hello', at: new Date(), viaApi: true },
      ]),
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

  it('settles a lost answer by the only matching log row, then asks for its WhatsApp id', async () => {
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

  it.each([
    ['+541123456701', '+5491123456701'],
    ['+5491123456702', '+541123456702'],
    ['+22997123456', '+2290197123456'],
  ])('settles a message to %s by a log row to %s', async (to, shown) => {
    const { answers, resolver, aCalled, stateOf, logRow } = await setup();
    const id = await aCalled(null, 'Hello', to);
    answers.log = [logRow({ to: shown })];
    await resolver.tick();
    expect(await stateOf(id)).toEqual({ state: 'sent', cause: 'evidence', detail: 'log' });
  });

  it('settles a message by a log row to a privacy id of the other spelling of its number', async () => {
    const { db, tenantId, answers, resolver, aCalled, stateOf, logRow } = await setup();
    const id = await aCalled(null, 'Hello', '+541123456703');
    await new AddressPairs(db).learn(db, [{ tenantId, lid: '230000000000703@lid', phone: '+5491123456703' }]);
    answers.log = [logRow({ to: '230000000000703@lid' })];
    await resolver.tick();
    expect(await stateOf(id)).toEqual({ state: 'sent', cause: 'evidence', detail: 'log' });
  });

  it('gives no verdict when two rows match, or one row matches two messages', async () => {
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

  it('skips rows that belong to messages whose answer was read', async () => {
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

  it('fails a message that the log or the provider reports as failed, along the arrows', async () => {
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
      path: ['calling', 'uncertain', 'sent', 'failed'],
    });
  });

  it.each([
    ['info', '100', 90_000, 90],
    ['info', '100', 1e9, 3_600],
    ['log', null, 90_000, 90],
  ] as const)('asks nothing more by %s while the provider refuses it', async (kind, id, retryAfterMs, seconds) => {
    const { db, asked, answers, resolver, aCalled, stateOf } = await setup();
    // Those of other tests would be due within the time that passes here.
    await db.query('DELETE FROM unbound_messages');
    await stopClock(db, new Date('2026-11-02T10:00:00Z'));
    const ids = await Promise.all(['One', 'Two', 'Three'].map((text, i) => aCalled(id && String(Number(id) + i), text)));
    answers.throttledMs = retryAfterMs;
    await resolver.tick();
    expect(asked[kind]).toBe(1);
    answers.throttledMs = null;
    await stopClock(db, new Date(Date.parse('2026-11-02T10:00:00Z') + seconds * 1_000 - 1));
    await resolver.tick();
    expect(asked[kind]).toBe(1);
    await stopClock(db, new Date(Date.parse('2026-11-02T10:00:00Z') + seconds * 1_000));
    await resolver.tick();
    expect(asked[kind]).toBe(kind === 'info' ? 1 + ids.length : 2);
    expect(await stateOf(ids[0] as string)).toMatchObject({ state: id ? 'sent' : 'uncertain' });
  });

  it('stays within the budget of a session', async () => {
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

  it('opens one dead letter after the grace period, and still accepts late evidence', async () => {
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
    await binding.bind([
      { tenantId, sessionId, keyId: 'LATE', providerMessageId: null, addresses: [phone], text: 'Hello', at: new Date(), viaApi: true },
    ]);
    expect(await stateOf(id)).toMatchObject({ state: 'sent', cause: 'evidence' });
    expect(await letterOf(id)).toMatchObject({ state: 'resolved' });
  });

  it('never repeats a message that was answered for another recipient, under any policy', async () => {
    const { db, tenantId, resolver, aCalled, stateOf, letterOf } = await setup();
    await db.query(`UPDATE tenants SET settings = '{"uncertain": {"broadcast": {"resend_after_s": 60}}}' WHERE id = $1`, [tenantId]);
    const id = await aCalled(null);
    await db.query(
      `UPDATE messages SET cause = 'answer_mismatched', uncertain_since = uncertain_since - interval '11 minutes' WHERE id = $1`,
      [id],
    );
    await resolver.tick();
    expect(await stateOf(id)).toMatchObject({ state: 'uncertain' });
    expect(await letterOf(id)).toMatchObject({ state: 'open' });
  });

  it('repeats a message only under the tenant’s policy for its class, and before it expires', async () => {
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
  it('assigns a failure without an id only to the one message in flight to that number', async () => {
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

  it('yields to evidence that WhatsApp has the message, in every order and batching', async () => {
    type Step = 'failure' | 'own' | 'delivered';
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray<Step>(['failure', 'own', 'delivered', 'failure'], { minLength: 1 }),
        fc.boolean(),
        async (steps, hasHook) => {
          const rig = await setup();
          const id = await rig.aCalled('88');
          const receipts = new Receipts(rig.db);
          const delivered = () => receipts.apply([{ sessionId: rig.sessionId, keyId: 'KEY88', status: 'delivered', at: null }]);
          let parked = false;
          for (const step of steps) {
            if (step === 'failure') await rig.failed.failNameless([{ sessionId: rig.sessionId, phone, detail: 'could not be reached' }]);
            if (step === 'own' && hasHook)
              await rig.binding.bind([
                {
                  tenantId: rig.tenantId,
                  sessionId: rig.sessionId,
                  keyId: 'KEY88',
                  providerMessageId: '88',
                  addresses: [phone],
                  text: 'Hello',
                  at: new Date(),
                  viaApi: true,
                },
              ]);
            if (step === 'own' && !hasHook) {
              rig.answers.info.set('88', { keyId: 'KEY88', status: 'sent' });
              await rig.db.query(`UPDATE unbound_messages SET next_check_at = heliograph_now() WHERE message_id = $1`, [id]);
              await rig.resolver.tick();
            }
            if (step === 'delivered' || parked) parked = !(await delivered())[0];
          }
          const known = steps.includes('own');
          const state = known && steps.includes('delivered') ? 'delivered' : known ? 'sent' : steps.includes('failure') ? 'failed' : 'sent';
          expect(await rig.stateOf(id)).toMatchObject({ state });
          const letter = await rig.letterOf(id);
          if (letter) expect(letter.state).toBe(state === 'failed' ? 'open' : 'resolved');
        },
      ),
      { numRuns: 30 },
    );
  });
});
