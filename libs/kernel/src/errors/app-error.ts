/** Kind of a fault; the HTTP filter maps each to one status. */
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

/** Facts of a fault, from which a client can say it in its own words. Those that a code has are always the same. */
export interface FaultParams {
  minimum?: number;
  maximum?: number;
  /** Unit of the limit; absent: the value itself is limited. */
  unit?: 'characters' | 'items';
  /** The limit itself is not allowed. */
  exclusive?: true;
  /** The limit is the only number allowed. */
  exact?: true;
  divisor?: number;
  /** Format of a text, e.g. `email`. */
  format?: string;
  /** Type of JSON. */
  expected?: string;
  /** The member was not given. */
  missing?: true;
  allowed?: (string | number | boolean | null)[];
}

/** One fault in a client's input. `path` is the member, e.g. `messages/3/to`. */
export interface FieldError {
  path: string;
  code: string;
  message: string;
  params?: FaultParams;
}

/** Details of an `AppError`; all but `isDone` are shown to the client. */
export interface AppErrorDetails {
  /** Path of the one member at fault; use `errors` for several. */
  path?: string;
  errors?: FieldError[];
  /** Value of the Retry-After header, in seconds. */
  retryAfterSeconds?: number;
  /** Response headers that belong to the fault, e.g. Allow. */
  headers?: Record<string, string>;
  /** True when something was done before the error, as the message states: a repeat with the same idempotency key gets the same answer. */
  isDone?: true;
}

/**
 * The only error that code under `libs/` throws for expected faults. `reason` is the stable snake_case code that clients may
 * switch on; `message` is a sentence for people and never contains secrets, SQL or another tenant's data.
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

/** Returns the 404 for a missing id and for an id of another tenant alike. */
export function notFound(what: string): AppError {
  return new AppError('not_found', 'not_found', `No such ${what}.`);
}
