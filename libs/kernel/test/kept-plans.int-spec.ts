import { Pool } from 'pg';
import { connectionOptions } from '../src/database/connection';
import { KeptPlans } from '../src/database/kept-plans';
import { openTestDatabase, until } from '../testing';

it('plans that a connection keeps are made anew when a table has grown', async () => {
  const database = await openTestDatabase();
  const pool = new Pool({ ...connectionOptions(database.url, { applicationName: 'heliograph-test', plansOnce: true }), max: 2 });
  const client = await pool.connect();
  try {
    // Nothing but the new look changes the plan.
    await client.query(`CREATE TABLE grown (id int PRIMARY KEY) WITH (autovacuum_enabled = off)`);
    await client.query(`INSERT INTO grown SELECT generate_series(1, 10)`);
    await client.query('ANALYZE grown');
    await client.query(`PREPARE find (int[]) AS SELECT g.id FROM unnest($1) w(id) JOIN grown g USING (id)`);
    const plan = async () =>
      (await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE find ('{1}')`)).rows.map((row) => row['QUERY PLAN']).join('\n');
    const plans = new KeptPlans(() => pool);
    await plans.endOutdated(client);
    expect(await plan()).toContain('Seq Scan on grown');

    await pool.query(`INSERT INTO grown SELECT generate_series(11, 50000)`);
    expect(await plan()).toContain('Seq Scan on grown');
    await until(async () => {
      await plans.endOutdated(client);
      return (await plan()).includes('using grown_pkey');
    });
  } finally {
    client.release();
    await pool.end();
    await database.close();
  }
});
