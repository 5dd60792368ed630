import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';

/** Lock held while migrations run, so that concurrent processes do not both run them. */
const migrationLock = 4_825_1701;
const askAgainMs = 250;

/** Runs pending migrations; a second process waits for the first. Returns the names of the applied ones. */
export async function migrate(options: DataSourceOptions): Promise<string[]> {
  const dataSource = await new DataSource({ ...options, entities: [] }).initialize();
  const runner = dataSource.createQueryRunner();
  try {
    // Polls for the lock: an index built concurrently waits for every open statement, including one that waits for the lock.
    while (!(await tryLock(runner))) await sleep(askAgainMs);
    // A schema change must not wait behind a long statement and block all later ones.
    await dataSource.query(`SET lock_timeout = '3s'`);
    return (await dataSource.runMigrations()).map((migration) => migration.name);
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [migrationLock]);
    await runner.release();
    await dataSource.destroy();
  }
}

async function tryLock(runner: QueryRunner): Promise<boolean> {
  const [row] = (await runner.query('SELECT pg_try_advisory_lock($1) AS held', [migrationLock])) as { held: boolean }[];
  return row?.held === true;
}
