import { type Database, newId } from '@heliograph/kernel';
import { explaining, keyActor, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { GroupSettling } from '../src/groups/group-settling.repository';
import { MessageGroups } from '../src/groups/message-groups.repository';
import { MessageWindows } from '../src/groups/message-windows.repository';
import type { LedgerWatch } from '../src/installation/ledger-watch';
import { MessageStore } from '../src/intake/message-store.repository';
import { CapPools } from '../src/lanes/cap-pools.repository';
import type { ClaimAnswer, LaneBlock } from '../src/lanes/claim-answer';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import { LaneSettings } from '../src/lanes/lane-settings.repository';
import { MessageExplainer, type WaitReason, waitReasons } from '../src/messages/message-why.repository';
import type { BodyRenderer } from '../src/rendering/body-renderer';
import { Ledger } from '../src/send/ledger.repository';
import { aGroup, aLane, aSourcedRow, aWorker, campaignLanes, claimStart as start, type TestLane } from '../testing';

const minute = 60_000;
const hour = 60 * minute;
/** Ms from the begin of the stopped clock to the next midnight. */
const midnight = 14 * hour;
const someone = keyActor('desk');
const recipient = '+447700900123';

let test: TestDatabase;
let db: Database;
let worker: string;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
  worker = await aWorker(db);
});
afterAll(() => test.close());
beforeEach(() => at(0));

const { at, ids, storeRows, settleAs, besides } = campaignLanes(() => ({ db, worker }));
const bell = { ring: () => undefined } as unknown as LaneBell;
const why = (it: Pick<Waiting, 'tenantId' | 'id'>) => new MessageExplainer(db).why(it.tenantId, it.id);

/** The one message of a lane. */
interface Waiting extends TestLane {
  groupId: string | null;
  id: string;
}

/** Something that makes claims pass a message by. */
interface Hold {
  reason: WaitReason;
  /** Cause of the hold, when several things have the same reason. */
  by?: string;
  /** Reasons that it brings with it. */
  also?: WaitReason[];
  group?: Parameters<typeof aGroup>[2];
  row?: { sendAt?: Date; recipient?: string; class?: 'transactional' };
  isSourced?: true;
  put: (it: Waiting) => Promise<unknown>;
  /** Ms from the begin of the clock to the time at which it ends by itself. */
  until?: number;
  /** Ends it; absent: it ends at `until`. */
  end?: (it: Waiting) => Promise<unknown>;
  /** State that claims of a worker under the hold are given. */
  known?: { watch?: LedgerWatch; bodies?: BodyRenderer };
}

const laneOf = ({ tenantId, sessionId }: Waiting): TestLane => ({ tenantId, sessionId });
const lanes = (set: string) => (it: Waiting) => db.query(`UPDATE lanes SET ${set} WHERE session_id = $1`, [it.sessionId]);
const sessions = (set: string) => (it: Waiting) => db.query(`UPDATE sessions SET ${set} WHERE id = $1`, [it.sessionId]);
const tenants = (set: string) => (it: Waiting) => db.query(`UPDATE tenants SET ${set} WHERE id = $1`, [it.tenantId]);
const groups = (set: string) => (it: Waiting) => db.query(`UPDATE message_groups SET ${set} WHERE id = $1`, [it.groupId]);
const messages = (set: string) => (it: Waiting) => db.query(`UPDATE messages SET ${set} WHERE id = $1`, [it.id]);
const pool = (set: string) => async (it: Waiting) => {
  await new CapPools(db).put(it.tenantId, 'p', { hourly_cap: 1, daily_cap: 2, time_zone: 'UTC' });
  await db.query(`UPDATE cap_pools SET ${set} WHERE tenant_id = $1`, [it.tenantId]);
  await lanes(`cap_pool = 'p'`)(it);
};
const thisHour = `hour_at = date_trunc('hour', heliograph_now()), hour_used = 1`;
const today = `day_at = date_trunc('day', heliograph_now(), 'UTC')`;

const claimOf = (it: Waiting, { watch, bodies }: Hold['known'] = {}, workerId = worker, maxMessages = 20): Promise<ClaimAnswer> =>
  new LaneClaims(db, watch, bodies).claim({ sessionId: it.sessionId, workerId, maxMessages, revision: '-1', shiftMs: 0 });

