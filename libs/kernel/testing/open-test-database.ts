import { Pool, type PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import { connectionOptions } from '../src/database/connection';
import { dataSourceOptions } from '../src/database/data-source-options';
import { Database } from '../src/database/database';
import { createTestDatabase } from './test-database';

/** An open, migrated database of this test file's own. */
export interface TestDatabase {
  db: Database;
  url: string;
  /** Closes the connections and drops the database. */
  close(): Promise<void>;
}

/** Clones the migrated template and opens it. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const { url, drop } = await createTestDatabase();
  const { db, close } = await openPools(url);
  return { db, url, close: () => close().then(drop) };
}

/** Opens the pools of a process. `onConnection` is called with each connection before its first use by the test. */
export async function openPools(
  url: string,
  onConnection?: (client: PoolClient) => void,
): Promise<{ db: Database; close: () => Promise<void> }> {
  const dataSource = await new DataSource(dataSourceOptions(url, 8)).initialize();
  // As in a process: the large statements of the message path take longer to plan than to run.
  const planned = new Pool({ ...connectionOptions(url, { applicationName: 'heliograph-planned', plansOnce: true }), max: 2 });
  const db = new Database(dataSource, dataSource, planned);
  const seen = new WeakSet<PoolClient>();
  // The data source has connected already.
  for (const pool of [db.pool, planned])
    pool.on('acquire', (client) => {
      if (!seen.has(client)) onConnection?.(client);
      seen.add(client);
    });
  return { db, close: async () => void (await Promise.all([dataSource.destroy(), planned.end()])) };
}
