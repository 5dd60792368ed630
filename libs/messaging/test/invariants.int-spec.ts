import { Database, newId } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageStore } from '../src/intake/message-store.repository';
import { Invariants } from '../src/invariants/invariants.repository';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { aGroup, aLane, aRow } from '../testing';

describe('invariants', () => {
  let test: TestDatabase;
  let db: Database;
  beforeEach(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterEach(() => test.close());

  /** A lane with a message in flight, one queued, one sent in a group, and its guard. */
  async function aWorld(standing?: 'apart') {
    const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
    const groupIds = [newId(), newId(), standing ? await aGroup(db, tenantId, { standing }) : newId()];
    const workerId = newId();
    await db.query(
      `INSERT INTO workers (id, name, started_at, alive_until) VALUES ($1, 'test', heliograph_now(), heliograph_now() + interval '8 s')`,
      [workerId],
    );
    const row = (nth: number) =>
      aRow({
        tenantId,
        sessionId,
        groupId: groupIds[nth - 1],
        contentHash: Buffer.alloc(32, nth),
        contentWindowS: 86_400,
        class: 'transactional',
      });
    const [sent, flying, waiting] = [row(1), row(2), row(3)];
    const claim = () => new LaneClaims(db).claim({ sessionId, workerId, maxMessages: 1, revision: '-1', shiftMs: 0 });
    await new MessageStore().store(db, [sent], 72);
    await claim();
    await db.query(`UPDATE messages SET state = 'sent', due_at = NULL WHERE id = $1`, [sent.id]);
    await new MessageStore().store(db, [flying], 72);
    await claim();
    await new MessageStore().store(db, [waiting], 72);
    return { tenantId, sessionId, workerId, sent, flying, waiting };
  }
  const broken = async () => (await new Invariants(db).check()).map(({ invariant, count, examples }) => [invariant, count, examples]);

  it('hold while messages are sent', async () => {
    await aWorld();
    expect(await broken()).toEqual([]);
  });

  it('report a lane of a worker that does not exist, also on a schedule', async () => {
    const { sessionId, workerId } = await aWorld();
    await db.query(`DELETE FROM workers WHERE id = $1`, [workerId]);
    expect(await broken()).toEqual([['lane_of_no_worker', 1, [sessionId]]]);
    expect(await new Invariants(db).checkLanes()).toEqual([{ invariant: 'lane_of_no_worker', count: 1, examples: [sessionId] }]);
  });

  it.each(['- interval', '+ interval'])('report a lease of now %s 1 hour', async (off) => {
    const { workerId } = await aWorld();
    await db.query(`UPDATE workers SET alive_until = heliograph_now() ${off} '1 hour'`);
    expect(await broken()).toEqual([['lease_not_taken_over', 1, [workerId]]]);
  });

  it('report a message in flight that no lane lists', async () => {
    const { sessionId, flying } = await aWorld();
    await db.query(`UPDATE lanes SET turn_worker = NULL, in_flight = '{}' WHERE session_id = $1`, [sessionId]);
    expect(await broken()).toEqual([['message_in_flight_of_no_lane', 1, [flying.id]]]);
  });

  it('report a lane without a due time for its due messages', async () => {
    const { sessionId } = await aWorld();
    await db.query(`UPDATE lanes SET next_due_at = NULL WHERE session_id = $1`, [sessionId]);
    expect(await broken()).toEqual([['due_message_of_idle_lane', 1, [sessionId]]]);
  });

  it('report a waiting message whose group is not listed by its lane', async () => {
    const { waiting } = await aWorld('apart');
    await db.query(`DELETE FROM lane_groups WHERE group_id = $1`, [waiting.groupId]);
    expect(await broken()).toEqual([['waiting_group_of_no_lane', 1, [waiting.id]]]);
  });

  it('report a plain message of a group that stands apart', async () => {
    const { waiting } = await aWorld('apart');
    await db.query(`UPDATE messages SET lane_group = NULL WHERE id = $1`, [waiting.id]);
    expect(await broken()).toEqual([['plain_message_of_group_apart', 1, [waiting.id]]]);
  });

  it('accept an idle lane with due messages of a paused group only, and report them once it is open', async () => {
    const { tenantId, sessionId, waiting } = await aWorld();
    await db.query(`INSERT INTO message_groups (tenant_id, id, kind, state) VALUES ($1, $2, 'bulk', 'paused')`, [
      tenantId,
      waiting.groupId,
    ]);
    await db.query(`UPDATE lanes SET next_due_at = NULL WHERE session_id = $1`, [sessionId]);
    expect(await broken()).toEqual([]);
    await db.query(`UPDATE message_groups SET state = 'open', is_settling = true`);
    expect(await broken()).toEqual([]);
    await db.query(`UPDATE message_groups SET is_settling = false`);
    expect(await broken()).toEqual([['due_message_of_idle_lane', 1, [sessionId]]]);
  });

  it('report a message that waits although its group is cancelled and settled', async () => {
    const { tenantId, waiting } = await aWorld();
    await db.query(`INSERT INTO message_groups (tenant_id, id, kind, state) VALUES ($1, $2, 'bulk', 'cancelled')`, [
      tenantId,
      waiting.groupId,
    ]);
    expect(await broken()).toEqual([['message_outlives_cancelled_group', 1, [waiting.id]]]);
  });

  it('report a group whose counters differ from a recount', async () => {
    const { sent } = await aWorld();
    await db.query(`UPDATE message_group_counts SET count = count + 1 WHERE group_id = $1 AND state = 'sent'`, [sent.groupId]);
    expect(await broken()).toEqual([['group_counts', 1, [sent.groupId]]]);
  });

  it('report a guard whose message was never sent', async () => {
    const { tenantId, waiting } = await aWorld();
    await db.query(
      `INSERT INTO content_guards (tenant_id, content_hash, message_id, until) VALUES ($1, 'x', $2, heliograph_now() + interval '1 h')`,
      [tenantId, waiting.id],
    );
    expect(await broken()).toEqual([['guard_of_unsent_message', 1, [waiting.id]]]);
  });

  it('report a message whose state differs from its history', async () => {
    const { sent } = await aWorld();
    await db.query(`UPDATE message_events SET to_state = 'uncertain' WHERE message_id = $1 AND to_state = 'sent'`, [sent.id]);
    expect(await broken()).toEqual([['history_ends_elsewhere', 1, [sent.id]]]);
    await db.query(`UPDATE message_events SET to_state = 'sent', from_state = 'queued' WHERE message_id = $1 AND to_state = 'uncertain'`, [
      sent.id,
    ]);
    expect(await broken()).toEqual([['history_broken', 1, [sent.id]]]);
  });
});
