import { Pool } from 'pg';
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
  const dataSource = await new DataSource(dataSourceOptions(url, 8)).initialize();
  // As in a process: the large statements of the message path take longer to plan than to run.
  const planned = new Pool({ ...connectionOptions(url, { applicationName: 'heliograph-planned', plansOnce: true }), max: 2 });
  return {
    db: new Database(dataSource, dataSource, planned),
    url,
    close: async () => {
      await Promise.all([dataSource.destroy(), planned.end()]);
      await drop();
    },
  };
}