/** Claims the message and returns it to its lane. */
const tried = async (it: Waiting, cause: string, dueInMs: number) => {
  expect(ids(await claimOf(it))).toEqual([it.id]);
  const { tenantId, sessionId, id } = it;
  await new Ledger(db).advance({ tenantId, sessionId, id, attempt: 1, to: 'queued', cause, dueInMs, countsTry: dueInMs > 0 });
  await lanes(`turn_worker = NULL, in_flight = '{}'`)(it);
};

/** Sends another message of a campaign to the same person. */
const aCampaign = { kind: 'campaign', obeysCaps: true, countsForCaps: true };
const sendBefore = async (it: Waiting) => {
  const other = await besides(it);
  const [id] = await storeRows(other, await aGroup(db, it.tenantId, aCampaign), 1, { recipient });
  expect(ids(await claimOf({ ...it, ...other }))).toEqual([id]);
  return other;
};

const writtenUntil = new Date(start + minute);
const held: Pick<Hold, 'put' | 'end' | 'known'> = {
  put: () =>
    db.query(`UPDATE ledger_state SET hold_reason = 'ledger_stale', held_at = heliograph_now(), written_until = $1`, [writtenUntil]),
  end: () => db.query(`UPDATE ledger_state SET hold_reason = NULL`),
  known: { watch: { hold: { writtenUntil } } as LedgerWatch },
};
const leavesOut = { leftOut: () => ['campaign'] } as unknown as BodyRenderer;

