import { createHash } from 'node:crypto';
import { v7 } from 'uuid';

/** Returns a new UUIDv7. Such ids sort by creation time, so indexes grow at one end. */
export function newId(): string {
  return v7();
}

const maxIdTimeMs = 2 ** 48 - 1;
/** Maximum difference between the time in an id and that of its row: clocks differ, and some work is done late. */
const idSlackMs = 86_400_000;

/** Returns an id that is smaller than the ids of all rows of this time or later, by at most a day. */
export const idBefore = (at: Date): string => idOfTime(at.getTime() - idSlackMs);

/** Returns an id that is larger than the ids of all rows before this time, by at most a day. */
export const idAfter = (at: Date): string => idOfTime(at.getTime() + idSlackMs);

/** Returns the smallest id of a time. A time out of range is replaced by the nearest one that an id can hold. */
function idOfTime(ms: number): string {
  const time = Math.min(Math.max(ms, 0), maxIdTimeMs).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}

/**
 * Derives an id from another id and a text. The same two always give the same id, so that a row made twice is stored once.
 * Its time is close to that of `base`.
 * @param base a UUIDv7
 */
export function derivedId(base: string, text: string): string {
  const hash = createHash('sha256').update(`${base}/${text}`).digest('hex');
  return `${base.slice(0, 13)}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
}

/**
 * Derives an id from the id of a call and the number of a row in the call. The same two always give the same id, close to `base` in time.
 * Ids ascend from one block of 4,096 rows to the next, so that the rows of a call are adjacent in an index.
 * @param base a UUIDv7
 */
export function derivedRowId(base: string, index: number): string {
  const hash = createHash('sha256').update(`${base}/${index}`).digest();
  const variant = (0x8 | ((hash[0] ?? 0) & 0x3)).toString(16);
  const order = index.toString(16).padStart(6, '0').slice(-6);
  // Layout: 48 bits of the time of the call, the version 7, the row number with the variant in its middle, the hash.
  return `${base.slice(0, 13)}-7${order.slice(0, 3)}-${variant}${order.slice(3)}-${hash.toString('hex', 1, 7)}`;
}
