import { Logger } from '@nestjs/common';
import { Database, type Loops, Metrics, newId, TransactionFeed } from '@heliograph/kernel';
import { historySettles, moveClock, openTestDatabase, reportingPlans, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageStore } from '../src/intake/message-store.repository';
import { MessageCounting } from '../src/figures/message-counting';
import { MessageCounts } from '../src/figures/message-counts.repository';
import { InvariantWatch } from '../src/invariants/invariant-watch';
import { Invariants, thoroughInvariants } from '../src/invariants/invariants.repository';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { aGroup, aLane, aRow, moveTo } from '../testing';

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

  describe('that read whole tables', () => {
    const watch = () => new InvariantWatch(new Invariants(db), {} as Loops, metrics);
    let metrics: Metrics;
    const metric = async (name: string) =>
      (await metrics.registry.getSingleMetric(`heliograph_${name}`)?.get())?.values.map(({ labels, value }) => [labels.invariant, value]);
    const checkAll = async (...watches: InvariantWatch[]) => {
      let checks = 0;
      for (let some = [true]; some.some(Boolean); checks += some.filter(Boolean).length)
        some = await Promise.all(watches.map((one) => one.checkOne()));
      return checks;
    };
    beforeEach(() => (metrics = new Metrics()));

    it('read each row a few times, also of tables without statistics', async () => {
      const rows = 20_000;
      const { tenantId, sessionId } = await aLane(db);
      await db.transaction(async (tx) => {
        for (const table of ['messages', 'message_events', 'content_guards'])
          await tx.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
        await tx.query('SET LOCAL session_replication_role = replica');
        const fill = (into: string, values: string) =>
          tx.query(
            `INSERT INTO ${into} SELECT ${values} FROM generate_series(1, ${rows}) n, (SELECT $1::uuid AS tenant, $2::uuid AS session) g,
               LATERAL (SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid AS id) i`,
            [tenantId, sessionId],
          );
        await fill(
          'messages (tenant_id, id, session_id, class, state, attempt, recipient, kind, body, created_at, expires_at, sent_at)',
          `tenant, id, session, 3, 'sent', 1, '+44' || n, 'text', '{}', now(), now() + interval '1 day', now()`,
        );
        await fill('message_events (tenant_id, message_id, attempt, from_state, to_state)', `tenant, id, 1, 'calling', 'sent'`);
        await fill(
          'content_guards (tenant_id, content_hash, message_id, until)',
          `tenant, sha256(id::text::bytea), id, now() + interval '1 day'`,
        );
      });
      const plans = await reportingPlans(test.url);
      try {
        const statements = await plans.executed(() => new Invariants(plans.db).check());
        const costly = statements.filter(({ buffers, rowsRead, pairsRefused }) => Math.max(buffers, rowsRead, pairsRefused) > 20 * rows);
        expect(costly).toEqual([]);
        expect(statements.some(({ rowsRead }) => rowsRead >= rows)).toBe(true);
      } finally {
        await plans.close();
      }
    });

    it('are checked once an hour by all processes together, and their results are a metric by invariant', async () => {
      const { flying, sessionId } = await aWorld();
      const [here, there] = [watch(), new InvariantWatch(new Invariants(db), {} as Loops, new Metrics())];
      expect(await checkAll(here, there)).toBe(thoroughInvariants.length);
      expect(await metric('invariants_broken_hourly')).toEqual(
        expect.arrayContaining(thoroughInvariants.map((invariant) => [invariant, 0])),
      );
      await db.query(`UPDATE lanes SET turn_worker = NULL, in_flight = '{}' WHERE session_id = $1`, [sessionId]);
      expect(await checkAll(here)).toBe(0);
      await moveClock(db, 3_601_000);
      const errors = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      expect(await checkAll(here)).toBe(thoroughInvariants.length);
      expect(errors.mock.calls.map(([line]) => line as object)).toEqual([
        { event: 'invariant.broken', invariant: 'message_in_flight_of_no_lane', count: 1, examples: [flying.id] },
      ]);
      errors.mockRestore();
      expect(await metric('invariants_broken_hourly')).toContainEqual(['message_in_flight_of_no_lane', 1]);
      expect(await metric('invariants_unchecked')).toEqual([[undefined, 0]]);
    });

    it('are given up for a day when they take too long', async () => {
      const invariants = new Invariants(db);
      await aWorld();
      await db.query(`INSERT INTO invariant_checks (invariant, next_at) SELECT unnest($1::text[]), 'infinity'`, [
        thoroughInvariants.slice(1),
      ]);
      await db.transaction(async (tx) => {
        await tx.query('LOCK TABLE messages');
        expect(await invariants.checkDue(50)).toEqual({ invariant: thoroughInvariants[0], breach: 'too_slow' });
      });
      watch();
      expect(await metric('invariants_unchecked')).toEqual([[undefined, 1]]);
      await moveClock(db, 23 * 3_600_000);
      expect(await invariants.checkDue()).toBeNull();
      await moveClock(db, 25 * 3_600_000);
      expect(await invariants.checkDue()).toEqual({ invariant: thoroughInvariants[0], breach: null });
      expect(await metric('invariants_unchecked')).toEqual([[undefined, 0]]);
    });
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

  it('report a group whose answers differ from their counter', async () => {
    const { tenantId, sent } = await aWorld();
    await db.query(`INSERT INTO message_outcome_counts (tenant_id, group_id, shard, kind, count) VALUES ($1, $2, 0, 'reply', 1)`, [
      tenantId,
      sent.groupId,
    ]);
    expect(await broken()).toEqual([['outcome_counts', 1, [sent.groupId]]]);
  });

  it('report a campaign whose figures by number or by minute differ from its messages', async () => {
    const { tenantId, sessionId } = await aLane(db);
    const groupId = await aGroup(db, tenantId, { kind: 'campaign' });
    const row = aRow({ tenantId, sessionId, groupId });
    await new MessageStore().store(db, [row], 72);
    const counting = new MessageCounting(
      new TransactionFeed(db),
      new MessageCounts(db),
      {} as Loops,
      { register: () => undefined } as never,
    );
    await counting.follow();
    await moveTo(db, [row.id], 'sent');
    // Moves that are not counted yet are no breach.
    expect(await broken()).toEqual([]);
    await historySettles(db);
    await counting.follow();
    expect(await broken()).toEqual([]);
    for (const table of ['group_lanes', 'group_flow']) {
      await db.query(`UPDATE ${table} SET sent = sent - 1, read = read + 1`);
      expect(await broken()).toEqual([['group_figures', 1, [groupId]]]);
      await db.query(`UPDATE ${table} SET sent = sent + 1, read = read - 1`);
    }
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
