import { AppError, isItemFault, type Sql } from '@heliograph/kernel';

/** Tries of a step in a row after which its work ends as failed. */
export const maxStepTries = 10;
/** Seconds by which each try waits longer than the one before: the last one comes after about 8 minutes. */
const waitS = 10;

/** Tables of work in steps, with the columns `tries` and `due_at`. */
type SteppedTable = 'contact_edits' | 'contact_imports';

interface WorkRef {
  tenantId: string;
  id: string;
}

/** SQL condition: a failed step of the work waits for its next try. */
export const isDueSql = '(due_at IS NULL OR due_at <= heliograph_now())';

/**
 * Counts a failed step of work whose storage was there, and lets it wait.
 * @param what the work, such as `edit`
 * @returns words for the reason when the work has ended; null: it is tried again
 */
export async function endOfTries(
  sql: Sql,
  table: SteppedTable,
  { tenantId, id }: WorkRef,
  error: unknown,
  what: string,
): Promise<string | null> {
  // A repeat fails again.
  if (error instanceof AppError && error.code !== 'unavailable') return error.message;
  if (isItemFault(error)) return `The ${what} failed on its own data.`;
  const [row] = await sql.query<{ tries: number }>(
    `UPDATE ${table} SET tries = tries + 1, due_at = heliograph_now() + (tries + 1) * ${waitS} * interval '1 s' WHERE tenant_id = $1 AND id = $2 RETURNING tries`,
    [tenantId, id],
  );
  return (row?.tries ?? 0) < maxStepTries
    ? null
    : `The ${what} failed ${maxStepTries} times in a row; the log of the worker has the cause.`;
}

/** Forgets failed tries, in the transaction of a step: only one that commits ends the row of them. */
export async function forgetTries(tx: Sql, table: SteppedTable, { tenantId, id }: WorkRef): Promise<void> {
  await tx.query(`UPDATE ${table} SET tries = 0, due_at = NULL WHERE tenant_id = $1 AND id = $2 AND tries > 0`, [tenantId, id]);
}
