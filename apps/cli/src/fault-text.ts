/** Members of errors that describe the cause, whoever threw them. */
interface Fault {
  message?: string;
  code?: unknown;
  driverError?: { code?: unknown };
  errors?: unknown;
  details?: { errors?: { path: string; message: string }[]; path?: string };
}

/** Returns a description of the error for the command line, without the statement or the message of the database. */
export function faultText(error: unknown): string {
  const { message = '', code, driverError, details, errors } = (error ?? {}) as Fault;
  const state = driverError?.code ?? code;
  if (typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state) && state !== 'EPIPE') return databaseText(state);
  // A host with several addresses fails with one error per address and no message of its own.
  const system = [error, ...(Array.isArray(errors) ? (errors as unknown[]) : [])]
    .map((one) => (one as Fault | null)?.code)
    .find(isSystemCode);
  if (system && !details)
    return `A connection failed (${system}). Check that PostgreSQL, or the service that the command calls, runs at the configured address.`;
  return [message || String(error), ...(details?.errors ?? []).map((one) => `  ${one.path}: ${one.message}`)].join('\n');
}

const isSystemCode = (code: unknown): code is string => typeof code === 'string' && /^E[A-Z]+$/.test(code) && code !== 'EPIPE';

function databaseText(state: string): string {
  if (state === '42P01' || state === '42703' || state === '42883')
    return 'The database does not have the schema of this version: run `migrate` first.';
  if (state.startsWith('28')) return 'The database rejected the user or password in DATABASE_URL.';
  if (state === '3D000') return 'The database in DATABASE_URL does not exist.';
  if (state.startsWith('08') || state.startsWith('57P') || state === '53300') return `The database is not available (SQLSTATE ${state}).`;
  return `The database refused the command (SQLSTATE ${state}).`;
}
