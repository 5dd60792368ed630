import { type Database, newId } from '@heliograph/kernel';
import { explaining, openTestDatabase, stopClock, type TestDatabase, until } from '@heliograph/kernel/testing';
import fc from 'fast-check';
import { MessageWindows, type NextWindow } from '../src/groups/message-windows.repository';
import { MessageStore } from '../src/intake/message-store.repository';
import { Invariants } from '../src/invariants/invariants.repository';
import { capReachedSql } from '../src/lanes/frequency-caps.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import { type ClaimAnswer, LaneClaims } from '../src/lanes/lane-claims.repository';
import { MessageQueries } from '../src/messages/message-queries.repository';
import { Ledger } from '../src/send/ledger.repository';
import { aGroup, aLane, aRow, aWorker } from '../testing';

const start = Date.parse('2026-03-02T10:00:00Z');
const hour = 3_600_000;
const pausedMessages = 200_000;

describe('a message of a campaign', () => {
  let test: TestDatabase;
  let db: Database;
  let worker: string;
  let rung: string[] = [];
  let windows: MessageWindows;
  const store = new MessageStore();
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
    worker = await aWorker(db);
    windows = new MessageWindows(db, { ring: (sessionId: string) => void rung.push(sessionId) } as LaneBell);
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    rung = [];
    await stopClock(db, new Date(start));
  });

  const at = (ms: number) => stopClock(db, new Date(start + ms));
  const claim = (sessionId: string, most = 20): Promise<ClaimAnswer> =>
    new LaneClaims(db).claim({ sessionId, workerId: worker, most, revision: '-1', shiftMs: 0 });
  const ids = (answer: ClaimAnswer) => (answer.kind === 'messages' ? answer.messages.map((m) => m.id) : []);
  const stateOf = async (id: string | undefined) =>
    (
      await db.query<{ state: string; cause: string | null; due_at: Date | null }>(
        `SELECT state, cause, due_at FROM messages WHERE id = $1`,
        [id],
      )
    )[0];
  const storeRows = async (lane: { tenantId: string; sessionId: string }, groupId: string | null, count: number, over = {}) => {
    const rows = Array.from({ length: count }, () => aRow({ ...lane, groupId, expiresAfterMs: 40 * 24 * hour, ...over }));
    await store.store(db, rows, 72);
    return rows.map((row) => row.id);
  };
  const settleAs = async (sessionId: string, state: 'sent' | 'failed' | 'uncertain') => {
    await db.query(`UPDATE messages SET state = 'calling' WHERE session_id = $1 AND state = 'claimed'`, [sessionId]);
    await db.query(
      `UPDATE messages SET state = $2, due_at = NULL, sent_at = CASE WHEN $2 = 'sent' THEN heliograph_now() END, uncertain_since = CASE WHEN $2 = 'uncertain' THEN heliograph_now() END
       WHERE session_id = $1 AND state = 'calling'`,
      [sessionId, state],
    );
  };
  /** Adds a lane to the tenant of another. */
  const besides = async ({ tenantId }: { tenantId: string }) => {
    const sessionId = newId();
    await db.query(`INSERT INTO sessions (tenant_id, id, provider, name, status) VALUES ($1, $2, 'wasender', 'Other line', 'connected')`, [
      tenantId,
      sessionId,
    ]);
    await db.query(`INSERT INTO lanes (session_id, tenant_id, window_limit) VALUES ($1, $2, 0)`, [sessionId, tenantId]);
    return { tenantId, sessionId };
  };

  describe('with a window', () => {
    const withWindow = (of: string[], endsAt: number, zone: string | null = null) =>
      db.query(`UPDATE messages SET window_ends_at = $2, window_zone = $3 WHERE id = ANY ($1::uuid[])`, [
        of,
        new Date(start + endsAt),
        zone,
      ]);
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
      expect((await new MessageQueries(db).why(lane.tenantId, messages[0] as string)).waitsFor).toContain('send_window');

      expect(await windows.move(lane.tenantId, groupId, opensAt(24 * hour))).toBe(true);
      expect(await windows.move(lane.tenantId, groupId, opensAt(24 * hour))).toBe(false);
      expect(rung).toEqual([lane.sessionId]);
      const answer = await claim(lane.sessionId);
      expect(answer.kind).toBe('again');
      const revision = answer.kind === 'again' ? answer.revision : '';
      expect(await new LaneClaims(db).claim({ sessionId: lane.sessionId, workerId: worker, most: 20, revision, shiftMs: 0 })).toEqual({
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
      await windows.move(lane.tenantId, groupId, (zone, now) => {
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
      await windows.move(lane.tenantId, groupId, opensAt(3 * hour));
      expect(await db.query(`SELECT due_at, expires_at FROM messages WHERE id = $1`, [id])).toEqual([
        { due_at: new Date(start + 3.5 * hour), expires_at: new Date(start + 4 * hour) },
      ]);
    });

    it('expires when there is no further window', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId);
      const [id] = await storeRows(lane, groupId, 1);
      await withWindow([id as string], hour);
      await at(hour);
      await windows.move(lane.tenantId, groupId, () => null);
      expect(await stateOf(id)).toEqual({ state: 'expired', cause: 'expired', due_at: null });
    });

    it('stays where it is while its group is paused, and a window in the past is refused', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId);
      await withWindow(await storeRows(lane, groupId, 1), hour);
      await at(2 * hour);
      await expect(windows.move(lane.tenantId, groupId, opensAt(0))).rejects.toThrow('is over already');
      await db.query(`UPDATE message_groups SET state = 'paused', paused_at = heliograph_now() WHERE id = $1`, [groupId]);
      expect(await windows.move(lane.tenantId, groupId, opensAt(24 * hour))).toBe(false);
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
        const wish = { sessionId: lane.sessionId, workerId, most: 20, revision: '-1', shiftMs: 0 };
        await new LaneClaims(counted).claim(wish);
        expect(costs.at(-1)?.rowsRead).toBeLessThan(2_000);
        expect(costs.at(-1)?.scanned).toEqual([]);
        const mover = new MessageWindows(fresh.db, { ring: () => undefined } as unknown as LaneBell);
        while (
          await mover.move(lane.tenantId, groupId, (_, now) => ({
            opens: new Date(now.getTime() + hour),
            closes: new Date(now.getTime() + 2 * hour),
          }))
        );
        expect(ids(await new LaneClaims(fresh.db).claim(wish))).toHaveLength(20);
        // The look for windows that are over reads nothing when there are none.
        costs.length = 0;
        const idle = new MessageWindows(counted, { ring: () => undefined } as unknown as LaneBell);
        expect(await idle.move(lane.tenantId, groupId, () => null)).toBe(false);
      } finally {
        await fresh.close();
      }
    }, 60_000);
  });

  describe('under a frequency cap', () => {
    const capped = async (caps: { messages: number; hours: number }[], gapS = 0) => {
      const lane = await aLane(db, { windowLimit: 0 });
      await db.query(`UPDATE tenants SET settings = settings || $2 WHERE id = $1`, [
        lane.tenantId,
        JSON.stringify({ frequency_caps: caps, min_gap_s: gapS }),
      ]);
      return lane;
    };
    const aCampaign = (tenantId: string, over = {}) =>
      aGroup(db, tenantId, { kind: 'campaign', obeysCaps: true, countsForCaps: true, ...over });
    const recipient = '+447700900123';
    const sendOne = async (lane: { tenantId: string; sessionId: string }, groupId: string | null, over = {}) => {
      const [id] = await storeRows(lane, groupId, 1, { recipient, ...over });
      await claim(lane.sessionId);
      return id as string;
    };
    const suppressed = { state: 'suppressed', cause: 'frequency_cap', due_at: null };

    it('is suppressed when the person got as many from any session, and sent once the window has slid on', async () => {
      const lane = await capped([{ messages: 1, hours: 24 }]);
      const other = await besides(lane);
      await sendOne(lane, await aCampaign(lane.tenantId));
      await settleAs(lane.sessionId, 'sent');
      const second = await sendOne(other, await aCampaign(lane.tenantId));
      expect(await stateOf(second)).toEqual(suppressed);
      await at(24 * hour - 1);
      expect(await stateOf(await sendOne(other, await aCampaign(lane.tenantId)))).toEqual(suppressed);
      await at(24 * hour);
      expect(await stateOf(await sendOne(other, await aCampaign(lane.tenantId)))).toMatchObject({ state: 'calling' });
      // Other people have caps of their own.
      expect(await stateOf(await sendOne(lane, await aCampaign(lane.tenantId), { recipient: '+447700900124' }))).toMatchObject({
        state: 'calling',
      });
    });

    it('counts for the person behind every address', async () => {
      const lane = await capped([{ messages: 1, hours: 24 }]);
      await db.query(`INSERT INTO address_pairs (tenant_id, lid, phone) VALUES ($1, '88@lid', '+5511987654321')`, [lane.tenantId]);
      await sendOne(lane, await aCampaign(lane.tenantId), { recipient: '88@lid' });
      await settleAs(lane.sessionId, 'sent');
      for (const address of ['+5511987654321', '+551187654321', '88@lid'])
        expect(await stateOf(await sendOne(lane, await aCampaign(lane.tenantId), { recipient: address }))).toEqual(suppressed);
    });

    it('obeys and counts apart, and messages without a campaign do neither', async () => {
      const lane = await capped([{ messages: 1, hours: 24 }]);
      const sent = async (groupId: string | null) => {
        const id = await sendOne(lane, groupId);
        const { state } = (await stateOf(id)) ?? {};
        await settleAs(lane.sessionId, 'sent');
        return state;
      };
      expect(await sent(null)).toBe('calling');
      expect(await sent(await aCampaign(lane.tenantId, { countsForCaps: false }))).toBe('calling');
      expect(await sent(await aCampaign(lane.tenantId))).toBe('calling');
      expect(await sent(await aCampaign(lane.tenantId, { countsForCaps: false }))).toBe('suppressed');
      expect(await sent(await aCampaign(lane.tenantId, { obeysCaps: false }))).toBe('calling');
      expect(await sent(null)).toBe('calling');
      await db.query(`UPDATE tenants SET settings = settings || '{"frequency_caps": []}' WHERE id = $1`, [lane.tenantId]);
      expect(await sent(await aCampaign(lane.tenantId))).toBe('calling');
    });

    it.each([
      ['uncertain', 'suppressed'],
      ['failed', 'calling'],
    ] as const)('counts what may have been sent: %s before it, it is %s', async (before, state) => {
      const lane = await capped([{ messages: 1, hours: 24 }]);
      await sendOne(lane, await aCampaign(lane.tenantId));
      await settleAs(lane.sessionId, before);
      expect(await stateOf(await sendOne(lane, await aCampaign(lane.tenantId)))).toMatchObject({ state });
    });

    it('waits for the end of the minimum gap after the last one', async () => {
      const lane = await capped([], 3_600);
      await sendOne(lane, await aCampaign(lane.tenantId));
      await settleAs(lane.sessionId, 'sent');
      await at(1_000);
      const id = await sendOne(lane, await aCampaign(lane.tenantId));
      expect(await stateOf(id)).toMatchObject({ state: 'queued', due_at: new Date(start + hour) });
      await at(hour);
      expect(ids(await claim(lane.sessionId))).toEqual([id]);
    });

    it('is claimed alone of two to the same person in one statement', async () => {
      const lane = await capped([{ messages: 1, hours: 24 }]);
      const [one, two] = [await aCampaign(lane.tenantId), await aCampaign(lane.tenantId)];
      const messages = [...(await storeRows(lane, one, 1, { recipient })), ...(await storeRows(lane, two, 1, { recipient }))];
      expect(ids(await claim(lane.sessionId))).toHaveLength(1);
      await settleAs(lane.sessionId, 'sent');
      await claim(lane.sessionId);
      expect((await Promise.all(messages.map(stateOf))).map((row) => row?.state).sort()).toEqual(['sent', 'suppressed']);
    });

    it('is claimed by one of two lanes that claim at the same time', async () => {
      const lane = await capped([{ messages: 1, hours: 24 }]);
      const other = await besides(lane);
      const messages = [
        ...(await storeRows(lane, await aCampaign(lane.tenantId), 1, { recipient })),
        ...(await storeRows(other, await aCampaign(lane.tenantId), 1, { recipient })),
      ];
      let claims: Promise<ClaimAnswer[]> | undefined;
      await db.transaction(async (tx) => {
        // Both statements have read, and wait for the row of the person.
        await tx.query(`INSERT INTO recipient_guards (tenant_id, recipient, claimed_at) VALUES ($1, $2, heliograph_now())`, [
          lane.tenantId,
          recipient,
        ]);
        claims = Promise.all([claim(lane.sessionId), claim(other.sessionId)]);
        await until(async () => (await db.query(`SELECT 1 FROM pg_locks WHERE NOT granted`)).length >= 2);
        await tx.query(`DELETE FROM recipient_guards WHERE tenant_id = $1`, [lane.tenantId]);
      });
      expect((await (claims as Promise<ClaimAnswer[]>)).flatMap(ids)).toHaveLength(1);
      for (const { sessionId } of [lane, other]) await settleAs(sessionId, 'sent');
      for (const { sessionId } of [lane, other]) await claim(sessionId);
      expect((await Promise.all(messages.map(stateOf))).map((row) => row?.state).sort()).toEqual(['sent', 'suppressed']);
    });

    it('is left out by the verdict for the same reasons', async () => {
      const lane = await capped([{ messages: 2, hours: 24 }], 60);
      const verdict = async () =>
        (
          await db.query<{ reason: string | null }>(`SELECT ${capReachedSql('t', '$2::text')} AS reason FROM tenants t WHERE t.id = $1`, [
            lane.tenantId,
            recipient,
          ])
        )[0]?.reason;
      expect(await verdict()).toBeNull();
      await sendOne(lane, await aCampaign(lane.tenantId));
      await settleAs(lane.sessionId, 'sent');
      expect(await verdict()).toBe('min_gap');
      await at(60_000);
      expect(await verdict()).toBeNull();
      await sendOne(lane, await aCampaign(lane.tenantId));
      await settleAs(lane.sessionId, 'sent');
      expect(await verdict()).toBe('frequency_cap');
    });

    it('never exceeds a cap in any sliding window, whatever is sent when, through which session and by which worker', async () => {
      const people = ['+447700900201', '+447700900202'];
      const event = fc.record({
        afterMin: fc.integer({ min: 0, max: 90 }),
        send: fc.array(fc.record({ lane: fc.nat(2), group: fc.nat(2), person: fc.nat(1) }), { maxLength: 4 }),
        outcome: fc.constantFrom('sent', 'sent', 'sent', 'failed', 'uncertain', 'stays'),
      });
      const flags = fc.record({ obeysCaps: fc.boolean(), countsForCaps: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ messages: fc.integer({ min: 1, max: 3 }), hours: fc.integer({ min: 1, max: 6 }) }), {
            minLength: 1,
            maxLength: 2,
          }),
          fc.tuple(fc.constant({ obeysCaps: true, countsForCaps: true }), flags, flags),
          fc.array(event, { minLength: 3, maxLength: 14 }),
          async (caps, groupFlags, events) => {
            await at(0);
            const lane = await capped(caps);
            const lanes = [lane, await besides(lane), await besides(lane)];
            const groups = await Promise.all(groupFlags.map((of) => aCampaign(lane.tenantId, of)));
            const of = new Map<string, { group: number; person: number }>();
            const claimed: { id: string; atMs: number }[] = [];
            let nowMs = 0;
            for (const { afterMin, send, outcome } of events) {
              await at((nowMs += afterMin * 60_000));
              for (const { lane: nr, group, person } of send) {
                const [id] = await storeRows(lanes[nr] as typeof lane, groups[group] as string, 1, { recipient: people[person] });
                of.set(id as string, { group, person });
              }
              // Each lane by a process of its own, all at the same time, twice.
              for (let round = 0; round < 2; round++) {
                const answers = await Promise.all(lanes.map(({ sessionId }) => claim(sessionId)));
                claimed.push(...answers.flatMap(ids).map((id) => ({ id, atMs: nowMs })));
                if (outcome !== 'stays') for (const { sessionId } of lanes) await settleAs(sessionId, outcome);
              }
            }
            // The last claim of each message counts: an earlier one whose answer was lost was never called. Of claims at one time, those
            // that count come last, and those that need not obey behind them.
            const states = await db.query<{ id: string }>(
              `SELECT id FROM messages WHERE tenant_id = $1 AND state IN ('claimed', 'calling', 'sent', 'uncertain')`,
              [lane.tenantId],
            );
            const last = new Map(claimed.map(({ id, atMs }) => [id, atMs]));
            const rank = (group: number) => (!groupFlags[group]?.countsForCaps ? 0 : groupFlags[group]?.obeysCaps ? 1 : 2);
            const left = states
              .map(({ id }) => ({ id, atMs: last.get(id) as number, ...(of.get(id) as { group: number; person: number }) }))
              .sort((one, other) => one.atMs - other.atMs || rank(one.group) - rank(other.group));
            for (const [i, call] of left.entries()) {
              if (!groupFlags[call.group]?.obeysCaps) continue;
              for (const cap of caps) {
                const before = left
                  .slice(0, i)
                  .filter(
                    (other) =>
                      other.person === call.person && groupFlags[other.group]?.countsForCaps && other.atMs > call.atMs - cap.hours * hour,
                  );
                expect(before.length).toBeLessThan(cap.messages);
              }
            }
            // Nobody is left out below the caps.
            const out = await db.query<{ id: string }>(`SELECT id FROM messages WHERE tenant_id = $1 AND cause = 'frequency_cap'`, [
              lane.tenantId,
            ]);
            const smallest = Math.min(...caps.map(({ messages }) => messages));
            for (const { id } of out) {
              const counted = claimed.filter(
                (call) => of.get(call.id)?.person === of.get(id)?.person && groupFlags[of.get(call.id)?.group ?? 0]?.countsForCaps,
              );
              expect(counted.length).toBeGreaterThanOrEqual(smallest);
            }
          },
        ),
        { numRuns: 12, endOnFailure: true },
      );
    }, 120_000);
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
      await fresh.db.query('ALTER TABLE messages SET (autovacuum_enabled = off)');
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
        const answer = await new LaneClaims(counted).claim({ sessionId: lane.sessionId, workerId, most: 20, revision: '-1', shiftMs: 0 });
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

  it('with a window or under a cap breaks no invariant', async () => {
    const breaches = await new Invariants(db).check();
    expect(breaches.filter(({ invariant }) => invariant !== 'lease_not_taken_over')).toEqual([]);
  });
});
