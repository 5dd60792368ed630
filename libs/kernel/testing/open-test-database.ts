import { DataSource } from 'typeorm';
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
  return {
    db: new Database(dataSource),
    url,
    close: async () => {
      await dataSource.destroy();
      await drop();
    },
  };
}
