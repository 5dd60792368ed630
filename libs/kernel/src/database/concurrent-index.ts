import type { QueryRunner } from 'typeorm';

/**
 * Builds an index while the table is written to. For migrations that run outside a transaction (`transaction = false`) and do nothing
 * else: one that was interrupted is run again. A rest that an interrupted build left is removed first; an index that is there stays.
 * @param definition what follows the name: `ON things (tenant_id, created_at)`
 */
export async function createIndexConcurrently(
  runner: QueryRunner,
  name: string,
  definition: string,
  kind: 'INDEX' | 'UNIQUE INDEX' = 'INDEX',
): Promise<void> {
  const [before] = (await runner.query(
    `SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement,
       (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)) AS valid`,
    [name],
  )) as [{ lock: string; statement: string; valid: boolean | null }];
  if (before.valid === true) return;
  // It waits for the transactions that are open, which may be long, and nobody waits for it.
  await runner.query('SET lock_timeout = 0');
  await runner.query('SET statement_timeout = 0');
  try {
    if (before.valid === false) await runner.query(`DROP INDEX CONCURRENTLY ${name}`);
    await runner.query(`CREATE ${kind} CONCURRENTLY ${name} ${definition}`);
  } finally {
    await runner.query(`SET lock_timeout = '${before.lock}'`);
    await runner.query(`SET statement_timeout = '${before.statement}'`);
  }
}
