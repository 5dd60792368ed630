import { Pool } from 'pg';
import { connectionOptions } from '../src/database/connection';
import { openTestDatabase } from '../testing';

it('settings of a pool hold also where a pooler drops the startup options', async () => {
  const database = await openTestDatabase();
  const use = { applicationName: 'heliograph-test', searchPath: 'pg_catalog', statementTimeoutMs: 4_321, plansOnce: true };
  const { options: _, ...dropped } = connectionOptions(database.url, use);
  const pool = new Pool({ ...dropped, max: 1 });
  try {
    const settings = `SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout, current_setting('plan_cache_mode') AS plans`;
    expect((await pool.query(settings)).rows).toEqual([{ path: 'pg_catalog', timeout: '4321ms', plans: 'force_generic_plan' }]);
  } finally {
    await pool.end();
    await database.close();
  }
});
