import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';

/** Held while migrations run, so that two processes at once do not both try. */
const migrationLock = 4_825_1701;
const askAgainMs = 250;

/** Runs what is missing; a second process waits for the first. Returns the names of what it applied. */
export async function migrate(options: DataSourceOptions): Promise<string[]> {
  const dataSource = await new DataSource({ ...options, entities: [] }).initialize();
  const runner = dataSource.createQueryRunner();
  try {
    // Asked for again and again: an index that is built beside writes waits for every open statement, so it would wait for one that waits for it.
    while (!(await tryLock(runner))) await sleep(askAgainMs);
    // A change of the schema must not queue up behind a long statement and block everybody behind itself.
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
