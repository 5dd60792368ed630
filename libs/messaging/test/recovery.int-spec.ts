import { Database, Metrics, newId } from '@heliograph/kernel';
import { moveClock, openTestDatabase, processLoops, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageStore } from '../src/intake/message-store.repository';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { WorkerLease } from '../src/lanes/worker-lease';
import { MessagingMetrics } from '../src/messaging.metrics';
import { Recovery } from '../src/recovery/recovery';
import { RecoveryRepository, type Remains } from '../src/recovery/recovery.repository';
import { Ledger } from '../src/send/ledger.repository';
import { aLane, aRow, aWorker } from '../testing';

describe('leases of workers', () => {
  let test: TestDatabase;
  let db: Database;
  const store = new MessageStore();
  const claim = (sessionId: string, workerId: string) =>
    new LaneClaims(db).claim({ sessionId, workerId, maxMessages: 20, revision: '-1', shiftMs: 0 });
  const states = async (tenantId: string) =>
    (await db.query<{ state: string }>(`SELECT state FROM messages WHERE tenant_id = $1 ORDER BY state`, [tenantId])).map((m) => m.state);
  const laneOf = async (sessionId: string) =>
    (await db.query(`SELECT turn_worker, in_flight FROM lanes WHERE session_id = $1`, [sessionId]))[0];
  const takeOverAll = async () => {
    const all: Remains[] = [];
    for (let one; (one = await new RecoveryRepository(db).takeOverDeadWorker());) all.push(one);
    return all;
  };
  const aLaneWith = async (messages: number) => {
    const lane = await aLane(db, { windowLimit: 0 });
    await store.store(
      db,
      Array.from({ length: messages }, () => aRow(lane)),
      72,
    );
    return lane;
  };

  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());
  afterEach(() => moveClock(db, 0));

  it.each([
    ['has no row any more', () => Promise.resolve(newId())],
    [
      'has a lease that is over',
      async () => {
        const workerId = await aWorker(db);
        await db.query(`UPDATE workers SET alive_until = heliograph_now() - interval '1 ms' WHERE id = $1`, [workerId]);
        return workerId;
      },
    ],
  ])('give nothing to a worker that %s', async (_, worker) => {
    const { tenantId, sessionId } = await aLaneWith(2);
    expect(await claim(sessionId, await worker())).toEqual({ kind: 'lapsed' });
    expect(await states(tenantId)).toEqual(['queued', 'queued']);
    expect(await laneOf(sessionId)).toEqual({ turn_worker: null, in_flight: [] });
  });

  it('leave nothing to take over when the worker stopped in order', async () => {
    await takeOverAll();
    const { loops } = processLoops();
    const lease = new WorkerLease(db, loops);
    await lease.start();
    expect(lease.current()).not.toBeNull();
    await lease.stop();
    expect(await takeOverAll()).toEqual([]);
  });

  it('give nothing to an identity that is being taken over, and the claim does not wait for it', async () => {
    const { sessionId } = await aLaneWith(1);
    const workerId = await aWorker(db);
    await db.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM workers WHERE id = $1 FOR UPDATE`, [workerId]);
      expect(await claim(sessionId, workerId)).toEqual({ kind: 'lapsed' });
    });
    expect((await claim(sessionId, workerId)).kind).toBe('messages');
  });

  it('block only the claims of the worker that lost its lease when claims are folded', async () => {
    const [one, other] = [await aLaneWith(1), await aLaneWith(1)];
    const claims = new LaneClaims(db);
    const wish = { maxMessages: 1, revision: '-1', shiftMs: 0 };
    const answers = await Promise.all([
      claims.claim({ ...wish, sessionId: one.sessionId, workerId: newId() }),
      claims.claim({ ...wish, sessionId: other.sessionId, workerId: await aWorker(db) }),
    ]);
    expect(answers.map(({ kind }) => kind)).toEqual(['lapsed', 'messages']);
  });

  it('are checked before a call: the step into calling fails once the lease is over', async () => {
    const { tenantId, sessionId } = await aLaneWith(2);
    const workerId = await aWorker(db);
    const answer = await claim(sessionId, workerId);
    const second = (answer.kind === 'messages' && answer.messages[1]) as { id: string; attempt: number };
    const step = { tenantId, sessionId, id: second.id, attempt: second.attempt, to: 'calling', workerId } as const;
    await db.query(`UPDATE workers SET alive_until = heliograph_now() WHERE id = $1`, [workerId]);
    expect(await new Ledger(db).advance(step)).toBe(false);
    await db.query(`UPDATE workers SET alive_until = 'infinity' WHERE id = $1`, [workerId]);
    expect(await new Ledger(db).advance(step)).toBe(true);
  });

  it('of a worker that no longer exists end: claimed returns to the lane, calling becomes uncertain', async () => {
    const { tenantId, sessionId } = await aLaneWith(3);
    const workerId = await aWorker(db);
    await claim(sessionId, workerId);
    await db.query(`DELETE FROM workers WHERE id = $1`, [workerId]);
    const remains = await takeOverAll();
    expect(remains.find((one) => one.workerId === workerId)).toMatchObject({ sessionIds: [sessionId], requeued: 2, uncertain: 1 });
    expect(await states(tenantId)).toEqual(['queued', 'queued', 'uncertain']);
    expect(await laneOf(sessionId)).toEqual({ turn_worker: null, in_flight: [] });
    expect(await takeOverAll()).toEqual([]);
    expect((await claim(sessionId, await aWorker(db))).kind).toBe('messages');
  });

  it('end, and slots and pauses return, when a fast clock was set right', async () => {
    const { tenantId, sessionId } = await aLaneWith(1);
    const workerId = await aWorker(db);
    const year = `heliograph_now() + interval '1 year'`;
    await db.query(`UPDATE workers SET alive_until = ${year} WHERE id = $1`, [workerId]);
    await db.query(
      `UPDATE lanes SET next_slot_at = ${year}, closed_until = ${year}, closed_reason = 'throttled', next_due_at = ${year}, window_limit = 1 WHERE session_id = $1`,
      [sessionId],
    );
    const recovery = new RecoveryRepository(db);
    expect(await recovery.boundTimes()).toBe(1);
    expect(await recovery.boundTimes()).toBe(0);
    await moveClock(db, 20_000);
    expect(await recovery.undrainedLanes(newId(), 10)).toContain(sessionId);
    expect((await takeOverAll()).map((one) => one.workerId)).toContain(workerId);
    expect((await claim(sessionId, await aWorker(db))).kind).toBe('messages');
    expect(await states(tenantId)).toEqual(['calling']);
  });
});

describe('the sweep over lanes', () => {
  it('serves lanes with due work, and counts those that no ring had announced', async () => {
    const test = await openTestDatabase();
    const { db } = test;
    const [announced, missed] = [await aLane(db), await aLane(db)];
    for (const lane of [announced, missed]) await new MessageStore().store(db, [aRow(lane)], 72);
    await moveClock(db, 60_000);
    const served: string[] = [];
    const lanes = {
      hasTurn: (sessionId: string) => sessionId === announced.sessionId,
      takeTurn: (sessionId: string) => Promise.resolve({ kind: served.push(sessionId) > 0 ? 'idle' : 'closed' }),
    };
    const works = new Map<string, () => Promise<unknown>>();
    const loops = { startOwned: ({ name, work }: { name: string; work: () => Promise<unknown> }) => void works.set(name, work) };
    const metrics = new Metrics();
    const parts = [lanes, {}, { current: () => ({ workerId: newId() }) }, {}, {}, new MessagingMetrics(metrics, db), loops];
    new Recovery(new RecoveryRepository(db), ...(parts as [never, never, never, never, never, never, never])).start();
    await works.get('lane_sweep')?.();
    expect(served.sort()).toEqual([announced.sessionId, missed.sessionId].sort());
    const counter = await metrics.registry.getSingleMetric('heliograph_lanes_found_by_sweep_total')?.get();
    expect(counter?.values.map(({ value }) => value)).toEqual([1]);
    await moveClock(db, 0);
    await test.close();
  });
});
