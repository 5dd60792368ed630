import { AppError, isItemFault } from '@heliograph/kernel';

/** Tries of a step in a row after which its work ends as failed. */
export const maxStepTries = 10;
/** Seconds by which each try waits longer than the one before: the last one comes after about 8 minutes. */
const waitS = 10;

/** SQL condition: work with the columns `tries` and `due_at` does not wait for its next try. */
export const isDueSql = '(due_at IS NULL OR due_at <= heliograph_now())';
/** SQL assignments: a try failed, and the next one waits. */
export const triedSql = `tries = tries + 1, due_at = heliograph_now() + (tries + 1) * ${waitS} * interval '1 s'`;
/** SQL assignments: failed tries are forgotten. In the transaction of a step only one that commits does so. */
export const untriedSql = 'tries = 0, due_at = NULL';

/**
 * Decides what becomes of work whose step failed although storage was there.
 * @param what the work, such as `edit`
 * @param tried counts the try, and returns its row with the number of tries
 * @returns words for the reason when the work has ended; null: it is tried again
 */
export async function endOfTries(error: unknown, what: string, tried: () => Promise<{ tries: number }[]>): Promise<string | null> {
  // A repeat fails again.
  if (error instanceof AppError && error.code !== 'unavailable') return error.message;
  if (isItemFault(error)) return `The ${what} failed on its own data.`;
  const [row] = await tried();
  return (row?.tries ?? 0) < maxStepTries
    ? null
    : `The ${what} failed ${maxStepTries} times in a row; the log of the worker has the cause.`;
}
