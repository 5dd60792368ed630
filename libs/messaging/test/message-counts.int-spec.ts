import { Logger } from '@nestjs/common';
import { type Database, type Loops, type Purges, TransactionFeed } from '@heliograph/kernel';
import { historySettles, openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageCounting } from '../src/figures/message-counting';
import { countTables, MessageCounts, messageOutcomes, quarterMs } from '../src/figures/message-counts.repository';
import { MessageStore } from '../src/intake/message-store.repository';
import { messageStates } from '../src/message';
import { aGroup, aLane, aRow, moveTo } from '../testing';

const start = Date.parse('2026-03-02T10:00:00Z');

describe('counts of messages', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());
  beforeEach(() => stopClock(db, new Date(start)));

  const store = new MessageStore();
  const counting = () =>
    new MessageCounting(new TransactionFeed(db), new MessageCounts(db), {} as Loops, { register: () => undefined } as unknown as Purges);
  /** Counts what has happened so far, with two processes at once. */
  const settle = async () => {
    await historySettles(db);
    await Promise.all([counting().follow(), counting().follow()]);
    await counting().follow();
  };
  const counted = async (tenantId: string, from = start) =>
    (await new MessageCounts(db).outcomes([tenantId], new Date(from))).get(tenantId);
  /** The counts as the table of messages has them. */
  const actual = async (tenantId: string, from = start) => {
    const rows = await db.query<{ outcome: string; count: number }>(
      `SELECT message_outcome(state) AS outcome, count(*)::int AS count FROM messages WHERE tenant_id = $1 AND created_at >= $2 GROUP BY 1`,
      [tenantId, new Date(from)],
    );
    return Object.fromEntries(messageOutcomes.map((name) => [name, rows.find(({ outcome }) => outcome === name)?.count ?? 0]));
  };
  const aMessage = async (lane: { tenantId: string; sessionId: string }, over: Partial<ReturnType<typeof aRow>> = {}) => {
    const row = aRow({ ...lane, ...over });
    await store.store(db, [row], 72);
    return row.id;
  };

  it('have a count for every state, and each message in one', async () => {
    const rows = await db.query<{ outcome: string }>(`SELECT DISTINCT message_outcome(s) AS outcome FROM unnest($1::text[]) s`, [
      messageStates,
    ]);
    expect(rows.map(({ outcome }) => outcome).sort()).toEqual([...messageOutcomes].sort());
  });

  it.each(messageStates)('equal the messages when one is %s', async (state) => {
    const lane = await aLane(db);
    const id = await aMessage(lane, state === 'scheduled' ? { sendAt: new Date(start + 60_000) } : {});
    await aMessage(lane);
    await moveTo(db, [id], state);
    await settle();
    expect(await counted(lane.tenantId)).toEqual(await actual(lane.tenantId));
    expect(Object.values((await counted(lane.tenantId)) ?? {}).reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('follow messages that move on, also after a count and back', async () => {
    const lane = await aLane(db);
    const groupId = await aGroup(db, lane.tenantId);
    const ids = await Promise.all(Array.from({ length: 12 }, (_, i) => aMessage(lane, i % 2 ? { groupId } : {})));
    for (const step of ['calling', 'sent', 'delivered', 'read', 'failed', 'uncertain', 'queued', 'cancelled'] as const) {
      const some = await db.query<{ id: string }>(`SELECT id FROM messages WHERE id = ANY ($1::uuid[]) AND random() < 0.7`, [ids]);
      for (const { id } of some)
        // Some states cannot be reached from where a message is.
        await moveTo(db, [id], step).catch((error: Error) => expect(error.message).toContain('No way leads'));
      await settle();
      expect(await counted(lane.tenantId)).toEqual(await actual(lane.tenantId));
    }
  });

  it('leave out one message that cannot be counted, stored or moved, and count all others once', async () => {
    const errors = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const [full, sound] = [await aLane(db), await aLane(db)];
    const ids = await Promise.all([full, sound, sound].map((lane) => aMessage(lane)));
    await settle();
    expect(errors).not.toHaveBeenCalled();
    // No count can be added to these. Times of the history are the server's own.
    await db.query(
      `INSERT INTO lane_days (tenant_id, session_id, day, sent) VALUES ($1, $2, (now() AT TIME ZONE 'UTC')::date, 2147483647)`,
      [full.tenantId, full.sessionId],
    );
    const crowded = await aLane(db);
    await db.query(
      `INSERT INTO message_counts (tenant_id, quarter, outcome, count) VALUES ($1, date_bin('15 min', heliograph_now(), 'epoch'), 'waiting', 9223372036854775807)`,
      [crowded.tenantId],
    );
    await aMessage(crowded);
    await moveTo(db, ids, 'sent');
    await aMessage(sound);
    await settle();
    expect(await counted(sound.tenantId)).toEqual(await actual(sound.tenantId));
    expect(await new MessageCounts(db).ofLane(sound.tenantId, sound.sessionId, 1)).toMatchObject({ sent: 2, people: 2 });
    const skipped = errors.mock.calls.map(([line]) => line as { event: string; tenant: string; message?: string });
    expect(skipped.map(({ event, tenant, message }) => [event, tenant, message])).toEqual([
      ['count.skipped', crowded.tenantId, undefined],
      ['count.skipped', full.tenantId, ids[0]],
    ]);
    errors.mockRestore();
    // The reader goes on with what happens next.
    await moveTo(db, ids.slice(1), 'delivered');
    await settle();
    expect(await counted(sound.tenantId)).toEqual(await actual(sound.tenantId));
  });

  it('belong to the quarter in which a message was accepted, whenever it moves', async () => {
    const lane = await aLane(db);
    const early = await aMessage(lane);
    await stopClock(db, new Date(start + quarterMs));
    await aMessage(lane);
    await settle();
    await moveTo(db, [early], 'read');
    await settle();
    expect(await counted(lane.tenantId)).toMatchObject({ read: 1, waiting: 1 });
    expect(await counted(lane.tenantId, start + quarterMs)).toMatchObject({ read: 0, waiting: 1 });
  });

  it('are the same by days as by quarters, from any quarter on, and moves of all tenants are the sum of theirs', async () => {
    const [lane, other] = [await aLane(db), await aLane(db)];
    const ids: string[] = [];
    for (let quarter = 0; quarter < 300; quarter += 37) {
      await stopClock(db, new Date(start + quarter * quarterMs));
      for (const one of [lane, other]) ids.push(await aMessage(one));
      await settle();
      await moveTo(db, [ids[Math.floor(ids.length / 2)] as string], 'read').catch((error: Error) =>
        expect(error.message).toContain('No way leads'),
      );
      await settle();
    }
    for (let quarter = 0; quarter <= 300; quarter += 23)
      for (const { tenantId } of [lane, other]) {
        const from = start + quarter * quarterMs;
        const none = Object.fromEntries(messageOutcomes.map((name) => [name, 0]));
        expect([quarter, (await counted(tenantId, from)) ?? none]).toEqual([quarter, await actual(tenantId, from)]);
      }
    const counts = new MessageCounts(db);
    const [from, to] = [new Date(0), new Date(Date.now() + 120_000)];
    const tenants = (await db.query<{ id: string }>('SELECT DISTINCT tenant_id AS id FROM message_flow')).map(({ id }) => id);
    expect(await counts.flow(null, from, to, 60)).toEqual(await counts.flow(tenants, from, to, 60));
    expect((await counts.flow(null, from, to, 60)).length).toBeGreaterThan(0);
  });

  it('are kept by month in UTC, for years, and follow messages that move when the counts by quarter are gone', async () => {
    const [lane, other] = [await aLane(db), await aLane(db)];
    const counts = new MessageCounts(db);
    const months = async (from: string | null, to: string | null) =>
      (await counts.months([lane.tenantId], from, to)).map(({ month, counts: { read, waiting } }) => [month, read, waiting]);
    await stopClock(db, new Date('2026-03-31T23:59:00Z'));
    const march = await aMessage(lane);
    await stopClock(db, new Date('2026-04-01T00:00:00Z'));
    await aMessage(lane);
    await aMessage(lane);
    await aMessage(other);
    await settle();
    expect(await months('2026-03', '2026-04')).toEqual([
      ['2026-04', 0, 2],
      ['2026-03', 0, 1],
    ]);
    expect(await months(null, null)).toEqual([['2026-04', 0, 2]]);
    expect(await months('2026-03', '2026-03')).toEqual([['2026-03', 0, 1]]);
    expect(await months('2025-01', '2026-02')).toEqual([]);
    expect((await counts.months(null, '2026-04', '2026-04')).map(({ tenantId }) => tenantId)).toEqual(
      expect.arrayContaining([lane.tenantId, other.tenantId]),
    );
    const purged: string[] = [];
    const register = ({ table, keptDays = 0 }: { table: string; keptDays?: number }) => void (keptDays < 731 && purged.push(table));
    new MessageCounting(new TransactionFeed(db), counts, {} as Loops, { register } as unknown as Purges);
    expect(purged).not.toContain('message_days');
    await db.query('DELETE FROM message_counts WHERE tenant_id = $1', [lane.tenantId]);
    await moveTo(db, [march], 'read');
    await settle();
    expect(await months('2026-03', '2026-03')).toEqual([['2026-03', 1, 0]]);
  });

  it('leave out messages from before the counting, and their moves', async () => {
    const lane = await aLane(db);
    const old = await aMessage(lane);
    await db.query('UPDATE message_counting SET counted_from = $1', [new Date(start + quarterMs)]);
    try {
      await settle();
      await moveTo(db, [old], 'read');
      await settle();
      expect(await counted(lane.tenantId)).toBeUndefined();
      await stopClock(db, new Date(start + quarterMs));
      await aMessage(lane);
      await settle();
      expect(await counted(lane.tenantId)).toMatchObject({ waiting: 1, read: 0 });
    } finally {
      await db.query(`UPDATE message_counting SET counted_from = '-infinity'`);
    }
  });

  it('catch up in parts when many messages were stored since the last count', async () => {
    const { tenantId } = await aLane(db);
    await db.query(
      `INSERT INTO message_arrivals (tenant_id, quarter, state, count) SELECT $1, date_bin('15 min', heliograph_now(), 'epoch'), 'queued', 1 FROM generate_series(1, 25000)`,
      [tenantId],
    );
    const left = async () => (await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM message_arrivals`))[0]?.n;
    await db.transaction((tx) => new MessageCounts(db).count(tx, { from: '0', to: '0' }));
    expect(await left()).toBe(5_000);
    await settle();
    expect(await left()).toBe(0);
    expect((await counted(tenantId))?.waiting).toBe(25_000);
  });

  it('tell what happened in which minute, also how often the provider asked to wait', async () => {
    const lane = await aLane(db);
    const [one, two] = [await aMessage(lane), await aMessage(lane)];
    const from = new Date(Date.now() - 120_000);
    await moveTo(db, [one, two], 'calling');
    await db.query(`UPDATE messages SET state = 'queued', cause = 'throttled' WHERE id = $1`, [two]);
    await moveTo(db, [one], 'delivered');
    await moveTo(db, [two], 'failed');
    await settle();
    const points = await new MessageCounts(db).flow([lane.tenantId], from, new Date(Date.now() + 120_000), 60);
    const sum = (of: 'sent' | 'delivered' | 'failed' | 'throttled') => points.reduce((all, point) => all + point[of], 0);
    expect([sum('sent'), sum('delivered'), sum('failed'), sum('throttled')]).toEqual([1, 1, 1, 1]);
  });

  it('count a person once a day for each lane that wrote to them, also when all is counted late', async () => {
    const [lane, other] = [await aLane(db), await aLane(db)];
    const day = 24 * 3_600_000;
    const peopleOf = async ({ tenantId, sessionId }: { tenantId: string; sessionId: string }) =>
      (await new MessageCounts(db).ofLane(tenantId, sessionId, 7)).people;
    const [asha, ben] = ['+447700900101', '+447700900102'];
    for (const [recipient, of] of [
      [asha, lane],
      [asha, lane],
      [ben, lane],
      [asha, other],
    ] as const)
      await moveTo(db, [await aMessage(of, { recipient })], 'delivered');
    await moveTo(db, [await aMessage(lane, { recipient: '+447700900103' })], 'failed');
    await settle();
    expect([await peopleOf(lane), await peopleOf(other)]).toEqual([2, 1]);
    await moveTo(db, [await aMessage(lane, { recipient: ben })], 'sent');
    await settle();
    expect(await peopleOf(lane)).toBe(2);
    await stopClock(db, new Date(start + day));
    await moveTo(db, [await aMessage(lane, { recipient: ben })], 'sent');
    await settle();
    expect(await peopleOf(lane)).toBe(3);
  });

  it('count a person once a day also when their message failed after it was sent, and is sent again', async () => {
    const lane = await aLane(db);
    const figures = async () => new MessageCounts(db).ofLane(lane.tenantId, lane.sessionId, 7);
    const id = await aMessage(lane);
    const again = () =>
      db.query(`UPDATE messages SET state = 'queued', cause = 'redriven', due_at = heliograph_now(), sent_at = NULL WHERE id = $1`, [id]);
    await moveTo(db, [id], 'sent');
    await moveTo(db, [id], 'failed');
    await settle();
    await again();
    await moveTo(db, [id], 'sent');
    await settle();
    expect(await figures()).toMatchObject({ sent: 2, failed: 1, people: 1 });
    await moveTo(db, [id], 'failed');
    // The next day.
    await settle();
    await db.query(`UPDATE message_events SET at = at - interval '1 day' WHERE message_id = $1`, [id]);
    await again();
    await moveTo(db, [id], 'sent');
    await settle();
    expect(await figures()).toMatchObject({ sent: 3, people: 2 });
  });

  it('tell of each lane how many were sent, delivered and failed in the last days', async () => {
    const [lane, other] = [await aLane(db), await aLane(db)];
    const ids = [await aMessage(lane), await aMessage(lane), await aMessage(lane), await aMessage(lane)];
    await moveTo(db, [ids[0] as string], 'read');
    await moveTo(db, [ids[1] as string], 'sent');
    await moveTo(db, [ids[2] as string], 'failed');
    await moveTo(db, [await aMessage(other)], 'delivered');
    await settle();
    const counts = new MessageCounts(db);
    expect(await counts.ofLane(lane.tenantId, lane.sessionId, 7)).toMatchObject({ sent: 2, delivered: 1, failed: 1 });
    expect(await counts.ofLane(other.tenantId, other.sessionId, 7)).toMatchObject({ sent: 1, delivered: 1, failed: 0 });
    expect(await counts.ofLane(lane.tenantId, other.sessionId, 7)).toMatchObject({ sent: 0, delivered: 0, failed: 0 });
    await db.query(`UPDATE lane_days SET day = (heliograph_now() AT TIME ZONE 'UTC')::date - 7 WHERE session_id = $1`, [lane.sessionId]);
    expect(await counts.ofLane(lane.tenantId, lane.sessionId, 7)).toMatchObject({ sent: 0, delivered: 0, failed: 0 });
  });

  it('show one tenant nothing of another, and all together both', async () => {
    const [a, b] = [await aLane(db), await aLane(db)];
    await aMessage(a);
    await aMessage(b);
    await settle();
    const counts = new MessageCounts(db);
    expect([...(await counts.outcomes([a.tenantId], new Date(start))).keys()]).toEqual([a.tenantId]);
    expect([...(await counts.outcomes(null, new Date(start))).keys()]).toEqual(expect.arrayContaining([a.tenantId, b.tenantId]));
    expect(await counts.outcomes([], new Date(start))).toEqual(new Map());
  });

  it('are deleted when they are old', async () => {
    const lane = await aLane(db);
    await moveTo(db, [await aMessage(lane)], 'sent');
    await settle();
    await stopClock(db, new Date(Date.now() + 41 * 86_400_000));
    const counts = new MessageCounts(db);
    for (const table of countTables)
      expect(await db.transaction((tx) => counts.purge(tx, table, 40, 10_000))).toMatchObject({ next: null });
    for (const table of countTables) expect([table, await db.query(`SELECT 1 FROM ${table}`)]).toEqual([table, []]);
    expect(await db.query('SELECT 1 FROM message_flow')).toEqual([]);
    expect(await db.query('SELECT 1 FROM lane_days')).toEqual([]);
  });
});
