import { moveClock, openTestDatabase, type TestDatabase, testPurges } from '@heliograph/kernel/testing';
import { ChangeFeed, newId } from '@heliograph/kernel';
import { Routing, Tenants } from '../src';
import { oldRows } from '../src/tenants/old-rows.repository';
import { TenantRetention } from '../src/tenants/tenant-retention.repository';

const dayMs = 24 * 3_600_000;

describe('the purge of old rows of tenants', () => {
  let test: TestDatabase;
  let tenants: Tenants;
  let feed: ChangeFeed;

  beforeAll(async () => {
    test = await openTestDatabase();
    feed = new ChangeFeed({ DATABASE_URL: test.url });
    tenants = new Tenants(test.db, feed);
  });
  afterEach(async () => {
    await moveClock(test.db, 0);
    await test.db.query('TRUNCATE session_events, contact_routes');
  });
  afterAll(() => test.close());

  const purge = (limit?: number) => {
    const { purges } = testPurges(test.db);
    new TenantRetention(purges, { SESSION_HISTORY_RETENTION_DAYS: 100, ROUTE_RETENTION_DAYS: 100 });
    return purges.purgeDue(limit);
  };
  async function aSession() {
    const { id: tenantId } = await tenants.create({ name: 'Agency', defaultCountry: 'GB' });
    await tenants.update(tenantId, { settings: { routing: { rule: 'sticky' } } });
    const sessionId = newId();
    await test.db.query(`INSERT INTO sessions (tenant_id, id, provider, name, status) VALUES ($1, $2, 'wasender', 'Line', 'connected')`, [
      tenantId,
      sessionId,
    ]);
    return { tenantId, sessionId };
  }

  it('deletes the old history of sessions in chunks, and nothing younger', async () => {
    const { tenantId, sessionId } = await aSession();
    await test.db.query(
      `INSERT INTO session_events (tenant_id, session_id, at, from_status, to_status, source)
       SELECT $1, $2, heliograph_now() - CASE WHEN n <= 25 THEN 101 ELSE 99 END * interval '1 day', 'new', 'connected', 'poll' FROM generate_series(1, 27) n`,
      [tenantId, sessionId],
    );
    expect(await purge(10)).toEqual({ session_events: 25 });
    expect(await test.db.query('SELECT 1 FROM session_events')).toHaveLength(2);
  });

  it('deletes sticky routes that were not used for as long, and keeps used ones of any age', async () => {
    const { tenantId, sessionId } = await aSession();
    const routing = new Routing(test.db, feed);
    const [used, left] = ['+447700900001', '+447700900002'];
    await routing.pickMany(tenantId, [{ to: used }, { to: left }]);
    await moveClock(test.db, 50 * dayMs);
    expect(await routing.pickMany(tenantId, [{ to: used }])).toMatchObject([{ sessionId }]);
    expect(await purge(1)).toEqual({});

    await moveClock(test.db, 101 * dayMs);
    expect(await purge(1)).toEqual({ contact_routes: 1 });
    expect(await test.db.query('SELECT recipient FROM contact_routes WHERE tenant_id = $1', [tenantId])).toEqual([{ recipient: used }]);
  });

  it('finds the old rows of any number of tenants, each once, in parts of any size', async () => {
    await test.db.query(
      `INSERT INTO tenants (id, name, default_country) SELECT gen_random_uuid(), 'One of many', 'GB' FROM generate_series(1, 450)`,
    );
    await test.db.query(`CREATE TABLE aged (tenant_id uuid, id uuid, PRIMARY KEY (tenant_id, id))`);
    const ids = await test.db.query<{ id: string }>('SELECT id FROM tenants ORDER BY id');
    // A few tenants have many, most have none.
    for (const n of [0, 3, 210, 449])
      await test.db.query('INSERT INTO aged SELECT $1, unnest($2::uuid[])', [ids[n]?.id, Array.from({ length: 23 }, () => newId())]);
    await moveClock(test.db, 2 * dayMs);
    for (const limit of [1, 7, 23, 1_000]) {
      const seen: string[] = [];
      for (let from: string | null = null, more = true; more;) {
        const { rows, next } = await oldRows(test.db, 'aged', 1, limit, from);
        expect(rows.length).toBeLessThanOrEqual(limit);
        seen.push(...rows.map(({ id }) => id));
        [from, more] = [next, next !== null];
      }
      expect(new Set(seen).size).toBe(92);
      expect(seen).toHaveLength(92);
    }
    expect((await oldRows(test.db, 'aged', 3, 10, null)).rows).toEqual([]);
  });
});
