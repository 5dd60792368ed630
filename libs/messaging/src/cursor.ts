import { AppError } from '@heliograph/kernel';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const timestamp = /^\d{4,6}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?[+-]\d{2}(:\d{2})?$/;

/** Where a page of a list ended, as clients see it: opaque, and worth nothing outside its list. */
export function toCursor(...parts: string[]): string {
  return Buffer.from(parts.join(' | ')).toString('base64url');
}

/** The id a cursor stands for. @throws AppError invalid_cursor */
export function idCursor(cursor: string): string {
  const [id, ...rest] = partsOf(cursor);
  if (!id || !uuid.test(id) || rest.length > 0) throw invalidCursor();
  return id;
}

/** The time (as PostgreSQL writes it, to the microsecond) and the id a cursor stands for. @throws AppError invalid_cursor */
export function timeCursor(cursor: string): { at: string; id: string } {
  const [at, id, ...rest] = partsOf(cursor);
  if (!at || !timestamp.test(at) || !id || !uuid.test(id) || rest.length > 0) throw invalidCursor();
  return { at, id };
}

function partsOf(cursor: string): string[] {
  return cursor.length > 200 ? [] : Buffer.from(cursor, 'base64url').toString('latin1').split(' | ');
}

function invalidCursor(): AppError {
  return new AppError('invalid', 'invalid_cursor', 'The cursor is not one this list gave out.', { path: 'cursor' });
}
