import { type Database, newId } from '@heliograph/kernel';
import { explaining, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageExplainer } from '../src/messages/message-why.repository';
import { aGroup, aLane, aWorker, campaignLanes, claimStart as start, type TestLane } from '../testing';

const minute = 60_000;
const hour = 60 * minute;

describe('a group that sends nothing', () => {
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

  const { at, storeRows, besides } = campaignLanes(() => ({ db, worker }));
  const lane = (sessionId: string, set: string) => db.query(`UPDATE lanes SET ${set} WHERE session_id = $1`, [sessionId]);
  const closed = (ms: number) => `closed_until = '${new Date(start + ms).toISOString()}', closed_reason = 'throttled'`;
  const holdOf = (tenantId: string, groupId: string) => new MessageExplainer(db).holdOfGroup(tenantId, groupId);

  /** A group with messages in two lanes. */
  async function aGroupInTwoLanes(): Promise<{ tenantId: string; groupId: string; lanes: [TestLane, TestLane] }> {
    const first = await aLane(db, { windowLimit: 0 });
    const second = await besides(first);
    const groupId = await aGroup(db, first.tenantId, { kind: 'campaign', obeysCaps: true, countsForCaps: true });
    for (const one of [first, second]) await storeRows(one, groupId, 2);
    return { tenantId: first.tenantId, groupId, lanes: [first, second] };
  }

  it('is held by nothing while one of its lanes is at work', async () => {
    const { tenantId, groupId, lanes } = await aGroupInTwoLanes();
    expect(await holdOf(tenantId, groupId)).toBeNull();
    await lane(lanes[0].sessionId, closed(minute));
    expect(await holdOf(tenantId, groupId)).toBeNull();
    // Its next slot is far, but it is its pace.
    await lane(lanes[1].sessionId, `next_slot_at = heliograph_now() + interval '10 min'`);
    expect(await holdOf(tenantId, groupId)).toBeNull();
  });

  it('waits for the lane that opens first, by the cause that lasts longest in it', async () => {
    const { tenantId, groupId, lanes } = await aGroupInTwoLanes();
    await lane(lanes[0].sessionId, closed(2 * minute));
    await lane(lanes[1].sessionId, closed(5 * minute));
    expect(await holdOf(tenantId, groupId)).toEqual({ reason: 'provider', until: new Date(start + 2 * minute), zone: null });
    await lane(lanes[0].sessionId, `hourly_cap = 1, hour_at = date_trunc('hour', heliograph_now()), hour_used = 1`);
    expect(await holdOf(tenantId, groupId)).toMatchObject({ reason: 'provider', until: new Date(start + 5 * minute) });
    await lane(lanes[1].sessionId, closed(2 * hour));
    expect(await holdOf(tenantId, groupId)).toMatchObject({ reason: 'hourly_or_daily_cap', until: new Date(start + hour) });
  });

  it('waits without an end for numbers that are down, and for others that open sooner', async () => {
    const { tenantId, groupId, lanes } = await aGroupInTwoLanes();
    await db.query(`UPDATE sessions SET status = 'logged_out' WHERE tenant_id = $1`, [tenantId]);
    expect(await holdOf(tenantId, groupId)).toEqual({ reason: 'session', until: null, zone: null });
    await db.query(`UPDATE sessions SET status = 'connected' WHERE id = $1`, [lanes[1].sessionId]);
    await lane(lanes[1].sessionId, closed(minute));
    expect(await holdOf(tenantId, groupId)).toMatchObject({ reason: 'provider', until: new Date(start + minute) });
  });

  it('waits for the message that is due first, with the zone of its window', async () => {
    const { tenantId, groupId } = await aGroupInTwoLanes();
    await db.query(`UPDATE messages SET due_at = heliograph_now() + interval '3 h', window_zone = 'Europe/Madrid' WHERE group_id = $1`, [
      groupId,
    ]);
    await db.query(
      `UPDATE messages SET due_at = heliograph_now() + interval '1 h', window_zone = 'Asia/Tokyo' WHERE id = (SELECT max(id::text)::uuid FROM messages WHERE group_id = $1)`,
      [groupId],
    );
    expect(await holdOf(tenantId, groupId)).toEqual({ reason: 'send_at', until: new Date(start + hour), zone: 'Asia/Tokyo' });
    await at(hour);
    expect(await holdOf(tenantId, groupId)).toBeNull();
  });

  it('is still explained when a lane has settings that the database cannot compute with', async () => {
    const { tenantId, groupId, lanes } = await aGroupInTwoLanes();
    await lane(lanes[0].sessionId, `send_window = '{"days": [1], "from": "x", "to": "y"}'`);
    expect(await holdOf(tenantId, groupId)).toBeNull();
    await lane(lanes[1].sessionId, closed(minute));
    expect(await holdOf(tenantId, groupId)).toMatchObject({ reason: 'provider', until: new Date(start + minute) });
    await db.query(`UPDATE sessions SET status = 'logged_out' WHERE id = $1`, [lanes[1].sessionId]);
    expect(await holdOf(tenantId, groupId)).toMatchObject({ reason: 'lane_invalid', until: null });
  });

  it('is explained from few rows of full lanes', async () => {
    const { tenantId, groupId, lanes } = await aGroupInTwoLanes();
    await db.query(`ALTER TABLE messages DISABLE TRIGGER USER`);
    await db.query(
      `INSERT INTO messages (tenant_id, id, session_id, group_id, lane_group, class, state, recipient, source, origin, created_at, due_at, expires_at)
       SELECT $1, gen_random_uuid(), ($2::uuid[])[1 + i % 2], $3, $3, 3, 'queued', '+4477' || (10000000 + i), '{}', '{"kind": "campaign"}', now(), heliograph_now(), now() + interval '1 day'
       FROM generate_series(1, 40000) i`,
      [tenantId, lanes.map(({ sessionId }) => sessionId), groupId],
    );
    await db.query(`ALTER TABLE messages ENABLE TRIGGER USER`);
    for (const { sessionId } of lanes) await lane(sessionId, closed(minute));
    await db.query('ANALYZE messages');
    const { db: counted, costs } = explaining(db);
    expect(await new MessageExplainer(counted).holdOfGroup(tenantId, groupId)).toMatchObject({ reason: 'provider' });
    expect(costs.flatMap(({ scanned }) => scanned)).toEqual([]);
    expect(Math.max(...costs.map(({ buffers }) => buffers))).toBeLessThan(400);
    await db.query(`DELETE FROM messages WHERE group_id = $1`, [groupId]);
  });

  it('is not explained to another tenant, nor without messages', async () => {
    const { tenantId, groupId } = await aGroupInTwoLanes();
    await db.query(`UPDATE sessions SET status = 'logged_out' WHERE tenant_id = $1`, [tenantId]);
    expect(await holdOf(newId(), groupId)).toBeNull();
    expect(await holdOf(tenantId, newId())).toBeNull();
  });
});
