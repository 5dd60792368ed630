import { type Database, newId, type Tx } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase, testPurges } from '@heliograph/kernel/testing';
import { DeadLetters } from '@heliograph/dead-letters';
import type { HookFact } from '@heliograph/providers';
import { HookRetention } from '../src/inbound/hook-retention.repository';
import { ParkedFacts } from '../src/inbound/parked-facts.repository';

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterAll(() => database.close());

/** Wraps a database and counts the pages that its writes read. */
function countingPages(db: Database): { db: Database; pages: () => number } {
  let pages = 0;
  const counted = (tx: Tx) =>
    new Proxy(tx, {
      get(target, name) {
        if (name !== 'query') {
          const member: unknown = Reflect.get(target, name);
          return typeof member === 'function' ? (member.bind(target) as unknown) : member;
        }
        return async (sql: string, params: unknown[]) => {
          const [row] = await target.query<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }>(
            `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`,
            params,
          );
          const plan = row?.['QUERY PLAN'][0]?.Plan;
          pages += (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0);
          return [];
        };
      },
    });
  const transaction = <T>(work: (tx: Tx) => Promise<T>) => db.transaction((tx) => work(counted(tx)));
  return { db: { transaction } as unknown as Database, pages: () => pages };
}

describe('parked facts', () => {
  it('are deleted by tenant and id for any number of tenants', async () => {
    const { db } = database;
    await db.query(
      `INSERT INTO parked_facts (tenant_id, session_id, key_id, fact, next_try_at, expires_at)
       SELECT md5((n % 2000)::text)::uuid, md5(n::text)::uuid, n::text, '{"kind": "receipt"}',
         heliograph_now() + CASE WHEN n <= 20 THEN interval '-1 minute' ELSE interval '1 hour' END, heliograph_now() + interval '1 day'
       FROM generate_series(1, 60000) n`,
    );
    await db.query('VACUUM ANALYZE parked_facts');
    const counting = countingPages(db);

    const retried = await new ParkedFacts(counting.db).retryDue(500, (facts) => Promise.resolve(facts.map((_, i) => i % 2 === 0)));

    expect(retried).toBe(20);
    expect(counting.pages()).toBeLessThan(500);
    const [left] = await db.query<{ count: number; tried: number }>(
      `SELECT count(*)::int AS count, count(*) FILTER (WHERE tries = 1)::int AS tried FROM parked_facts`,
    );
    expect(left).toEqual({ count: 59_990, tried: 10 });
  });

  it('end after the maximum wait', async () => {
    const { db } = database;
    await db.query('TRUNCATE parked_facts');
    const parked = new ParkedFacts(db);
    await parked.park([{ tenantId: newId(), sessionId: newId(), fact: { kind: 'receipt', keyId: 'x' } as unknown as HookFact }]);
    await db.query(`UPDATE parked_facts SET next_try_at = heliograph_now(), expires_at = heliograph_now()`);
    await parked.retryDue(10, () => Promise.resolve([true]));
    expect(await db.query('SELECT 1 FROM parked_facts')).toEqual([]);
  });
});

describe('the purge of hooks', () => {
  const purges = (keptDays: number) => {
    const { purges, counted } = testPurges(database.db);
    new HookRetention(purges, { HOOK_RETENTION_DAYS: keptDays });
    return { purges, counted };
  };
  const aHook = (n: string, days: string) =>
    database.db.query(
      `INSERT INTO hook_inbox (tenant_id, session_id, body, received_at, processed_at, outcome)
       SELECT md5((n % 50)::text)::uuid, md5(n::text)::uuid, '{}', heliograph_now() - (${days}) * interval '1 day', CASE WHEN n > 3 THEN heliograph_now() END, CASE WHEN n > 3 THEN 'dead' END
       FROM generate_series(1, ${n}) n`,
    );

  it('deletes old read hooks in any number, but none that is unread, young or has an open dead letter', async () => {
    const { db } = database;
    await db.query('TRUNCATE hook_inbox');
    await aHook('12010', 'CASE WHEN n <= 12000 THEN 20 ELSE 1 END');
    const [dead] = await db.query<{ tenantId: string; id: string }>(
      `SELECT tenant_id AS "tenantId", id::text AS id FROM hook_inbox WHERE processed_at IS NOT NULL ORDER BY id LIMIT 1`,
    );
    await new DeadLetters(db).open(db, [
      { tenantId: dead!.tenantId, kind: 'hook', subjectId: dead!.id, sessionId: null, cause: 'unreadable_hook', detail: null },
    ]);

    const { purges: due, counted } = purges(14);
    expect(await due.purgeDue()).toEqual({ hook_inbox: 11_996 });

    expect(await counted()).toEqual({ hook_inbox: 11_996 });
    expect(await db.query(`SELECT count(*)::int AS count FROM hook_inbox`)).toEqual([{ count: 14 }]);
  });

  it('deletes nothing when hooks are kept forever', async () => {
    const { db } = database;
    await db.query('TRUNCATE hook_inbox');
    await aHook('10', '4000');
    expect(await purges(0).purges.purgeDue()).toEqual({});
    expect(await db.query(`SELECT count(*)::int AS count FROM hook_inbox`)).toEqual([{ count: 10 }]);
  });
});
