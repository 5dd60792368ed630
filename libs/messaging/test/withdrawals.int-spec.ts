import { type Database } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import { MessageMoves } from '../src/groups/message-moves.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import { aLane, aWorker, campaignLanes } from '../testing';

describe('the withdrawal of messages that would reach a person twice', () => {
  let test: TestDatabase;
  let db: Database;
  let worker: string;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
    worker = await aWorker(db);
  });
  afterAll(() => test.close());

  const { at, claim, ids, stateOf, storeRows, settleAs } = campaignLanes(() => ({ db, worker }));
  beforeEach(() => at(0));

  /** A lane with two people who got a message and have another one that waits, and a message that is last in the order of ids. */
  async function doubled() {
    const lane = await aLane(db, { windowLimit: 0 });
    const got = await storeRows(lane, null, 2);
    expect(ids(await claim(lane.sessionId))).toHaveLength(2);
    await settleAs(lane.sessionId, 'sent');
    const [one, two, between] = (await storeRows(lane, null, 3)) as [string, string, string];
    const pairs = [
      { person: 'Ann', messages: [got[0], one] },
      { person: 'Ben', messages: [got[1], two] },
    ];
    let tries = 0;
    const withdraw = () =>
      db.transaction((tx) => {
        tries++;
        return new MessageMoves(db, { ring: () => undefined } as unknown as LaneBell).withdrawDoubles(
          tx,
          lane.tenantId,
          `SELECT unnest($2::text[]) AS person, unnest($3::uuid[]) AS message_id`,
          [pairs.flatMap(({ person, messages }) => messages.map(() => person)), pairs.flatMap(({ messages }) => messages)],
        );
      });
    return { lane, one, two, between, withdraw, tries: () => tries };
  }
  const waiting = async () =>
    (
      await db.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
    )[0]!.count;

  it('leaves those of a claim that came first, without a deadlock', async () => {
    const { lane, one, two, between, withdraw, tries } = await doubled();
    await db.query(
      `UPDATE messages m SET due_at = heliograph_now() - interval '1 s' * (4 - d.nth) FROM unnest($1::uuid[]) WITH ORDINALITY AS d(id, nth) WHERE m.id = d.id`,
      [[two, between, one]],
    );
    let claimed: ReturnType<typeof claim> | undefined;
    let withdrawn: Promise<number> | undefined;
    await db.transaction(async (tx) => {
      // Stops the claim when it has the first of its messages, and not yet the last.
      await tx.query(`SELECT 1 FROM messages WHERE id = $1 FOR UPDATE`, [between]);
      claimed = claim(lane.sessionId);
      await until(async () => (await waiting()) === 1);
      withdrawn = withdraw();
      await until(async () => (await waiting()) === 2);
    });
    expect(ids((await claimed)!)).toEqual([two, between, one]);
    expect(await withdrawn).toBe(0);
    expect(tries()).toBe(1);
  });

  it('makes a claim that comes later pass the lane by, and give what is left after it', async () => {
    const { lane, one, two, between, withdraw } = await doubled();
    let withdrawn: Promise<number> | undefined;
    await db.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM messages WHERE id = $1 FOR UPDATE`, [two]);
      withdrawn = withdraw();
      await until(async () => (await waiting()) === 1);
      expect((await claim(lane.sessionId)).kind).toBe('again');
    });
    expect(await withdrawn).toBe(2);
    expect((await stateOf(two))?.state).toBe('suppressed');
    expect(await stateOf(one)).toEqual({ state: 'suppressed', cause: 'duplicate', due_at: null });
    expect(ids(await claim(lane.sessionId))).toEqual([between]);
  });
});
