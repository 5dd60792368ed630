import type { QueryRunner } from 'typeorm';

/**
 * Builds an index without blocking writes to the table. For migrations that run outside a transaction (`transaction = false`) and do
 * nothing else, so that an interrupted one can run again. Drops the invalid index of an interrupted build; keeps a valid one.
 * @param definition text after the name: `ON things (tenant_id, created_at)`
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
  // CREATE INDEX CONCURRENTLY waits for open transactions, which may be long; nothing waits for the index.
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
