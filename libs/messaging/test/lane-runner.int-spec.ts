import { Database } from '@heliograph/kernel';
import { openTestDatabase, processLoops, type TestDatabase } from '@heliograph/kernel/testing';
import type { SessionCredentials } from '@heliograph/tenants';
import { MessageStore } from '../src/intake/message-store.repository';
import type { ClaimedMessage } from '../src/lanes/claim-answer';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { LaneRunner } from '../src/lanes/lane-runner';
import { WorkerLease } from '../src/lanes/worker-lease';
import type { MessagingConfig } from '../src/messaging.config';
import type { MessagingMetrics } from '../src/messaging.metrics';
import { FileAddresses } from '../src/send/file-addresses';
import type { BodyRenderer } from '../src/rendering/body-renderer';
import { RecoveryRepository } from '../src/recovery/recovery.repository';
import { Ledger, type LedgerStep } from '../src/send/ledger.repository';
import type { CallResult, MessageSender } from '../src/send/message-sender';
import { ProviderBreaker } from '../src/send/provider-breaker';
import { aGroup, aLane, aRow } from '../testing';

/** The sending part of a worker over a real database; `stepOf` answers its calls and counts them. */
async function aRunner(db: Database, stepOf: (message: ClaimedMessage) => Partial<LedgerStep> = () => ({ to: 'sent' })) {
  const lease = new WorkerLease(db, processLoops().loops);
  await lease.start();
  const ledger = new Ledger(db);
  const called: string[] = [];
  const invalid = jest.fn();
  const turned = jest.fn();
  const breaker = new ProviderBreaker();
  const sender = {
    breaker,
    call: (message: ClaimedMessage): Promise<CallResult> => {
      called.push(message.id);
      const { tenantId, id, sessionId, attempt } = message;
      const step = {
        tenantId,
        id,
        sessionId,
        attempt,
        to: 'sent',
        providerMessageId: String(called.length),
        ...stepOf(message),
      } as LedgerStep;
      return Promise.resolve({ settlement: { step, laneOpen: true }, step, apiKey: 'key' });
    },
    settle: async (_: ClaimedMessage, result: CallResult) => void (await ledger.advanceSurely(result.step)),
  } as unknown as MessageSender;
  const credentials = {
    find: async (sessionId: string) => {
      const [row] = await db.query<{ tenantId: string }>(`SELECT tenant_id AS "tenantId" FROM lanes WHERE session_id = $1`, [sessionId]);
      return row;
    },
  } as unknown as SessionCredentials;
  const runner = new LaneRunner(
    new LaneClaims(db),
    ledger,
    sender,
    lease,
    credentials,
    new RecoveryRepository(db),
    { laneClosedInvalid: invalid, turned } as unknown as MessagingMetrics,
    {} as BodyRenderer,
    new FileAddresses(),
    { LANES_AT_ONCE: 10 } as MessagingConfig,
  );
  return { runner, lease, called, invalid, turned, breaker };
}

