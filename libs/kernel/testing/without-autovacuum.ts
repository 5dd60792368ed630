import type { Database } from '../src/database/database';

/**
 * Keeps autovacuum away from the tables of a test database. Their statistics are then those that the test makes, and no analyze with an old
 * snapshot keeps a VACUUM of the test from removing rows.
 * @param names regular expression for the tables; all without it
 */
export async function withoutAutovacuum(db: Database, names = ''): Promise<void> {
  const tables = await db.query<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname ~ $1`,
    [names],
  );
  for (const { name } of tables) await db.query(`ALTER TABLE ${name} SET (autovacuum_enabled = off)`);
}
