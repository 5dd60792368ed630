/** What kind of fault it is; the HTTP filter maps each to one status. */
export type AppErrorCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'gone'
  | 'precondition_failed'
  | 'too_large'
  | 'unsupported_media_type'
  | 'unprocessable'
  | 'throttled'
  | 'unavailable'
  | 'internal';

/** One fault in what the client sent. `path` names the member, e.g. `messages/3/to`. */
export interface FieldError {
  path: string;
  code: string;
  message: string;
}

/** Extra facts of an `AppError`; all but `isDone` is shown to the client. */
export interface AppErrorDetails {
  /** The one member at fault; use `errors` for several. */
  path?: string;
  errors?: FieldError[];
  /** Becomes the Retry-After header. */
  retryAfterSeconds?: number;
  /** Headers of the answer that belong to the fault, e.g. Allow. */
  headers?: Record<string, string>;
  /** Something was done before the error, which the message says: a repeat under the same idempotency key gets the same answer. */
  isDone?: true;
}

/**
 * The one error that code under `libs/` throws for expected faults. `reason` is the stable snake_case code clients may
 * switch on; `message` is a sentence for people and never holds secrets, SQL or another tenant's data.
 */
export class AppError extends Error {
  constructor(
    readonly code: AppErrorCode,
    readonly reason: string,
    message: string,
    readonly details: AppErrorDetails = {},
  ) {
    super(message);
    this.name = 'AppError';
  }
}

/** The 404 that a missing id and another tenant's id share. */
export function notFound(what: string): AppError {
  return new AppError('not_found', 'not_found', `No such ${what}.`);
}
