import { AddressPairs, hashedAddress, Suppressions } from '@heliograph/contacts';
import { Database, newId } from '@heliograph/kernel';
import { keyActor, openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import fc from 'fast-check';
import { CapPools } from '../src/lanes/cap-pools.repository';
import type { ClaimAnswer } from '../src/lanes/claim-answer';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { MessageCancel } from '../src/messages/message-cancel.repository';
import { MessageExplainer } from '../src/messages/message-why.repository';
import { Ledger, type LedgerStep } from '../src/send/ledger.repository';
import { contentHash } from '../src/intake/content-hash';
import { MessageStore } from '../src/intake/message-store.repository';
import { messageClasses } from '../src/message';
import { aLane, aRow, aWorker } from '../testing';

const start = Date.parse('2026-03-02T10:00:00Z'); // a Monday

describe('LaneClaims', () => {
  let test: TestDatabase;
  let db: Database;
  const store = new MessageStore();

  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
    worker = await aWorker(db);
  });
  afterAll(() => test.close());
  beforeEach(() => stopClock(db, new Date(start)));

  let worker: string;
  const claim = (sessionId: string, maxMessages = 20, revision = '-1', workerId: string = worker): Promise<ClaimAnswer> =>
    new LaneClaims(db).claim({ sessionId, workerId, maxMessages, revision, shiftMs: 0 });
  const settleAll = async (sessionId: string) => {
    await db.query(`UPDATE messages SET state = 'calling' WHERE session_id = $1 AND due_at IS NOT NULL AND state = 'claimed'`, [sessionId]);
    await db.query(`UPDATE messages SET state = 'sent', due_at = NULL WHERE session_id = $1 AND due_at IS NOT NULL AND state = 'calling'`, [
      sessionId,
    ]);
  };
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

  it('never exceeds the limit in a sliding window, for any schedule and number of workers', async () => {
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
          const workers = [await aWorker(db), await aWorker(db), await aWorker(db)];
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

  it('gives a lower class its minimum share while a more urgent one always has work', async () => {
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
    expect(broadcasts).toBeGreaterThanOrEqual(3); // 10 % of 40, except the first, which is not earned yet
    expect(broadcasts).toBeLessThanOrEqual(5);
  });

  it('gives a new transactional message the next slot, also when the slot is owed to another class', async () => {
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

  it('moves the first message to calling at once and leases the rest', async () => {
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

  it('refuses the same content to the same recipient within its window and accepts it afterwards', async () => {
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

  it('treats a number, its other spelling and its privacy id as one recipient', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    const [phone, twin, lid] = ['+5491123456701', '+541123456701', '230000000000007@lid'];
    await db.query(`INSERT INTO address_pairs (tenant_id, lid, phone) VALUES ($1, $2, $3)`, [tenantId, lid, phone]);
    const body = { content: { kind: 'text' as const, text: 'Hello' } };
    const rows = [lid, twin, phone, '109999@lid'].map((recipient) =>
      aRow({ tenantId, sessionId, recipient, body, contentHash: contentHash(recipient, body.content), contentWindowS: 60 }),
    );
    await store.store(db, rows, 72);
    expect(ids(await claim(sessionId)).sort()).toEqual([rows[0]!.id, rows[3]!.id].sort());
  });

  describe('a content guard', () => {
    /** @param typingMs more than 0: the message is claimed, but not called yet */
    const aGuard = async (typingMs = 0) => {
      const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
      await db.query(`UPDATE lanes SET typing_ms = $2 WHERE session_id = $1`, [sessionId, typingMs]);
      const guarded = () => aRow({ tenantId, sessionId, contentHash: Buffer.alloc(32, 9), contentWindowS: 86_400 });
      const [first, second] = [guarded(), guarded()];
      await store.store(db, [first], 72);
      const answer = await claim(sessionId);
      expect(ids(answer)).toEqual([first.id]);
      /** Returns whether the same content may be sent now. */
      const isFree = async () => {
        await db.query(`UPDATE lanes SET turn_worker = NULL, in_flight = '{}' WHERE session_id = $1`, [sessionId]);
        await db.query(`UPDATE messages SET due_at = NULL WHERE id = $1`, [first.id]);
        await store.store(db, [second], 72);
        return ids(await claim(sessionId)).includes(second.id);
      };
      const step = { tenantId, sessionId, id: first.id, attempt: 1 };
      return { tenantId, sessionId, first, step, isFree };
    };
    const settle = (step: Omit<LedgerStep, 'to'>, to: 'queued' | 'uncertain' | 'sent' | 'failed', cause: string) =>
      new Ledger(db).advance({ ...step, to, cause, dueInMs: 0 });

    it.each(['throttled', 'session_down', 'not_sent'])(
      'ends when the call ends as %s, whatever the later state of the message',
      async (cause) => {
        for (const end of ['cancelled', 'expired', 'suppressed', null]) {
          const { first, step, isFree } = await aGuard();
          await settle(step, 'queued', cause);
          if (end) await db.query(`UPDATE messages SET state = $2, due_at = NULL WHERE id = $1`, [first.id, end]);
          expect(await isFree()).toBe(true);
        }
      },
    );

    it('ends when a claimed message is cancelled, or a person discards one of unknown outcome', async () => {
      const cancelled = await aGuard(1_000);
      await new MessageCancel(db).cancel(cancelled.tenantId, keyActor('desk'), cancelled.first.id);
      expect(await cancelled.isFree()).toBe(true);
      const discarded = await aGuard();
      await settle(discarded.step, 'uncertain', 'answer_lost');
      await db.query(`UPDATE messages SET state = 'failed', cause = 'discarded', uncertain_since = NULL WHERE id = $1`, [
        discarded.first.id,
      ]);
      expect(await discarded.isFree()).toBe(true);
    });

    it('holds while the message may have been accepted, also when a person redrives it', async () => {
      for (const to of ['uncertain', 'sent'] as const) {
        const { first, step, isFree } = await aGuard();
        await settle(step, to, 'answer_lost');
        if (to === 'uncertain')
          await db.query(`UPDATE messages SET state = 'queued', cause = 'redriven', uncertain_since = NULL WHERE id = $1`, [first.id]);
        expect(await isFree()).toBe(false);
      }
      const { first, step, isFree, sessionId } = await aGuard();
      await settle(step, 'uncertain', 'answer_lost');
      await db.query(
        `UPDATE messages SET state = 'queued', cause = 'redriven', uncertain_since = NULL, due_at = heliograph_now() WHERE id = $1`,
        [first.id],
      );
      await db.query(`UPDATE lanes SET turn_worker = NULL, in_flight = '{}' WHERE session_id = $1`, [sessionId]);
      expect(ids(await claim(sessionId))).toEqual([first.id]);
      await settle({ ...step, attempt: 2 }, 'queued', 'throttled');
      await db.query(`UPDATE messages SET state = 'cancelled', due_at = NULL WHERE id = $1`, [first.id]);
      expect(await isFree()).toBe(false);
    });
  });

  it('ends an expired message instead of sending it', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    const late = aRow({ tenantId, sessionId, expiresAt: new Date(start + 1_000) });
    await store.store(db, [late], 72);
    await stopClock(db, new Date(start + 2_000));
    expect((await claim(sessionId)).kind).toBe('again');
    expect(await db.query(`SELECT state, due_at FROM messages WHERE id = $1`, [late.id])).toEqual([{ state: 'expired', due_at: null }]);
  });

  it('blocks a lane whose session is not connected or is held, and returns the reason', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    await store.store(db, [aRow({ tenantId, sessionId })], 72);
    await db.query(`UPDATE sessions SET status = 'logged_out' WHERE id = $1`, [sessionId]);
    expect(await claim(sessionId)).toMatchObject({ kind: 'blocked', why: 'session', inMs: null });
    await db.query(`UPDATE sessions SET status = 'connected', paused_at = now() WHERE id = $1`, [sessionId]);
    expect(await claim(sessionId)).toMatchObject({ kind: 'blocked', why: 'session' });
    await db.query(`UPDATE sessions SET paused_at = NULL WHERE id = $1`, [sessionId]);
    expect((await claim(sessionId)).kind).toBe('messages');
  });

  it('stops at the hourly and the daily cap and continues in the next hour', async () => {
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

  describe('shared caps', () => {
    /** Lanes of one tenant that share one pool, each with this many waiting messages. */
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

    it('are never exceeded by concurrent claims, and are used up while there is work', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 60 }),
          fc.array(fc.record({ lane: fc.nat(4), maxMessages: fc.integer({ min: 1, max: 9 }), worker: fc.nat(2) }), {
            minLength: 60,
            maxLength: 90,
          }),
          async (daily, wishes) => {
            const lanes = await aPool(5, { daily }, 30);
            const workers = await Promise.all(
              Array.from({ length: 3 }, async () => ({ id: await aWorker(db), claims: new LaneClaims(db) })),
            );
            let taken = 0;
            for (let i = 0; i < wishes.length; i += 6) {
              // Folded within a worker, concurrent between workers; one claim of a lane at a time.
              const batch = [...new Map(wishes.slice(i, i + 6).map((wish) => [wish.lane, wish])).values()];
              const answers = await Promise.all(
                batch.map(({ lane, maxMessages, worker: nth }) => {
                  const { id, claims } = workers[nth]!;
                  return claims.claim({ sessionId: lanes[lane] as string, workerId: id, maxMessages, revision: '-1', shiftMs: 0 });
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

    it('block a lane until the next hour or day of the pool, or until they are raised', async () => {
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

    it('that were full while messages were in hand open again for other lanes when these are given back', async () => {
      const [one, other, third] = (await aPool(3, { hourly: 2, daily: 2 }, 3)) as [string, string, string];
      const claims = new LaneClaims(db);
      await stopClock(db, new Date(start + 60_000));
      const askedAt = performance.now();
      const answer = await claim(one, 2);
      expect(ids(answer)).toHaveLength(2);
      for (const lane of [other, third])
        expect(await claim(lane)).toMatchObject({ kind: 'blocked', why: 'cap', inMs: 14 * 3_600_000 - 60_000 });
      const due = async () =>
        (
          await db.query<{ id: string }>(
            `SELECT session_id AS id FROM lanes WHERE session_id = ANY ($1::uuid[]) AND next_due_at <= heliograph_now()`,
            [[other, third]],
          )
        ).map(({ id }) => id);
      expect(await due()).toEqual([]);
      const [message] = answer.kind === 'messages' ? answer.messages : [];
      // As many as messages came back: the others would find nothing.
      await claims.uncount(message!, [message!.id], askedAt);
      const [woken, ...more] = await due();
      expect(more).toEqual([]);
      expect(ids(await claim(woken as string))).toHaveLength(1);
    });

    it('let a lane that got nothing claim again soon', async () => {
      const lanes = await aPool(2, { daily: 3 }, 1);
      const together = new LaneClaims(db);
      const answers = await Promise.all(
        lanes.map((sessionId) => together.claim({ sessionId, workerId: worker, maxMessages: 3, revision: '-1', shiftMs: 0 })),
      );
      expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['blocked', 'messages']);
      expect(answers.find(({ kind }) => kind === 'blocked')).toMatchObject({ why: 'slot', inMs: 1_000 });
    });
  });

  describe('a daily cap', () => {
    const capped = async (timeZone: string, at: string, shared: boolean) => {
      await stopClock(db, new Date(at));
      const { tenantId, sessionId } = await aLane(db, {
        windowLimit: 0,
        ...(!shared && { dailyCap: 1 }),
        timeZone: shared ? 'UTC' : timeZone,
      });
      if (shared) {
        await new CapPools(db).put(tenantId, 'p', { hourly_cap: null, daily_cap: 1, time_zone: timeZone });
        await db.query(`UPDATE lanes SET cap_pool = 'p' WHERE session_id = $1`, [sessionId]);
      }
      const rows = Array.from({ length: 3 }, () => aRow({ tenantId, sessionId, expiresAfterMs: 7 * 86_400_000 }));
      await store.store(db, rows, 72);
      expect(ids(await claim(sessionId))).toHaveLength(1);
      await settleAll(sessionId);
      const left = (await db.query<{ id: string }>(`SELECT id FROM messages WHERE session_id = $1 AND state = 'queued'`, [sessionId]))[0];
      return { tenantId, sessionId, messageId: left?.id as string };
    };

    it.each([
      ['of 25 hours', 'Europe/London', '2026-10-24T23:00:00Z', '2026-10-26T00:00:00Z'],
      ['of 25 hours, in its last', 'Europe/London', '2026-10-25T23:30:00Z', '2026-10-26T00:00:00Z'],
      ['of 23 hours', 'Europe/London', '2026-03-29T00:00:00Z', '2026-03-29T23:00:00Z'],
      ['before a midnight that does not come', 'Africa/Cairo', '2026-04-23T12:00:00Z', '2026-04-23T22:00:00Z'],
      ['before a midnight that comes twice', 'America/Havana', '2026-10-31T12:00:00Z', '2026-11-01T04:00:00Z'],
    ])('%s lasts until the next local midnight, for a lane and for a pool, and `why` shows it', async (_, zone, at, midnight) => {
      for (const shared of [false, true]) {
        const { tenantId, sessionId, messageId } = await capped(zone, at, shared);
        expect(await claim(sessionId)).toMatchObject({ kind: 'blocked', why: 'cap', inMs: Date.parse(midnight) - Date.parse(at) });
        const why = await new MessageExplainer(db).why(tenantId, messageId);
        expect(why).toMatchObject({
          waitsFor: ['hourly_or_daily_cap', 'lane'].slice(0, why.ahead ? 2 : 1),
          earliestSlotAt: new Date(midnight),
        });
        await stopClock(db, new Date(Date.parse(midnight) - 1));
        expect(await claim(sessionId)).toMatchObject({ kind: 'blocked', why: 'cap', inMs: 1 });
        await stopClock(db, new Date(midnight));
        expect(ids(await claim(sessionId))).toHaveLength(1);
        await settleAll(sessionId);
      }
    });
  });

  it('does not wait for a slot that a fast clock left in the future', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowMs: 5_000, windowLimit: 1 });
    await stopClock(db, new Date(start + 86_400_000));
    await store.store(
      db,
      Array.from({ length: 2 }, () => aRow({ tenantId, sessionId })),
      72,
    );
    await db.query(`UPDATE messages SET due_at = $2 WHERE session_id = $1`, [sessionId, new Date(start - 1_000)]);
    expect(ids(await claim(sessionId))).toHaveLength(1);
    await settleAll(sessionId);
    await stopClock(db, new Date(start));
    const answer = await claim(sessionId);
    expect(answer).toMatchObject({ kind: 'blocked', why: 'slot' });
    expect((answer as { inMs: number }).inMs).toBeLessThanOrEqual(2 * 5_050 + 1);
  });

  it('has nothing due when its cap is used up and no message waits', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0, dailyCap: 1 });
    await store.store(db, [aRow({ tenantId, sessionId })], 72);
    expect(ids(await claim(sessionId))).toHaveLength(1);
    await settleAll(sessionId);
    await db.query(`UPDATE lanes SET next_due_at = NULL WHERE session_id = $1`, [sessionId]);
    expect(await claim(sessionId)).toMatchObject({ kind: 'blocked', why: 'cap' });
    expect(await db.query(`SELECT next_due_at FROM lanes WHERE session_id = $1`, [sessionId])).toEqual([{ next_due_at: null }]);
  });

  it('sends only exempt classes outside the send window and wakes when it opens in the lane’s zone', async () => {
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

  describe('a suppressed recipient', () => {
    const suppressions = () => new Suppressions(db);
    const add = (tenantId: string, addresses: string[], over: Partial<Parameters<Suppressions['add']>[2]> = {}) =>
      suppressions().add(tenantId, addresses, { reason: 'opt_out', note: null, actor: keyActor('test'), expiresAt: null, ...over });
    const [priya, tom, ann, max] = ['+447700900101', '+447700900102', '109999@lid', '+447700900104'] as const;
    /** Results of messages, by recipient and class. */
    const ends = async (tenantId: string) =>
      (
        await db.query<{ end: string }>(
          `SELECT recipient || ' ' || class || ' ' || CASE WHEN state = 'suppressed' THEN cause ELSE state END || CASE WHEN due_at IS NULL THEN '' ELSE ' due' END AS end
           FROM messages WHERE tenant_id = $1 ORDER BY recipient, class, id`,
          [tenantId],
        )
      ).map((row) => row.end);

    it('is checked at the claim: an opt-out ends messages queued before it, but no replies', async () => {
      const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
      const rows = messageClasses.map((of) => aRow({ tenantId, sessionId, recipient: priya, class: of }));
      const other = aRow({ tenantId, sessionId, recipient: tom });
      await store.store(db, [...rows, other], 72);
      await add(tenantId, [priya]);
      expect(ids(await claim(sessionId))).toEqual([rows[messageClasses.indexOf('reply')]?.id, other.id]);
      expect(await ends(tenantId)).toEqual([
        `${priya} 0 opted_out`,
        `${priya} 1 calling due`,
        `${priya} 2 opted_out`,
        `${priya} 3 opted_out`,
        `${tom} 3 claimed due`,
      ]);
      const [event] = await db.query(`SELECT from_state, to_state, cause FROM message_events WHERE tenant_id = $1 AND message_id = $2`, [
        tenantId,
        rows[3]?.id,
      ]);
      expect(event).toEqual({ from_state: 'queued', to_state: 'suppressed', cause: 'opted_out' });
    });

    it('still receives the classes that the tenant exempts, all of them or none', async () => {
      for (const [exempt, left] of [
        [['transactional', 'reply'], 2],
        [[...messageClasses], 4],
        [[], 0],
      ] as const) {
        const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
        await db.query(
          `UPDATE tenants SET settings = jsonb_build_object('opt_out', jsonb_build_object('exempt_classes', $2::jsonb)) WHERE id = $1`,
          [tenantId, JSON.stringify(exempt)],
        );
        await store.store(
          db,
          messageClasses.map((of) => aRow({ tenantId, sessionId, recipient: priya, class: of })),
          72,
        );
        await add(tenantId, [priya]);
        expect(ids(await claim(sessionId))).toHaveLength(left);
      }
    });

    it.each([
      ['bad_number', 'bad_number'],
      ['manual', 'suppressed'],
    ] as const)('receives no replies either when the reason is %s', async (reason, cause) => {
      const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
      await store.store(
        db,
        [priya, ann].map((recipient) => aRow({ tenantId, sessionId, recipient, class: 'reply' })),
        72,
      );
      await add(tenantId, [priya, ann], { reason });
      expect((await claim(sessionId)).kind).toBe('again');
      expect(await ends(tenantId)).toEqual([ann, priya].sort().map((to) => `${to} 1 ${cause}`));
    });

    it('is found by the hash of the address, for one tenant and for all', async () => {
      const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
      await store.store(
        db,
        [priya, tom, ann, max].map((recipient) => aRow({ tenantId, sessionId, recipient, class: 'reply' })),
        72,
      );
      await add(tenantId, [hashedAddress(priya)], { reason: 'manual' });
      await suppressions().addForAll([hashedAddress(tom), ann], 'Regulator’s list', null);
      try {
        expect(ids(await claim(sessionId))).toHaveLength(1);
        expect(await ends(tenantId)).toEqual(
          [`${ann} 1 agency_suppressed`, `${max} 1 calling due`, `${priya} 1 suppressed`, `${tom} 1 agency_suppressed`].sort(),
        );
      } finally {
        expect(await suppressions().liftForAll([tom, ann])).toBe(2);
      }
      await giveBack(sessionId);
      await store.store(db, [aRow({ tenantId, sessionId, recipient: tom })], 72);
      expect(ids(await claim(sessionId))).toHaveLength(1);
    });

    it.each([
      ['+5491123456701', '+541123456701'],
      ['+525512345601', '+5215512345601'],
      ['+551187654301', '+5511987654301'],
      ['+2290195123401', '+22995123401'],
      ['+22508123401', '+2250708123401'],
    ])('is found as %s for a message to %s, in clear and by hash', async (listed, written) => {
      const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
      const others = ['+447700900190', '+447700900191'];
      await store.store(
        db,
        [written, ...others].map((recipient) => aRow({ tenantId, sessionId, recipient })),
        72,
      );
      await add(tenantId, [hashedAddress(listed)], { reason: 'manual' });
      expect(ids(await claim(sessionId))).toHaveLength(2);
      await giveBack(sessionId);
      await suppressions().lift(tenantId, written, undefined);
      await add(tenantId, [listed], { reason: 'bad_number' });
      await store.store(db, [aRow({ tenantId, sessionId, recipient: written })], 72);
      expect(ids(await claim(sessionId))).toHaveLength(1);
    });

    it('receives messages under the spelling that WhatsApp showed', async () => {
      const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
      const pairs = new AddressPairs(db);
      await pairs.show(db, [{ tenantId, phone: '+5215512345601' }]);
      await pairs.show(db, [{ tenantId, phone: '+525512345601' }]);
      const shown = ['+525512345601', '+551187654301', '+2290195123401', '+2250708123401'];
      await pairs.show(
        db,
        shown.slice(1).map((phone) => ({ tenantId, phone })),
      );
      await store.store(
        db,
        ['+5215512345601', '+5511987654301', '+22995123401', '+22508123401'].map((recipient) => aRow({ tenantId, sessionId, recipient })),
        72,
      );
      const answer = await claim(sessionId);
      expect(answer.kind === 'messages' && answer.messages.map((m) => m.recipient).sort()).toEqual([...shown].sort());
    });

    it('is not suppressed for another tenant, nor after the suppression expired', async () => {
      const [mine, theirs] = [await aLane(db, { windowLimit: 0 }), await aLane(db, { windowLimit: 0 })];
      await store.store(
        db,
        [priya, tom].map((recipient) => aRow({ ...mine, recipient })),
        72,
      );
      await add(theirs.tenantId, [priya], { reason: 'manual' });
      await add(mine.tenantId, [priya, tom], { reason: 'manual', expiresAt: new Date(start + 1_000) });
      await suppressions().addForAll([priya], null, new Date(start + 2_000));
      await stopClock(db, new Date(start + 1_000));
      expect(await claim(mine.sessionId)).toMatchObject({ kind: 'messages', messages: [{ recipient: tom }] });
      await giveBack(mine.sessionId);
      await store.store(db, [aRow({ ...mine, recipient: priya })], 72);
      await stopClock(db, new Date(start + 2_000));
      expect(await claim(mine.sessionId)).toMatchObject({ kind: 'messages', messages: [{ recipient: priya }] });
      await suppressions().liftForAll([priya]);
    });

    it('uses no slot and no cap, for any number of messages at the head of the queue', async () => {
      const { tenantId, sessionId } = await aLane(db, { windowMs: 1_000, windowLimit: 1, hourlyCap: 1 });
      const gone = Array.from({ length: 40 }, (_, i) => `+4477009010${String(i).padStart(2, '0')}`);
      await store.store(
        db,
        gone.map((recipient) => aRow({ tenantId, sessionId, recipient })),
        72,
      );
      const last = aRow({ tenantId, sessionId, recipient: tom });
      await store.store(db, [last], 72);
      await add(tenantId, gone);
      let answer = await claim(sessionId);
      for (let i = 0; i < 40 && answer.kind === 'again'; i++) answer = await claim(sessionId);
      expect(ids(answer)).toEqual([last.id]);
      expect((await ends(tenantId)).filter((end) => end.endsWith('opted_out'))).toHaveLength(40);
    });
  });

  it('skips a lane with messages in flight of another worker, alive or dead', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    await store.store(db, [aRow({ tenantId, sessionId }), aRow({ tenantId, sessionId })], 72);
    await claim(sessionId, 1);
    const before = await db.query(`SELECT turn_worker, in_flight FROM lanes WHERE session_id = $1`, [sessionId]);
    expect(await claim(sessionId, 20, '-1', await aWorker(db))).toMatchObject({ kind: 'blocked', why: 'taken' });
    expect(await db.query(`SELECT turn_worker, in_flight FROM lanes WHERE session_id = $1`, [sessionId])).toEqual(before);
  });

  it('takes back messages of an earlier claim whose answer was lost', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    const rows = [aRow({ tenantId, sessionId }), aRow({ tenantId, sessionId })];
    await store.store(db, rows, 72);
    await claim(sessionId); // the answer is lost
    expect((await claim(sessionId)).kind).toBe('again');
    const answer = await claim(sessionId);
    expect(ids(answer).sort()).toEqual(rows.map((row) => row.id).sort());
    expect(answer.kind === 'messages' && answer.messages.every((m) => m.attempt === 2)).toBe(true);
  });

  it('never misses a message that was being stored while the lane was found empty', async () => {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    const row = aRow({ tenantId, sessionId });
    let revision = '-1';
    // The statement of the claim begins before the intake commits: it can lock the lane, but cannot see the row.
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