describe('LaneRunner', () => {
  let test: TestDatabase;
  let db: Database;
  const store = new MessageStore();
  const ends: (() => Promise<void>)[] = [];
  const start = async (...args: Parameters<typeof aRunner> extends [Database, ...infer Rest] ? Rest : never) => {
    const made = await aRunner(db, ...args);
    ends.push(() => made.lease.stop());
    return made;
  };
  const aLaneWith = async (messages: number) => {
    const lane = await aLane(db, { windowLimit: 0 });
    const rows = Array.from({ length: messages }, () => aRow(lane));
    await store.store(db, rows, 72);
    return { ...lane, rows };
  };
  const states = async (tenantId: string) =>
    (await db.query<{ state: string }>(`SELECT state FROM messages WHERE tenant_id = $1 ORDER BY id`, [tenantId])).map((m) => m.state);

  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  afterAll(() => test.close());

  it.each([
    ['a warm-up past the column', `warm_up = '[2147483648]', warm_up_from = current_date`],
    ['a zone that the database does not know', `time_zone = 'AET'`],
    ['a send window that is none', `send_window = '{"days": ["x"], "from": "late", "to": "later"}'`],
  ])('closes only a lane with %s, reports it, and serves all others under the same lease', async (_, poison) => {
    const { runner, lease, invalid, called } = await start();
    const worker = lease.current()?.workerId;
    const [bad, good, fine] = [await aLaneWith(1), await aLaneWith(3), await aLaneWith(2)];
    await db.query(`UPDATE lanes SET ${poison} WHERE session_id = $1`, [bad.sessionId]);
    const turns = await Promise.all([bad, good, fine].map(({ sessionId }) => runner.takeTurn(sessionId)));
    expect(turns.map(({ kind }) => kind)).toEqual(['closed', 'idle', 'idle']);
    expect(await states(bad.tenantId)).toEqual(['queued']);
    expect(called).toHaveLength(5);
    expect(invalid).toHaveBeenCalledTimes(1);
    expect(lease.current()?.workerId).toBe(worker);
    const [lane] = await db.query(
      `SELECT closed_reason, closed_until > heliograph_now() AS closed, turn_worker FROM lanes WHERE session_id = $1`,
      [bad.sessionId],
    );
    expect(lane).toEqual({ closed_reason: 'lane_invalid', closed: true, turn_worker: null });
    // A ring in the meantime causes no failed statement.
    expect(await runner.takeTurn(bad.sessionId)).toMatchObject({ kind: 'closed' });
    expect(invalid).toHaveBeenCalledTimes(1);
  });

  it('waits for the slot of a group in a lane without a pace', async () => {
    const at: number[] = [];
    const { runner } = await start(() => (at.push(performance.now()), { to: 'sent' }));
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId, { windowMs: 1_000, windowLimit: 10 });
    await store.store(db, [aRow({ ...lane, groupId })], 72);
    const begun = performance.now();
    await db.query(`UPDATE message_groups SET next_slot_at = heliograph_now() + interval '220 ms' WHERE id = $1`, [groupId]);
    while (at.length === 0) await runner.takeTurn(lane.sessionId);
    expect((at[0] as number) - begun).toBeGreaterThan(218);
  });

  it('closes only the lane whose message cannot be read', async () => {
    const { runner, lease, called } = await start();
    const worker = lease.current()?.workerId;
    const [bad, good] = [await aLaneWith(2), await aLaneWith(2)];
    await db.query(`UPDATE messages SET content_hash = 'x', content_window_s = 2147483647 WHERE id = $1`, [bad.rows[0]?.id]);
    await db.query(`UPDATE tenants SET settings = '{"opt_out": {"exempt_classes": 7}}' WHERE id = $1`, [bad.tenantId]);
    const turns = await Promise.all([bad, good].map(({ sessionId }) => runner.takeTurn(sessionId)));
    expect(turns.map(({ kind }) => kind)).toEqual(['closed', 'idle']);
    expect(called).toEqual(good.rows.map(({ id }) => id));
    expect(lease.current()?.workerId).toBe(worker);
  });

  it('writes an outcome without a refused detail at once, and keeps the outcomes in the same batch', async () => {
    const bad = await aLaneWith(1);
    const good = await aLaneWith(2);
    const { runner, lease } = await start((message) =>
      message.sessionId === bad.sessionId ? { to: 'failed', cause: 'refused', detail: 'broken \u0000 text' } : { to: 'sent' },
    );
    const worker = lease.current()?.workerId;
    await Promise.all([bad, good].map(({ sessionId }) => runner.takeTurn(sessionId)));
    expect(await states(bad.tenantId)).toEqual(['failed']);
    expect(await states(good.tenantId)).toEqual(['sent', 'sent']);
    expect(lease.current()?.workerId).toBe(worker);
  });

  it('leaves one lane to recovery, not the whole worker, when an outcome cannot be written at all', async () => {
    const bad = await aLaneWith(2);
    const { runner, lease, called } = await start(() => ({ to: 'sent', providerMessageId: 'a \u0000 b' }));
    const worker = lease.current()?.workerId;
    await expect(runner.takeTurn(bad.sessionId)).rejects.toThrow();
    expect(lease.current()?.workerId).toBe(worker);
    expect(called.length).toBeGreaterThan(0);
    const outcome = await states(bad.tenantId);
    expect(outcome.filter((state) => state === 'uncertain')).toHaveLength(called.length);
    const [lane] = await db.query(`SELECT turn_worker, in_flight FROM lanes WHERE session_id = $1`, [bad.sessionId]);
    expect(lane).toEqual({ turn_worker: null, in_flight: [] });
  });

  it('does not use the probe of an open breaker for a lane without a due message', async () => {
    const { runner, breaker, called } = await start();
    const [idle, full] = [await aLaneWith(0), await aLaneWith(1)];
    for (let i = 0; i < 10; i++) breaker.failed(performance.now() - 30_001);
    expect((await runner.takeTurn(idle.sessionId)).kind).toBe('idle');
    await runner.takeTurn(full.sessionId);
    expect(called).toEqual(full.rows.map(({ id }) => id));
  });

  it('counts turns by whether they claimed a message', async () => {
    const { runner, turned } = await start();
    const { sessionId } = await aLaneWith(1);
    await runner.takeTurn(sessionId);
    await runner.takeTurn(sessionId);
    expect(turned.mock.calls).toEqual([[true], [false]]);
  });

  it('sends nothing once recovery has taken over its identity, and continues under a new one', async () => {
    const { runner, lease, called } = await start();
    const { sessionId } = await aLaneWith(2);
    const worker = lease.current()?.workerId;
    await db.query(`DELETE FROM workers WHERE id = $1`, [worker]);
    expect(await runner.takeTurn(sessionId)).toEqual({ kind: 'due', inMs: 1_000 });
    expect(called).toEqual([]);
  });
});
