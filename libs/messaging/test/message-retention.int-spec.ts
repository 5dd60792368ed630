import { DeadLetters } from '@heliograph/dead-letters';
import { newId } from '@heliograph/kernel';
import { moveClock, openTestDatabase, type TestDatabase, testPurges, until } from '@heliograph/kernel/testing';
import { Invariants } from '../src';
import { MessageStore } from '../src/intake/message-store.repository';
import { MessageRetention } from '../src/retention/message-retention.repository';
import type { MessageState } from '../src/message';
import { aLane, aRow, moveTo } from '../testing';

const dayMs = 24 * 3_600_000;

describe('the purge of messages', () => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await openTestDatabase();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    await moveClock(test.db, 0);
    await test.db.query(
      'TRUNCATE messages, message_events, message_keys, message_members, poll_votes, message_groups, message_group_counts, dead_letters, content_guards, unbound_messages, message_outcomes, message_outcome_counts, recipient_guards, lane_pauses',
    );
  });
  afterEach(() => moveClock(test.db, 0));

  const purge = (days = 100, limit?: number) => {
    const { purges } = testPurges(test.db);
    new MessageRetention(purges, { MESSAGE_RETENTION_DAYS: days });
    return purges.purgeDue(limit);
  };
  /** Stores messages and moves them to a state through the ledger, so that history and counts are as in production. */
  async function stored(
    count: number,
    state: MessageState | null,
    over: { groupId?: string; tenant?: { tenantId: string; sessionId: string } } = {},
  ) {
    const { tenantId, sessionId } = over.tenant ?? (await aLane(test.db));
    const rows = Array.from({ length: count }, () => aRow({ tenantId, sessionId, groupId: over.groupId ?? null }));
    await test.db.transaction((tx) => new MessageStore().store(tx, rows, 72));
    const ids = rows.map(({ id }) => id);
    if (state) {
      await moveTo(test.db, ids, state);
      await test.db.query(`UPDATE dead_letters SET state = 'discarded', resolved_at = heliograph_now() WHERE subject_id = ANY ($1)`, [ids]);
      await test.db.query(
        `INSERT INTO message_keys (session_id, key_id, tenant_id, message_id, evidence) SELECT $1, id::text, $2, id, 'info' FROM unnest($3::uuid[]) id`,
        [sessionId, tenantId, ids],
      );
      await test.db.query(
        `INSERT INTO message_members (tenant_id, message_id, member, rank) SELECT $1, id, '+447700900001', 3 FROM unnest($2::uuid[]) id`,
        [tenantId, ids],
      );
      await test.db.query(
        `INSERT INTO poll_votes (tenant_id, message_id, voter, options, at) SELECT $1, id, '+447700900001', '{yes}', now() FROM unnest($2::uuid[]) id`,
        [tenantId, ids],
      );
    }
    return { tenantId, sessionId, ids };
  }
  const aGroup = async (tenantId: string) => {
    const groupId = newId();
    await test.db.query(`INSERT INTO message_groups (tenant_id, id, kind) VALUES ($1, $2, 'bulk')`, [tenantId, groupId]);
    return groupId;
  };
  const leftOf = async (ids: string[]) =>
    (await test.db.query<{ id: string }>(`SELECT id FROM messages WHERE id = ANY ($1::uuid[]) ORDER BY id`, [ids])).map(({ id }) => id);

  it('deletes messages that ended long ago with history and ids, of every tenant, in chunks', async () => {
    const [one, other] = [await stored(25, 'sent'), await stored(7, 'failed')];
    const waiting = await stored(3, null);
    await moveClock(test.db, 50 * dayMs);
    const young = await stored(2, 'sent', { tenant: one });
    expect(await purge()).toEqual({});

    await moveClock(test.db, 102 * dayMs);
    expect(await purge(100, 10)).toEqual({ messages: 32, message_events: 32 + 7, message_keys: 32, message_members: 32, poll_votes: 32 });

    expect(await leftOf([...one.ids, ...other.ids])).toEqual([]);
    expect(await leftOf(waiting.ids)).toEqual(waiting.ids);
    expect(await leftOf(young.ids)).toEqual(young.ids);
    expect(await test.db.query(`SELECT 1 FROM message_events WHERE message_id <> ALL ($1::uuid[])`, [young.ids])).toEqual([]);
  });

  it('takes what people answered along, off the counters of the group, and rows of people a day after their last claim', async () => {
    const tenant = await aLane(test.db);
    const groupId = await aGroup(tenant.tenantId);
    const { ids } = await stored(3, 'sent', { groupId, tenant });
    await test.db.query(
      `INSERT INTO message_outcomes (tenant_id, message_id, kind, group_id, at) SELECT $1, id, 'reply', $2, heliograph_now() FROM unnest($3::uuid[]) id`,
      [tenant.tenantId, groupId, ids.slice(1)],
    );
    await test.db.query(`INSERT INTO message_outcome_counts (tenant_id, group_id, shard, kind, count) VALUES ($1, $2, 99, 'reply', 2)`, [
      tenant.tenantId,
      groupId,
    ]);
    await test.db.query(
      `INSERT INTO recipient_guards (tenant_id, recipient, claimed_at) SELECT $1, days::text, heliograph_now() + days * interval '1 day' FROM generate_series(100, 102) days`,
      [tenant.tenantId],
    );
    const counts = () => test.db.query(`SELECT sum(count)::int AS sum FROM message_outcome_counts WHERE group_id = $1`, [groupId]);
    await test.db.query(`UPDATE messages SET sent_at = heliograph_now() + interval '50 days' WHERE id = $1`, [ids[2]]);
    await moveClock(test.db, 102 * dayMs);
    expect(await purge()).toMatchObject({ messages: 2, message_outcomes: 1, recipient_guards: 2 });
    expect(await counts()).toEqual([{ sum: 1 }]);
    await moveClock(test.db, 151 * dayMs);
    expect(await purge()).toMatchObject({ messages: 1, message_outcomes: 1, message_groups: 1 });
    expect(await counts()).toEqual([{ sum: null }]);
  });

  it('keeps messages forever when it is set to 0', async () => {
    await stored(2, 'sent');
    await moveClock(test.db, 4_000 * dayMs);
    expect(await purge(0)).toEqual({});
  });

  it('counts from the end: a message that was sent, read or expired late stays as long as others', async () => {
    const { ids } = await stored(3, 'sent');
    await test.db.query(`UPDATE messages SET sent_at = heliograph_now() + interval '50 days' WHERE id = $1`, [ids[0]]);
    await test.db.query(`UPDATE messages SET read_at = heliograph_now() + interval '50 days' WHERE id = $1`, [ids[1]]);
    await test.db.query(`UPDATE messages SET expires_at = heliograph_now() + interval '50 days' WHERE id = $1`, [ids[2]]);
    await moveClock(test.db, 102 * dayMs);
    expect(await purge()).toEqual({});
    await moveClock(test.db, 151 * dayMs);
    expect(await purge()).toMatchObject({ messages: 3 });
  });

  it('keeps messages that are uncertain, have an open dead letter, or hold a content guard', async () => {
    const tenant = await stored(4, 'sent');
    const { tenantId } = tenant;
    const ids = [...(await stored(1, 'uncertain', { tenant })).ids, ...tenant.ids];
    const [uncertain, dead, settled, guarded, free] = ids as [string, string, string, string, string];
    const letters = new DeadLetters(test.db);
    await letters.open(
      test.db,
      [dead, settled].map((subjectId) => ({ tenantId, kind: 'message' as const, subjectId, sessionId: null, cause: 'x', detail: null })),
    );
    await test.db.query(`UPDATE dead_letters SET state = 'resolved', resolved_at = heliograph_now() WHERE subject_id = $1`, [settled]);
    await test.db.query(`UPDATE messages SET content_hash = '\\x01' WHERE id = $1`, [guarded]);
    await test.db.query(
      `INSERT INTO content_guards (tenant_id, content_hash, message_id, until) VALUES ($1, '\\x01', $2, heliograph_now() + interval '200 days')`,
      [tenantId, guarded],
    );
    await moveClock(test.db, 102 * dayMs);

    expect(await purge()).toMatchObject({ messages: 2 });
    expect(await leftOf([settled, free])).toEqual([]);
    expect(await leftOf(ids)).toEqual([uncertain, dead, guarded].toSorted());
    await moveClock(test.db, 201 * dayMs);
    expect(await purge()).toMatchObject({ messages: 1, content_guards: 1 });
    expect(await leftOf(ids)).toEqual([uncertain, dead].toSorted());
  });

  it('keeps every message of an open group, and deletes the group after the last of its messages', async () => {
    const tenant = await aLane(test.db);
    const groupId = await aGroup(tenant.tenantId);
    const open = await stored(1, 'uncertain', { groupId, tenant });
    const ids = [...open.ids, ...(await stored(5, 'sent', { groupId, tenant })).ids];
    await moveClock(test.db, 102 * dayMs);
    expect(await purge()).toEqual({});

    await test.db.query(`UPDATE messages SET state = 'failed', cause = 'discarded' WHERE id = $1`, [ids[0]]);
    // One of them was read late.
    await test.db.query(`UPDATE messages SET read_at = heliograph_now(), state = 'read' WHERE id = $1`, [ids[1]]);
    expect(await purge(100, 2)).toMatchObject({ messages: 5 });
    expect(await new Invariants(test.db).check()).toEqual([]);
    const counts = await test.db.query(
      `SELECT state, sum(count)::int AS count FROM message_group_counts WHERE group_id = $1 GROUP BY 1 HAVING sum(count) <> 0`,
      [groupId],
    );
    expect(counts).toEqual([{ state: 'read', count: 1 }]);
    expect(await test.db.query(`SELECT 1 FROM message_groups WHERE id = $1`, [groupId])).toHaveLength(1);

    await moveClock(test.db, 203 * dayMs);
    expect(await purge()).toMatchObject({ messages: 1, message_groups: 1 });
    expect(await test.db.query(`SELECT 1 FROM message_group_counts WHERE group_id = $1`, [groupId])).toEqual([]);
  });

  it('keeps the group of a campaign that has not begun, and one into which a message is just put', async () => {
    const tenant = await stored(1, 'sent');
    const [campaign, bulk] = [newId(), await aGroup(tenant.tenantId)];
    await test.db.query(`INSERT INTO message_groups (tenant_id, id, kind) VALUES ($1, $2, 'campaign')`, [tenant.tenantId, campaign]);
    await moveClock(test.db, 203 * dayMs);
    const young = await stored(1, 'sent', { tenant });
    let purged: Promise<unknown> = Promise.resolve();
    await test.db.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM message_groups WHERE id = $1 FOR KEY SHARE`, [bulk]);
      await tx.query(`UPDATE messages SET group_id = $2 WHERE id = $1`, [young.ids[0], bulk]);
      purged = purge();
      await until(
        async () =>
          (await test.db.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).length >
          0,
      );
    });
    await purged;
    const left = await test.db.query<{ id: string }>(`SELECT id FROM message_groups WHERE tenant_id = $1 ORDER BY id`, [tenant.tenantId]);
    expect(left.map(({ id }) => id)).toEqual([bulk, campaign].toSorted());
    await test.db.query(`UPDATE message_groups SET state = 'cancelled' WHERE id = $1`, [campaign]);
    expect(await purge()).toMatchObject({ message_groups: 1 });
  });

  it('ends the search for messages of unknown outcome after 14 days, in chunks', async () => {
    const { tenantId, sessionId } = await aLane(test.db);
    await test.db.query(
      `INSERT INTO unbound_messages (session_id, echo_hash, message_id, tenant_id, called_at, next_check_at)
       SELECT $1, '', md5(n::text)::uuid, $2, heliograph_now() - CASE WHEN n <= 25 THEN 15 ELSE 13 END * interval '1 day', heliograph_now() FROM generate_series(1, 26) n`,
      [sessionId, tenantId],
    );
    expect(await purge(100, 10)).toEqual({ unbound_messages: 25 });
    expect(await test.db.query('SELECT 1 FROM unbound_messages')).toHaveLength(1);
  });

  it('drops old pauses of lanes', async () => {
    const { tenantId, sessionId } = await aLane(test.db);
    await test.db.query(
      `INSERT INTO lane_pauses (tenant_id, session_id, at, until_at, reason)
       SELECT $1, $2, heliograph_now() - d * interval '1 day', heliograph_now() - d * interval '1 day' + interval '1 min', 'throttled' FROM unnest('{99,101,102}'::int[]) d`,
      [tenantId, sessionId],
    );
    expect(await purge()).toEqual({ lane_pauses: 2 });
  });

  it('blocks no sending: messages are stored and moved while a chunk is not committed yet', async () => {
    const tenant = await aLane(test.db);
    const groupId = await aGroup(tenant.tenantId);
    await stored(20, 'sent', { tenant, groupId });
    await moveClock(test.db, 102 * dayMs);
    const { purges } = testPurges(test.db);
    const registered: Parameters<typeof purges.register>[0][] = [];
    new MessageRetention({ register: (one: (typeof registered)[number]) => registered.push(one) } as never, {
      MESSAGE_RETENTION_DAYS: 100,
    });
    purges.register({
      table: 'messages',
      purgeSome: async (tx, limit, from) => {
        const chunk = await registered.find(({ table }) => table === 'messages')!.purgeSome(tx, limit, from);
        // No statement waits for a lock of the purge; otherwise this would never end.
        const fresh = await stored(3, 'sent', { tenant });
        await test.db.query(`UPDATE messages SET state = 'delivered', delivered_at = heliograph_now() WHERE id = ANY ($1::uuid[])`, [
          fresh.ids,
        ]);
        expect(await leftOf(fresh.ids)).toEqual(fresh.ids);
        return chunk;
      },
    });
    expect(await purges.purgeDue(8)).toMatchObject({ messages: 20 });
  });
});
