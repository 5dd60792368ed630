import type { Sql } from '@heliograph/kernel';

/** Returns the version of everything that is read after this, in microseconds of the clock of the database. */
export async function nextVersion(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ version: string }>(`SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS version`);
  return Number(row?.version);
}
