import { AppError } from './app-error';

/** Runs what follows after something was done that stays; an error of it says so. */
export async function afterDoing<T>(done: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withDone(error, done);
  }
}

/** The error with what was done before it; its idempotency key is kept. */
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
