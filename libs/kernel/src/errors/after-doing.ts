import { AppError } from './app-error';

/** Runs steps that follow an action which cannot be undone. An error of theirs states that the action was done. */
export async function afterDoing<T>(done: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withDone(error, done);
  }
}

/** Returns the error with a statement of what was done before it. Its idempotency key is kept. */
export function withDone(error: unknown, done: string): AppError {
  if (error instanceof AppError)
    return new AppError(error.code, error.reason, `${error.message} ${done}`, { ...error.details, isDone: true });
  const wrapped = new AppError('unavailable', 'left_unfinished', `The request could not be finished. ${done}`, {
    isDone: true,
    retryAfterSeconds: 2,
  });
  wrapped.cause = error;
  return wrapped;
}
