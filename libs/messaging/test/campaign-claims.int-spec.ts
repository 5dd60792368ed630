import { type Database } from '@heliograph/kernel';
import { explaining, openTestDatabase, type TestDatabase, withoutAutovacuum } from '@heliograph/kernel/testing';
import { MessageWindows, type NextWindow } from '../src/groups/message-windows.repository';
import { Invariants } from '../src/invariants/invariants.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { MessageExplainer } from '../src/messages/message-why.repository';
import { Ledger } from '../src/send/ledger.repository';
import { aGroup, aLane, aWorker, campaignLanes, claimStart as start } from '../testing';

const hour = 3_600_000;
const pausedMessages = 200_000;

describe('a message of a campaign', () => {
  let test: TestDatabase;
  let db: Database;
  let worker: string;
  let rung: string[] = [];
  let windows: MessageWindows;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
    worker = await aWorker(db);
    windows = new MessageWindows(db, { ring: (sessionId: string) => void rung.push(sessionId) } as LaneBell);
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    rung = [];
    await at(0);
  });

  const { at, claim, ids, stateOf, storeRows, settleAs } = campaignLanes(() => ({ db, worker }));

  describe('with a window', () => {
    const withWindow = (of: string[], endsAt: number, zone: string | null = null) =>
      db.query(`UPDATE messages SET window_ends_at = $2, window_zone = $3 WHERE id = ANY ($1::uuid[])`, [
        of,
        new Date(start + endsAt),
        zone,
      ]);
    const noZones = () => Promise.resolve(new Map<string, string>());
    const opensAt =
      (ms: number): NextWindow =>
      () => ({ opens: new Date(start + ms), closes: new Date(start + ms + hour) });

    it('is not sent once the window is over, and is sent in the next one', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId);
      const messages = await storeRows(lane, groupId, 3);
      const free = await storeRows(lane, groupId, 1);
      await withWindow(messages, hour);
      await at(hour);
      expect(ids(await claim(lane.sessionId))).toEqual(free);
      await settleAs(lane.sessionId, 'sent');
      expect((await claim(lane.sessionId)).kind).not.toBe('messages');
      expect((await new MessageExplainer(db).why(lane.tenantId, messages[0] as string)).waitsFor).toContain('send_window');

      expect(await windows.move(lane.tenantId, groupId, noZones, opensAt(24 * hour))).toBe(true);
      expect(await windows.move(lane.tenantId, groupId, noZones, opensAt(24 * hour))).toBe(false);
      expect(rung).toEqual([lane.sessionId]);
      const answer = await claim(lane.sessionId);
      expect(answer.kind).toBe('again');
      const revision = answer.kind === 'again' ? answer.revision : '';
      expect(
        await new LaneClaims(db).claim({ sessionId: lane.sessionId, workerId: worker, maxMessages: 20, revision, shiftMs: 0 }),
      ).toEqual({
        kind: 'idle',
        inMs: 23 * hour,
      });
      await at(24 * hour);
      expect(ids(await claim(lane.sessionId)).sort()).toEqual(messages.sort());
    });

    it('moves to the next window of its own zone', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId);
      const [lima, newYork] = [await storeRows(lane, groupId, 1), await storeRows(lane, groupId, 1)];
      await withWindow(lima, hour, 'America/Lima');
      await withWindow(newYork, hour, 'America/New_York');
      await at(hour);
      const asked: (string | null)[] = [];
      await windows.move(lane.tenantId, groupId, noZones, (zone, now) => {
        asked.push(zone);
        expect(now).toEqual(new Date(start + hour));
        return opensAt(zone === 'America/Lima' ? 10 * hour : 9 * hour)(zone, now);
      });
      expect(asked.sort()).toEqual(['America/Lima', 'America/New_York']);
      expect((await stateOf(lima[0]))?.due_at).toEqual(new Date(start + 10 * hour));
      expect((await stateOf(newYork[0]))?.due_at).toEqual(new Date(start + 9 * hour));
    });

    it('keeps a later time of its own, and does not expire before the end of its window', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId);
      const [id] = await storeRows(lane, groupId, 1, { expiresAfterMs: 2 * hour });
      await withWindow([id as string], hour);
      await db.query(`UPDATE messages SET due_at = $2 WHERE id = $1`, [id, new Date(start + 3.5 * hour)]);
      await at(hour);
      await windows.move(lane.tenantId, groupId, noZones, opensAt(3 * hour));
      expect(await db.query(`SELECT due_at, expires_at FROM messages WHERE id = $1`, [id])).toEqual([
        { due_at: new Date(start + 3.5 * hour), expires_at: new Date(start + 4 * hour) },
      ]);
    });

    it('gets another one when the windows of its group change, and none is sent before all have theirs', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId);
      const [london, tried, zoned] = (await storeRows(lane, groupId, 3)) as [string, string, string];
      await withWindow([zoned], hour, 'Asia/Tokyo');
      await db.query(`UPDATE messages SET attempt = 1, due_at = $2 WHERE id = $1`, [tried, new Date(start + 12 * hour)]);
      const calling = await storeRows(lane, groupId, 1, { recipient: '+447700900999' });
      await db.query(`UPDATE messages SET due_at = heliograph_now() + interval '1 minute' WHERE id = ANY ($1::uuid[])`, [[london, zoned]]);
      expect(ids(await claim(lane.sessionId))).toEqual(calling);
      await windows.close(lane.tenantId, groupId);
      await windows.close(lane.tenantId, groupId);
      expect(await windows.isInFlight(lane.tenantId, groupId)).toBe(true);
      await settleAs(lane.sessionId, 'sent');
      expect(await windows.isInFlight(lane.tenantId, groupId)).toBe(false);
      await at(60_000);
      expect((await claim(lane.sessionId)).kind).not.toBe('messages');
      expect((await new MessageExplainer(db).why(lane.tenantId, london)).waitsFor).toContain('group_changing');
      const zonesOf = (_: unknown, of: { id: string }[]) => {
        expect(of.map(({ id }) => id).sort()).toEqual([london, tried].sort());
        return Promise.resolve(new Map(of.map(({ id }) => [id, 'Europe/London'])));
      };
      const next: NextWindow = (zone, now) => opensAt(zone === 'Asia/Tokyo' ? 2 * hour : 10 * hour)(zone, now);
      let last: string | null = null;
      while ((last = await windows.refit(lane.tenantId, groupId, last, zonesOf, next)) !== null);
      expect((await claim(lane.sessionId)).kind).not.toBe('messages');
      await windows.reopen(lane.tenantId, groupId, () => Promise.resolve());
      expect(
        await db.query(
          `SELECT id, due_at, window_ends_at AS ends, window_zone AS zone FROM messages WHERE group_id = $1 AND due_at IS NOT NULL ORDER BY due_at`,
          [groupId],
        ),
      ).toEqual([
        { id: zoned, due_at: new Date(start + 2 * hour), ends: new Date(start + 3 * hour), zone: 'Asia/Tokyo' },
        { id: london, due_at: new Date(start + 10 * hour), ends: new Date(start + 11 * hour), zone: 'Europe/London' },
        // A try waits for its own time.
        { id: tried, due_at: new Date(start + 12 * hour), ends: new Date(start + 11 * hour), zone: 'Europe/London' },
      ]);
      await claim(lane.sessionId);
      await at(2 * hour);
      expect(ids(await claim(lane.sessionId))).toEqual([zoned]);
    });

    it('expires when there is no further window', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId);
      const [id] = await storeRows(lane, groupId, 1);
      await withWindow([id as string], hour);
      await at(hour);
      await windows.move(lane.tenantId, groupId, noZones, () => null);
      expect(await stateOf(id)).toEqual({ state: 'expired', cause: 'expired', due_at: null });
    });

    it('stays where it is while its group is paused, and a window in the past is refused', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId);
      await withWindow(await storeRows(lane, groupId, 1), hour);
      await at(2 * hour);
      await expect(windows.move(lane.tenantId, groupId, noZones, opensAt(0))).rejects.toThrow('is over already');
      await db.query(`UPDATE message_groups SET state = 'paused', paused_at = heliograph_now() WHERE id = $1`, [groupId]);
      expect(await windows.move(lane.tenantId, groupId, noZones, opensAt(24 * hour))).toBe(false);
    });

    it('gets its next window, which may take long to find, outside of a transaction', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId);
      await withWindow(await storeRows(lane, groupId, 1), hour);
      await at(2 * hour);
      const open: number[] = [];
      const next: NextWindow = async () => {
        const idle = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`;
        open.push((await db.query(idle)).length);
        return { opens: new Date(start + 3 * hour), closes: new Date(start + 4 * hour) };
      };
      expect(await windows.move(lane.tenantId, groupId, noZones, next)).toBe(true);
      expect(await windows.refit(lane.tenantId, groupId, null, noZones, next)).not.toBeNull();
      expect(open).toEqual([0, 0]);
    });

    it('stays where it is when its group is paused while its next window is looked for', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId);
      const [id] = await storeRows(lane, groupId, 1);
      await withWindow([id as string], hour);
      await at(2 * hour);
      const pausing: NextWindow = async () => {
        await db.query(`UPDATE message_groups SET state = 'paused', paused_at = heliograph_now() WHERE id = $1`, [groupId]);
        return null;
      };
      expect(await windows.move(lane.tenantId, groupId, noZones, pausing)).toBe(false);
      expect(await stateOf(id)).toMatchObject({ state: 'queued' });
    });

    it('is not called when the window ended after the claim', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId);
      await withWindow(await storeRows(lane, groupId, 2), hour);
      const answer = await claim(lane.sessionId);
      const ahead = answer.kind === 'messages' ? answer.messages[1] : undefined;
      const step = { ...lane, id: ahead?.id ?? '', attempt: 1, workerId: worker, to: 'calling', asksSuppressions: true } as const;
      await at(hour);
      expect(await new Ledger(db).advance(step)).toBe(false);
      await at(hour - 1);
      expect(await new Ledger(db).advance(step)).toBe(true);
    });

    it('does not hold up others for long: thousands whose window is over cost a claim a bounded number of rows', async () => {
      const fresh = await openTestDatabase();
      try {
        const lane = await aLane(fresh.db, { windowLimit: 0 });
        const groupId = await aGroup(fresh.db, lane.tenantId);
        const workerId = await aWorker(fresh.db);
        await fresh.db.query(`ALTER TABLE messages DISABLE TRIGGER USER`);
        await fresh.db.query(
          `INSERT INTO messages (tenant_id, id, session_id, group_id, lane_group, class, state, recipient, kind, body, created_at, due_at, expires_at, window_ends_at)
           SELECT $1, gen_random_uuid(), $2, $3, $3, 3, 'queued', '+4477' || (10000000 + i), 'text', '{"content":{"kind":"text","text":"Hello"}}', now(), now() - interval '2 hours', now() + interval '9 days',
             now() + CASE WHEN i <= 20000 THEN interval '-1 hour' ELSE interval '8 hours' END
           FROM generate_series(1, 20100) i`,
          [lane.tenantId, lane.sessionId, groupId],
        );
        await fresh.db.query(`ALTER TABLE messages ENABLE TRIGGER USER`);
        await fresh.db.query(`INSERT INTO lane_groups (session_id, class, group_id, tenant_id) VALUES ($1, 3, $2, $3)`, [
          lane.sessionId,
          groupId,
          lane.tenantId,
        ]);
        const { db: counted, costs } = explaining(fresh.db);
        const wish = { sessionId: lane.sessionId, workerId, maxMessages: 20, revision: '-1', shiftMs: 0 };
        await new LaneClaims(counted).claim(wish);
        expect(costs.at(-1)?.rowsRead).toBeLessThan(2_000);
        expect(costs.at(-1)?.scanned).toEqual([]);
        const mover = new MessageWindows(fresh.db, { ring: () => undefined } as unknown as LaneBell);
        while (
          await mover.move(lane.tenantId, groupId, noZones, (_, now) => ({
            opens: new Date(now.getTime() + hour),
            closes: new Date(now.getTime() + 2 * hour),
          }))
        );
        expect(ids(await new LaneClaims(fresh.db).claim(wish))).toHaveLength(20);
        // The look for windows that are over reads nothing when there are none.
        costs.length = 0;
        const idle = new MessageWindows(counted, { ring: () => undefined } as unknown as LaneBell);
        expect(await idle.move(lane.tenantId, groupId, noZones, () => null)).toBe(false);
      } finally {
        await fresh.close();
      }
    }, 60_000);
  });

  it('costs a claim a bounded number of pages, with 100 campaigns in the lane and a paused one of 200,000 in front', async () => {
    const fresh = await openTestDatabase();
    try {
      const lane = await aLane(fresh.db, { windowLimit: 0 });
      const workerId = await aWorker(fresh.db);
      const caps = JSON.stringify({ frequency_caps: [{ messages: 3, hours: 168 }], min_gap_s: 60 });
      await fresh.db.query(`UPDATE tenants SET settings = $2 WHERE id = $1`, [lane.tenantId, caps]);
      const over = { kind: 'campaign', obeysCaps: true, countsForCaps: true };
      const paused = await aGroup(fresh.db, lane.tenantId, over);
      const open = await Promise.all(Array.from({ length: 100 }, () => aGroup(fresh.db, lane.tenantId, over)));
      const fill = (groupIds: string[], state: string, count: number, people: number, due: string, windowEnds: string) =>
        fresh.db.query(
          `INSERT INTO messages (tenant_id, id, session_id, group_id, lane_group, class, state, recipient, kind, body, created_at, due_at, sent_at, expires_at, window_ends_at, origin)
           SELECT $1, gen_random_uuid(), $2, g.id, g.id, 3, $4, '+4477' || (10000000 + g.nr * $8::int + i), 'text', '{"content":{"kind":"text","text":"Hello"}}', now(),
             CASE WHEN $4 = 'queued' THEN now() - $6::interval END, CASE WHEN $4 = 'sent' THEN now() - interval '1 hour' END, now() + interval '9 days', now() + $7::interval, '{"kind":"campaign"}'
           FROM unnest($3::uuid[]) WITH ORDINALITY g(id, nr), generate_series(1, $5::int) i`,
          [lane.tenantId, lane.sessionId, groupIds, state, count, due, windowEnds, people],
        );
      await withoutAutovacuum(fresh.db);
      await fresh.db.query(`ALTER TABLE messages DISABLE TRIGGER USER`);
      // Everybody got two messages before.
      await fill(open.slice(0, 2), 'sent', 5_100, 0, '0', '8 hours');
      // Statistics of a time when nothing waited.
      await fresh.db.query('ANALYZE');
      await fill([paused], 'queued', pausedMessages, 0, '2 hours', '-1 hour');
      await fill(open, 'queued', 50, 50, '1 hour', '8 hours');
      await fresh.db.query(`ALTER TABLE messages ENABLE TRIGGER USER`);
      await fresh.db.query(
        `INSERT INTO lane_groups (session_id, class, group_id, tenant_id) SELECT $1, 3, id, $2 FROM message_groups WHERE tenant_id = $2`,
        [lane.sessionId, lane.tenantId],
      );
      await fresh.db.query(`UPDATE message_groups SET state = 'paused', paused_at = now() WHERE id = $1`, [paused]);
      const { db: counted, costs } = explaining(fresh.db);
      for (const statistics of ['old', 'new']) {
        if (statistics === 'new') await fresh.db.query('ANALYZE');
        costs.length = 0;
        const answer = await new LaneClaims(counted).claim({
          sessionId: lane.sessionId,
          workerId,
          maxMessages: 20,
          revision: '-1',
          shiftMs: 0,
        });
        expect(ids(answer).length).toBeGreaterThan(0);
        const [cost] = costs.slice(-1);
        // All rows of this table belong to the lane.
        expect(cost?.scanned.filter((table) => table !== 'lane_groups')).toEqual([]);
        expect(cost?.rowsRead).toBeLessThan(2_000);
        expect(cost?.buffers).toBeLessThan(3_000);
      }
    } finally {
      await fresh.close();
    }
  }, 120_000);

  it('breaks no invariant', async () => {
    const breaches = await new Invariants(db).check();
    expect(breaches.filter(({ invariant }) => invariant !== 'lease_not_taken_over')).toEqual([]);
  });
});
