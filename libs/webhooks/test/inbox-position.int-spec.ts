import { newId } from '@heliograph/kernel';
import { openTestDatabase, reportingPlans, type ReportingDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { insertHooks, markHooks, takeHooks } from '../src/inbound/hook-inbox.repository';
import { InboxPosition } from '../src/inbound/inbox-position';

const read = 50_000;
const batch = 200;

describe('a look into the inbox while an old transaction is open', () => {
  let test: TestDatabase;
  let plans: ReportingDatabase;
  beforeAll(async () => {
    test = await openTestDatabase();
    plans = await reportingPlans(test.url);
  });
  afterAll(async () => {
    await plans.close();
    await test.close();
  });

  it('does not visit the hooks that were read since', async () => {
    const { db } = test;
    const body = JSON.stringify({ text: 'x'.repeat(1_000) });
    const sender = { tenantId: newId(), sessionId: newId() };
    const store = (hooks: number) =>
      insertHooks(
        db,
        Array.from({ length: hooks }, () => ({ ...sender, body })),
      );
    const position = new InboxPosition(5_000);
    let nowMs = 0;
    /** Reads a batch as a reader does. @returns the hooks of the batch, and the blocks that finding them took */
    const look = async () => {
      let found = 0;
      const [taking] = await plans.executed(() =>
        plans.db.transaction(async (tx) => {
          const { hooks, oldest } = await takeHooks(tx, batch, 4 * batch, position.next(nowMs));
          if (oldest !== null) position.saw(oldest, nowMs, nowMs);
          const outcome = { outcome: 'applied', isBodyDropped: false, unreadable: null };
          await markHooks(
            tx,
            hooks.map(({ id }) => ({ tenantId: sender.tenantId, id, ...outcome })),
          );
          found = hooks.length;
        }),
      );
      return { found, buffers: taking?.buffers ?? 0 };
    };
    await db.transaction(async (old) => {
      await old.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await old.query('SELECT count(*) FROM hook_inbox');
      await store(read);
      await db.query(`UPDATE hook_inbox SET processed_at = heliograph_now(), outcome = 'applied'`);
      await store(5 * batch);
      const full = await look();
      nowMs += 2_000;
      await look();
      nowMs += 2_000;
      const next = await look();
      expect([full.found, next.found]).toEqual([batch, batch]);
      expect(full.buffers).toBeGreaterThan(read / 10);
      expect(next.buffers).toBeLessThan(10 * batch);

      // One that becomes unread again is found by the next full look.
      await db.query(`UPDATE hook_inbox SET processed_at = NULL WHERE id = (SELECT min(id) FROM hook_inbox)`);
      const unread = () => db.query(`SELECT FROM hook_inbox WHERE processed_at IS NULL`);
      const before = (await unread()).length;
      expect((await look()).found).toBe(batch);
      nowMs += 5_000;
      while ((await look()).found > 0);
      expect([before, (await unread()).length]).toEqual([2 * batch + 1, 0]);
    });
  });
});
