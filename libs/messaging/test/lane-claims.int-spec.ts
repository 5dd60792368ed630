import { Database, newId } from '@heliograph/kernel';
import { openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import fc from 'fast-check';
import { CapPools } from '../src/lanes/cap-pools';
import { type ClaimAnswer, LaneClaims } from '../src/lanes/lane-claims.repository';
import { MessageStore } from '../src/intake/message-store.repository';
import { aLane, aRow } from '../testing';

const start = Date.parse('2026-03-02T10:00:00Z'); // a Monday

describe('LaneClaims', () => {
  let test: TestDatabase;
  let db: Database;
  const store = new MessageStore();

  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());
  beforeEach(() => stopClock(db, new Date(start)));

  const worker = newId();
  const claim = (sessionId: string, most = 20, revision = '-1', workerId = worker): Promise<ClaimAnswer> =>
    new LaneClaims(db).claim({ sessionId, workerId, most, revision, shiftMs: 0 });
  const settleAll = (sessionId: string) =>
    db.query(`UPDATE messages SET state = 'sent', due_at = NULL WHERE session_id = $1 AND state IN ('claimed', 'calling')`, [sessionId]);
  const giveBack = async (sessionId: string) => {
    await settleAll(sessionId);
    await db.query(`UPDATE lanes SET turn_worker = NULL, in_flight = '{}' WHERE session_id = $1`, [sessionId]);
  };
  const expectPace = (calls: number[], limit: number, windowMs: number) => {
    const sorted = [...calls].sort((a, b) => a - b);
    sorted.forEach((at, i) => {
      const next = sorted[i + limit];
      if (next !== undefined) expect(next - at).toBeGreaterThan(windowMs);
    });
  };
  const ids = (answer: ClaimAnswer) => (answer.kind === 'messages' ? answer.messages.map((m) => m.id) : []);

  it('never lets a sliding window hold more than the limit, whatever the schedule and the number of workers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          limit: fc.integer({ min: 1, max: 20 }),
          windowMs: fc.integer({ min: 500, max: 20_000 }),
          steps: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 40, maxLength: 80 }),
        }),
        async ({ limit, windowMs, steps }) => {
          let now = start;
          await stopClock(db, new Date(now));
          const { tenantId, sessionId } = await aLane(db, { windowMs, windowLimit: limit });
          await store.store(
            db,
            Array.from({ length: 300 }, () => aRow({ tenantId, sessionId })),
            72,
          );
          const workers = [newId(), newId(), newId()];
          const calls: number[] = [];
          for (const [i, step] of steps.entries()) {
            now += step;
            await stopClock(db, new Date(now));
            const answer = await claim(sessionId, 20, '-1', workers[i % 3]);
            if (answer.kind !== 'messages') continue;
            for (const message of answer.messages) calls.push(now + Math.max(0, message.slotInMs));
            await giveBack(sessionId);
          }
          expect(calls.length).toBeGreaterThan(0);
          expectPace(calls, limit, windowMs);
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it.each([
    [1, 5_000],
    [256, 60_000],
    [50, 1_000],
  ])('uses at least 97 %% of %i messages per %i ms while there is work, and never more', async (limit, windowMs) => {
    const windows = limit > 100 ? 2 : 10;
    const { tenantId, sessionId } = await aLane(db, { windowMs, windowLimit: limit });
    await store.store(
      db,
      Array.from({ length: limit * windows + 20 }, () => aRow({ tenantId, sessionId })),
      72,
    );
    const calls: number[] = [];
    for (let now = start; now < start + windows * windowMs;) {
      await stopClock(db, new Date(now));
      const answer = await claim(sessionId);
      if (answer.kind === 'messages') {
        for (const message of answer.messages) calls.push(now + Math.max(0, message.slotInMs));
        await giveBack(sessionId);
      } else if (answer.kind === 'blocked') now += Math.max(1, Math.ceil(answer.inMs ?? 0));
    }
    expectPace(calls, limit, windowMs);
    expect(calls.filter((at) => at < start + windows * windowMs).length).toBeGreaterThanOrEqual(0.97 * limit * windows);
  });

  it('takes the most urgent class first and keeps the order of arrival within it', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    const rows = [
      aRow({ tenantId, sessionId, class: 'broadcast' }),
      aRow({ tenantId, sessionId, class: 'transactional' }),
      aRow({ tenantId, sessionId, class: 'reply' }),
    ];
    await store.store(db, rows, 72);
    expect(ids(await claim(sessionId))).toEqual([rows[1]?.id, rows[2]?.id, rows[0]?.id]);
  });

  it('gives a lower class its minimum share while an urgent one has endless work', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowMs: 1_000, windowLimit: 1 });
    await store.store(
      db,
      Array.from({ length: 60 }, () => aRow({ tenantId, sessionId, class: 'reply' })),
      72,
    );
    await store.store(
      db,
      Array.from({ length: 60 }, () => aRow({ tenantId, sessionId, class: 'broadcast' })),
      72,
    );
    const taken: number[] = [];
    for (let i = 0; i < 40; i++) {
      await stopClock(db, new Date(start + i * 1_100));
      const answer = await claim(sessionId);
      if (answer.kind === 'messages') taken.push(...answer.messages.map((m) => m.classRank));
      await settleAll(sessionId);
    }
    const broadcasts = taken.filter((rank) => rank === 3).length;
    expect(taken).toHaveLength(40);
    expect(broadcasts).toBeGreaterThanOrEqual(3); // 10 % of 40, less the first, still unearned one
    expect(broadcasts).toBeLessThanOrEqual(5);
  });

  it('gives a fresh transactional message the very next slot, also when that slot is owed to another class', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowMs: 1_000, windowLimit: 1 });
    await store.store(
      db,
      Array.from({ length: 30 }, () => aRow({ tenantId, sessionId, class: 'reply' })),
      72,
    );
    await store.store(
      db,
      Array.from({ length: 30 }, () => aRow({ tenantId, sessionId, class: 'broadcast' })),
      72,
    );
    for (let i = 0; i < 15; i++) {
      await stopClock(db, new Date(start + i * 2_200));
      await claim(sessionId);
      await settleAll(sessionId);
      await stopClock(db, new Date(start + i * 2_200 + 500));
      const urgent = aRow({ tenantId, sessionId, class: 'transactional' });
      await store.store(db, [urgent], 72);
      await stopClock(db, new Date(start + i * 2_200 + 1_100));
      expect(ids(await claim(sessionId))).toEqual([urgent.id]);
      await settleAll(sessionId);
    }
  });

  it('puts the first message straight into calling and leases the rest', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    await store.store(db, [aRow({ tenantId, sessionId }), aRow({ tenantId, sessionId })], 72);
    const answer = await claim(sessionId);
    expect(answer.kind === 'messages' && answer.messages.map((m) => [m.state, m.attempt])).toEqual([
      ['calling', 1],
      ['claimed', 1],
    ]);
    const events = await db.query(`SELECT from_state, to_state FROM message_events WHERE tenant_id = $1 ORDER BY seq`, [tenantId]);
    expect(events).toEqual(
      expect.arrayContaining([
        { from_state: 'queued', to_state: 'calling' },
        { from_state: 'queued', to_state: 'claimed' },
      ]),
    );
  });

  it('writes both arrows when a scheduled message falls due', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    await store.store(db, [aRow({ tenantId, sessionId, sendAt: new Date(start + 60_000) })], 72);
    expect(await claim(sessionId, 20, '1')).toEqual({ kind: 'idle', inMs: 60_000 });
    await stopClock(db, new Date(start + 60_000));
    expect((await claim(sessionId)).kind).toBe('messages');
    const events = await db.query(`SELECT from_state, to_state FROM message_events WHERE tenant_id = $1 ORDER BY seq`, [tenantId]);
    expect(events).toEqual([
      { from_state: 'scheduled', to_state: 'queued' },
      { from_state: 'queued', to_state: 'calling' },
    ]);
  });

  it('refuses the same content to the same recipient within its window and lets it pass after', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    const contentHash = Buffer.alloc(32, 7);
    const guarded = () => aRow({ tenantId, sessionId, contentHash, contentWindowS: 60 });
    const [first, second, third] = [guarded(), guarded(), guarded()];
    await store.store(db, [first, second], 72);
    expect(ids(await claim(sessionId))).toEqual([first.id]);
    expect(await db.query(`SELECT state, cause FROM messages WHERE id = $1`, [second.id])).toEqual([
      { state: 'suppressed', cause: 'duplicate_content' },
    ]);
    await settleAll(sessionId);
    await stopClock(db, new Date(start + 61_000));
    await store.store(db, [third], 72);
    expect(ids(await claim(sessionId))).toEqual([third.id]);
  });

  it('ends what has expired instead of sending it', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    const late = aRow({ tenantId, sessionId, expiresAt: new Date(start + 1_000) });
    await store.store(db, [late], 72);
    await stopClock(db, new Date(start + 2_000));
    expect((await claim(sessionId)).kind).toBe('again');
    expect(await db.query(`SELECT state, due_at FROM messages WHERE id = $1`, [late.id])).toEqual([{ state: 'expired', due_at: null }]);
  });

  it('holds a lane whose session is not connected or held, and says so', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    await store.store(db, [aRow({ tenantId, sessionId })], 72);
    await db.query(`UPDATE sessions SET status = 'logged_out' WHERE id = $1`, [sessionId]);
    expect(await claim(sessionId)).toMatchObject({ kind: 'blocked', why: 'session', inMs: null });
    await db.query(`UPDATE sessions SET status = 'connected', paused_at = now() WHERE id = $1`, [sessionId]);
    expect(await claim(sessionId)).toMatchObject({ kind: 'blocked', why: 'session' });
    await db.query(`UPDATE sessions SET paused_at = NULL WHERE id = $1`, [sessionId]);
    expect((await claim(sessionId)).kind).toBe('messages');
  });

  it('stops at the hourly and the daily cap and goes on in the next hour', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0, hourlyCap: 2, dailyCap: 3 });
    await store.store(
      db,
      Array.from({ length: 6 }, () => aRow({ tenantId, sessionId })),
      72,
    );
    expect(ids(await claim(sessionId))).toHaveLength(2);
    await settleAll(sessionId);
    expect(await claim(sessionId)).toMatchObject({ kind: 'blocked', why: 'cap', inMs: 3_600_000 });
    await stopClock(db, new Date(start + 3_600_000));
    expect(ids(await claim(sessionId))).toHaveLength(1);
    await settleAll(sessionId);
    expect(await claim(sessionId)).toMatchObject({ kind: 'blocked', why: 'cap', inMs: 13 * 3_600_000 });
  });

  describe('caps that lanes share', () => {
    /** Lanes of one tenant that draw on one pool, each with so many messages waiting. */
    async function aPool(lanes: number, caps: { hourly?: number; daily?: number }, waiting: number): Promise<string[]> {
      const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
      const sessionIds = [sessionId, ...Array.from({ length: lanes - 1 }, newId)];
      await db.query(
        `INSERT INTO sessions (tenant_id, id, provider, name, status) SELECT $1, s, 'wasender', 'Test line', 'connected' FROM unnest($2::uuid[]) s`,
        [tenantId, sessionIds.slice(1)],
      );
      await new CapPools(db).put(tenantId, 'uk', { hourly_cap: caps.hourly ?? null, daily_cap: caps.daily ?? null, time_zone: 'UTC' });
      await db.query(
        `INSERT INTO lanes (session_id, tenant_id, window_limit, cap_pool) SELECT s, $1, 0, 'uk' FROM unnest($2::uuid[]) s
         ON CONFLICT (session_id) DO UPDATE SET cap_pool = 'uk'`,
        [tenantId, sessionIds],
      );
      const rows = sessionIds.flatMap((id) => Array.from({ length: waiting }, () => aRow({ tenantId, sessionId: id })));
      await store.store(db, rows, 72);
      return sessionIds;
    }

    it('are never passed by all of them together, whoever claims, and are used up while there is work', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 60 }),
          fc.array(fc.record({ lane: fc.nat(4), most: fc.integer({ min: 1, max: 9 }), worker: fc.nat(2) }), {
            minLength: 60,
            maxLength: 90,
          }),
          async (daily, wishes) => {
            const lanes = await aPool(5, { daily }, 30);
            const workers = Array.from({ length: 3 }, () => ({ id: newId(), claims: new LaneClaims(db) }));
            let taken = 0;
            for (let i = 0; i < wishes.length; i += 6) {
              // Folded within a worker, concurrent between workers; of one lane at most one claim is under way.
              const batch = [...new Map(wishes.slice(i, i + 6).map((wish) => [wish.lane, wish])).values()];
              const answers = await Promise.all(
                batch.map(({ lane, most, worker: nth }) => {
                  const { id, claims } = workers[nth]!;
                  return claims.claim({ sessionId: lanes[lane] as string, workerId: id, most, revision: '-1', shiftMs: 0 });
                }),
              );
              for (const answer of answers) taken += ids(answer).length;
              for (const { lane } of batch) await giveBack(lanes[lane] as string);
              expect(taken).toBeLessThanOrEqual(daily);
            }
            for (const lane of lanes) {
              taken += ids(await claim(lane)).length;
              await giveBack(lane);
            }
            expect(taken).toBe(Math.min(daily, 150));
          },
        ),
        { numRuns: 10, endOnFailure: true },
      );
    });

    it('hold a lane until the pool’s next hour or day, or until somebody raises them', async () => {
      const [one, other] = (await aPool(2, { hourly: 2, daily: 3 }, 5)) as [string, string];
      expect(ids(await claim(one))).toHaveLength(2);
      await settleAll(one);
      expect(await claim(other)).toMatchObject({ kind: 'blocked', why: 'cap', inMs: 3_600_000 });
      await stopClock(db, new Date(start + 3_600_000));
      expect(ids(await claim(other))).toHaveLength(1);
      await settleAll(other);
      expect(await claim(one)).toMatchObject({ kind: 'blocked', why: 'cap', inMs: 13 * 3_600_000 });
      const due = () => db.query(`SELECT next_due_at <= heliograph_now() AS due FROM lanes WHERE session_id = $1`, [one]);
      expect(await due()).toEqual([{ due: false }]);
      const [{ tenant_id }] = (await db.query(`SELECT tenant_id FROM lanes WHERE session_id = $1`, [one])) as [{ tenant_id: string }];
      await new CapPools(db).put(tenant_id, 'uk', { hourly_cap: null, daily_cap: 5, time_zone: 'UTC' });
      expect(await due()).toEqual([{ due: true }]);
      expect(ids(await claim(one))).toHaveLength(2);
    });

    it('leave a lane that came too late for the rest to ask again soon', async () => {
      const lanes = await aPool(2, { daily: 3 }, 1);
      const together = new LaneClaims(db);
      const answers = await Promise.all(
        lanes.map((sessionId) => together.claim({ sessionId, workerId: worker, most: 3, revision: '-1', shiftMs: 0 })),
      );
      expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['blocked', 'messages']);
      expect(answers.find(({ kind }) => kind === 'blocked')).toMatchObject({ why: 'slot', inMs: 1_000 });
    });
  });

  it('has nothing due when its cap is used up and nothing waits', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0, dailyCap: 1 });
    await store.store(db, [aRow({ tenantId, sessionId })], 72);
    expect(ids(await claim(sessionId))).toHaveLength(1);
    await settleAll(sessionId);
    await db.query(`UPDATE lanes SET next_due_at = NULL WHERE session_id = $1`, [sessionId]);
    expect(await claim(sessionId)).toMatchObject({ kind: 'blocked', why: 'cap' });
    expect(await db.query(`SELECT next_due_at FROM lanes WHERE session_id = $1`, [sessionId])).toEqual([{ next_due_at: null }]);
  });

  it('sends only exempt classes outside the send window and wakes when it opens, in the lane’s own time zone', async () => {
    const { tenantId, sessionId } = await aLane(db, {
      windowLimit: 0,
      timeZone: 'America/New_York', // 05:00 there
      sendWindow: { days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00', exempt_classes: ['transactional'] },
    });
    const [promo, code] = [aRow({ tenantId, sessionId, class: 'broadcast' }), aRow({ tenantId, sessionId, class: 'transactional' })];
    await store.store(db, [promo, code], 72);
    expect(ids(await claim(sessionId))).toEqual([code.id]);
    await settleAll(sessionId);
    expect(await claim(sessionId, 20, '1')).toEqual({ kind: 'idle', inMs: 4 * 3_600_000 });
    await stopClock(db, new Date(start + 4 * 3_600_000));
    expect(ids(await claim(sessionId))).toEqual([promo.id]);
  });

  it('leaves a lane that another worker has in flight alone, dead or alive', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    await store.store(db, [aRow({ tenantId, sessionId }), aRow({ tenantId, sessionId })], 72);
    await claim(sessionId, 1);
    const before = await db.query(`SELECT turn_worker, in_flight FROM lanes WHERE session_id = $1`, [sessionId]);
    expect(await claim(sessionId, 20, '-1', newId())).toMatchObject({ kind: 'blocked', why: 'taken' });
    expect(await db.query(`SELECT turn_worker, in_flight FROM lanes WHERE session_id = $1`, [sessionId])).toEqual(before);
  });

  it('takes back what an earlier claim leased when its answer was lost', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    const rows = [aRow({ tenantId, sessionId }), aRow({ tenantId, sessionId })];
    await store.store(db, rows, 72);
    await claim(sessionId); // nobody hears of it
    expect((await claim(sessionId)).kind).toBe('again');
    const answer = await claim(sessionId);
    expect(ids(answer).sort()).toEqual(rows.map((row) => row.id).sort());
    expect(answer.kind === 'messages' && answer.messages.every((m) => m.attempt === 2)).toBe(true);
  });

  it('never forgets a message whose storing was under way while the lane was found empty', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    const row = aRow({ tenantId, sessionId });
    let revision = '-1';
    // The claim's statement begins before the intake commits: it can lock the lane, yet not see the row.
    await db.transaction(async (tx) => {
      await tx.query(`SET TRANSACTION ISOLATION LEVEL READ COMMITTED`);
      await store.store(tx, [row], 72);
      const answer = await claim(sessionId);
      expect(answer).toEqual({ kind: 'again', revision: '-1' }); // the intake holds the lane's lock
      revision = answer.kind === 'again' ? answer.revision : revision;
    });
    expect(await db.query(`SELECT next_due_at IS NOT NULL AS due FROM lanes WHERE session_id = $1`, [sessionId])).toEqual([{ due: true }]);
    expect(ids(await claim(sessionId, 20, revision))).toEqual([row.id]);
  });
});
