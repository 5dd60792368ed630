import { type IdempotencyKeys, newId } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import type { Routing, SessionCredentials } from '@heliograph/tenants';
import { MessageIntake } from '../src/intake/message-intake';
import { MessageStore } from '../src/intake/message-store.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import { aLane, aRow } from '../testing';

describe('an all-or-nothing bulk call', () => {
  let test: TestDatabase;
  beforeAll(async () => (test = await openTestDatabase()));
  afterAll(() => test.close());

  it('locks lanes in one order over all its statements, and answers rows in their own order', async () => {
    const { db } = test;
    const { tenantId, sessionId } = await aLane(db);
    const second = newId();
    await db.query(`INSERT INTO lanes (session_id, tenant_id) VALUES ($1, $2)`, [second, tenantId]);
    const [low, high] = [sessionId, second].sort() as [string, string];
    const intake = new MessageIntake(
      db,
      new MessageStore(),
      {} as Routing,
      { find: () => Promise.resolve({ tenantId }) } as unknown as SessionCredentials,
      { ring: () => undefined } as unknown as LaneBell,
      { hours: 1 } as IdempotencyKeys,
    );
    // The rows of the first statement go to the lane with the last id.
    const drafts = [...Array.from({ length: 1_000 }, () => high), low].map((id) => aRow({ tenantId, sessionId: id }));
    const { groupId } = await intake.openGroup(tenantId, {});
    let stored: ReturnType<MessageIntake['acceptMany']> | undefined;
    await db.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM lanes WHERE session_id = $1 FOR UPDATE`, [low]);
      stored = intake.acceptMany(tenantId, drafts, { groupId, firstIndex: 0, atomic: true });
      await until(async () => {
        const [row] = await tx.query<{ waits: boolean }>(
          `SELECT count(*) > 0 AS waits FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
             OR NOT granted AND locktype = 'transactionid'`,
        );
        return row?.waits;
      });
      expect(await tx.query(`SELECT 1 FROM lanes WHERE session_id = $1 FOR UPDATE SKIP LOCKED`, [high])).toHaveLength(1);
    });
    const verdicts = (await stored) ?? [];
    expect(verdicts.map((verdict) => verdict.status === 'accepted' && verdict.message.sessionId)).toEqual(
      drafts.map((draft) => draft.sessionId),
    );
  });
});
