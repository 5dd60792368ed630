import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type DataSourceOptions } from 'typeorm';

/** Held while migrations run, so that two processes at once do not both try. */
const migrationLock = 4_825_1701;
const lockPollMs = 100;

/** Runs what is missing; a second process waits for the first. Returns the names of what it applied. */
export async function migrate(options: DataSourceOptions): Promise<string[]> {
  const dataSource = await new DataSource({ ...options, entities: [] }).initialize();
  const runner = dataSource.createQueryRunner();
  try {
    // Asked again and again: a statement that waits holds a snapshot, and an index that is built concurrently waits for all of those.
    const isMine = async () =>
      ((await runner.query('SELECT pg_try_advisory_lock($1) AS mine', [migrationLock])) as [{ mine: boolean }])[0].mine;
    while (!(await isMine())) await sleep(lockPollMs);
    // A change of the schema must not queue up behind a long statement and block everybody behind itself.
    await dataSource.query(`SET lock_timeout = '3s'`);
    return (await dataSource.runMigrations()).map((migration) => migration.name);
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [migrationLock]);
    await runner.release();
    await dataSource.destroy();
  }
}