/** Every block that a claim answers with, and under `none` all else by which it passes a message by. */
const holds: Record<Exclude<LaneBlock, 'released'> | 'none', Hold[]> = {
  taken: [
    {
      reason: 'in_flight',
      put: async (it) => {
        const [first] = await storeRows(laneOf(it), null, 1, { class: 'transactional' });
        const other = await aWorker(db);
        expect(ids(await claimOf(it, {}, other, 1))).toEqual([first]);
      },
      end: async (it) => {
        await settleAs(it.sessionId, 'sent');
        const [lane] = await db.query<{ other: string }>(`SELECT turn_worker AS other FROM lanes WHERE session_id = $1`, [it.sessionId]);
        await claimOf(it, {}, lane?.other, 0);
      },
    },
  ],
  invalid: [
    {
      reason: 'lane_invalid',
      by: 'a value that fails the claim',
      put: async (it) => {
        await lanes(`time_zone = 'Europe/Nowhere'`)(it);
        expect((await claimOf(it)).kind).toBe('invalid');
      },
      until: 10 * minute,
      end: (it) => new LaneSettings(db).set(it.tenantId, someone, it.sessionId, { time_zone: 'UTC' }),
    },
    {
      reason: 'lane_invalid',
      by: 'a value that was corrected by hand since',
      put: async (it) => {
        await lanes(`time_zone = 'Europe/Nowhere'`)(it);
        expect((await claimOf(it)).kind).toBe('invalid');
        await lanes(`time_zone = 'UTC'`)(it);
      },
      until: 10 * minute,
    },
  ],
  session: [
    { reason: 'session', by: 'its status', put: sessions(`status = 'need_scan'`), end: sessions(`status = 'connected'`) },
    { reason: 'session', by: 'a pause', put: sessions('paused_at = heliograph_now()'), end: sessions('paused_at = NULL') },
    { reason: 'tenant_suspended', put: tenants('suspended_at = heliograph_now()'), end: tenants('suspended_at = NULL') },
  ],
  provider: [
    {
      reason: 'provider',
      put: lanes(`closed_until = heliograph_now() + interval '1 minute', closed_reason = 'throttled'`),
      until: minute,
    },
  ],
  cap: [
    { reason: 'hourly_or_daily_cap', by: 'the hour of its lane', put: lanes(`hourly_cap = 1, ${thisHour}`), until: hour },
    { reason: 'hourly_or_daily_cap', by: 'the day of its lane', put: lanes(`daily_cap = 1, ${today}, day_used = 1`), until: midnight },
    {
      reason: 'hourly_or_daily_cap',
      by: 'the warm-up of its lane',
      put: lanes(`warm_up = '[1, 2]', warm_up_from = '2026-03-02', ${today}, day_used = 1`),
      until: midnight,
    },
    { reason: 'hourly_or_daily_cap', by: 'the hour of its pool', put: pool(thisHour), until: hour },
    { reason: 'hourly_or_daily_cap', by: 'the day of its pool', put: pool(`${today}, day_used = 2`), until: midnight },
  ],
  slot: [{ reason: 'pace', put: lanes(`window_limit = 1, next_slot_at = heliograph_now() + interval '4 s'`), until: 4_000 }],
  none: [
    {
      reason: 'ledger_held',
      by: 'its class',
      ...held,
      put: async (it) => (await messages(`created_at = '2026-03-02T10:02Z'`)(it), held.put(it)),
    },
    { reason: 'ledger_held', by: 'its age', row: { class: 'transactional' }, ...held },
    {
      reason: 'group_paused',
      group: {},
      put: (it) => new MessageGroups(db, settling()).pause(it.tenantId, someone, it.groupId as string),
      end: (it) => new MessageGroups(db, settling()).resume(it.tenantId, someone, it.groupId as string),
    },
    {
      reason: 'group_changing',
      by: 'other windows',
      group: {},
      put: (it) => new MessageWindows(db, bell).close(it.tenantId, it.groupId as string),
      end: (it) => new MessageWindows(db, bell).reopen(it.tenantId, it.groupId as string, () => Promise.resolve()),
    },
    {
      reason: 'group_changing',
      by: 'a move apart',
      group: { standing: 'plain' },
      put: groups(`standing = 'parting', is_settling = true`),
      end: () => settling().settle(),
    },
    { reason: 'send_at', row: { sendAt: new Date(start + hour) }, put: () => Promise.resolve(), until: hour },
    { reason: 'retry', put: (it) => tried(it, 'not_sent', 3_000), until: 3_000 },
    {
      reason: 'min_gap',
      by: 'a message before',
      group: aCampaign,
      row: { recipient },
      put: async (it) => {
        await tenants(`settings = settings || '{"min_gap_s": 3600}'`)(it);
        await settleAs((await sendBefore(it)).sessionId, 'sent');
      },
      until: hour,
    },
    {
      reason: 'min_gap',
      by: 'a call under way',
      group: aCampaign,
      row: { recipient },
      put: async (it) => {
        await tenants(`settings = settings || '{"frequency_caps": [{"messages": 1, "hours": 24}]}'`)(it);
        await sendBefore(it);
      },
      until: 2_000,
      end: async (it) => {
        await db.query(`UPDATE messages SET state = 'failed', due_at = NULL WHERE tenant_id = $1 AND state = 'calling'`, [it.tenantId]);
        await at(2_000);
      },
    },
    {
      reason: 'send_window',
      by: 'the hours of its lane',
      put: lanes(`send_window = '{"days": [2], "from": "09:00", "to": "18:00", "exempt_classes": ["transactional"]}'`),
      until: 23 * hour,
    },
    {
      reason: 'send_window',
      by: 'its own window',
      group: {},
      put: messages('window_ends_at = heliograph_now()'),
      end: messages('window_ends_at = NULL'),
    },
    {
      reason: 'source',
      isSourced: true,
      group: {},
      put: (it) => tried(it, 'source_unavailable', 0),
      known: { bodies: leavesOut },
      end: messages('cause = NULL'),
    },
    {
      reason: 'file',
      also: ['retry'],
      put: (it) => tried(it, 'file_unavailable', minute),
      until: minute,
      end: messages('cause = NULL, due_at = heliograph_now()'),
    },
    {
      reason: 'source',
      by: 'a message before it of the same kind',
      also: ['lane'],
      isSourced: true,
      group: {},
      put: async (it) => {
        const [first] = await storeSourced(laneOf(it), it.groupId as string);
        await db.query(`UPDATE messages SET cause = 'source_unavailable', due_at = due_at - interval '1 s' WHERE id = $1`, [first]);
      },
      known: { bodies: leavesOut },
      end: (it) => db.query(`UPDATE messages SET state = 'cancelled', due_at = NULL WHERE group_id = $1 AND id <> $2`, [it.groupId, it.id]),
    },
    { reason: 'group_cap', group: { dailyCap: 1 }, put: groups(`${today}, day_used = 1`), until: midnight },
    {
      reason: 'group_rate',
      group: { windowLimit: 1 },
      put: groups(`next_slot_at = heliograph_now() + interval '30 s'`),
      until: 30_000,
    },
  ],
};

const settling = () => new GroupSettling(db, bell);
const storeSourced = async (lane: TestLane, groupId: string): Promise<string[]> => {
  const row = aSourcedRow({ ...lane, groupId });
  await new MessageStore().store(db, [row], 72);
  return [row.id];
};

describe('why a message waits', () => {
  const rows = Object.entries(holds).flatMap(([block, of]) =>
    of.map((hold) => ({ block, hold, title: hold.by ? `${hold.reason}: ${hold.by}` : hold.reason })),
  );

  it.each(rows)('$title', async ({ block, hold }) => {
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = hold.group ? await aGroup(db, lane.tenantId, hold.group) : null;
    const [id] = hold.isSourced ? await storeSourced(lane, groupId as string) : await storeRows(lane, groupId, 1, hold.row);
    const it = { ...lane, groupId, id: id as string };
    await hold.put(it);
    // The same before and after a claim, which passes it by.
    const expected = {
      waitsFor: [hold.reason, ...(hold.also ?? [])],
      earliestSlotAt: new Date(start + (hold.until ?? 0)),
    };
    expect(await why(it)).toMatchObject(expected);
    const answer = await claimOf(it, hold.known);
    expect(ids(answer)).not.toContain(it.id);
    expect(answer.kind === 'blocked' && block !== 'none' ? answer.why : 'none').toBe(block);
    expect(await why(it)).toMatchObject(expected);

    if (hold.end) await hold.end(it);
    else await at(hold.until as number);
    expect(await why(it)).toMatchObject({ waitsFor: [] });
    await db.query(`UPDATE workers SET alive_until = 'infinity'`);
    expect(ids(await claimOf(it))).toEqual([it.id]);
    expect(await why(it)).toMatchObject({ waitsFor: [], ahead: null, earliestSlotAt: null });
  });

  it('has a row above for every reason but that others go first', () => {
    expect([...new Set(rows.map(({ hold }) => hold.reason)), 'lane'].sort()).toEqual([...waitReasons].sort());
  });

  it('names others that go first, and a group that is cancelled behind the request', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId);
    const [first, second] = await storeRows(lane, groupId, 2);
    expect(await why({ ...lane, id: first as string })).toMatchObject({ waitsFor: [], ahead: 0 });
    expect(await why({ ...lane, id: second as string })).toMatchObject({ waitsFor: ['lane'], ahead: 1 });
    await new MessageGroups(db, settling()).cancel(lane.tenantId, someone, groupId);
    expect((await why({ ...lane, id: first as string })).waitsFor).toEqual(['group_changing']);
  });

  it('reads few rows of a full lane, also for one whose source may have failed', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId, aCampaign);
    await tenants(`settings = settings || '{"min_gap_s": 3600}'`)({ ...lane, groupId, id: '' });
    await db.query(`ALTER TABLE messages DISABLE TRIGGER USER`);
    await db.query(
      `INSERT INTO messages (tenant_id, id, session_id, group_id, lane_group, class, state, recipient, source, origin, created_at, due_at, expires_at)
       SELECT $1, gen_random_uuid(), $2, $3, $3, 3, 'queued', '+4477' || (10000000 + i), '{}', '{"kind": "campaign"}', now(), heliograph_now(), now() + interval '1 day'
       FROM generate_series(1, 50000) i`,
      [lane.tenantId, lane.sessionId, groupId],
    );
    await db.query(`ALTER TABLE messages ENABLE TRIGGER USER`);
    await db.query('ANALYZE messages');
    const [{ id }] = (await db.query<{ id: string }>(`SELECT id FROM messages WHERE session_id = $1 ORDER BY id DESC LIMIT 1`, [
      lane.sessionId,
    ])) as [{ id: string }];
    const { db: counted, costs } = explaining(db);
    await new MessageExplainer(counted).why(lane.tenantId, id);
    expect(costs.flatMap(({ scanned }) => scanned)).toEqual([]);
    expect(costs.map(({ buffers }) => buffers).sort((a, b) => a - b)[0]).toBeLessThan(200);
    await db.query(`DELETE FROM messages WHERE session_id = $1`, [lane.sessionId]);
  });

  it('is not found in another tenant', async () => {
    const lane = await aLane(db);
    const [id] = await storeRows(lane, null, 1);
    await expect(why({ tenantId: newId(), id: id as string })).rejects.toMatchObject({ code: 'not_found' });
  });
});
