import { createHash } from 'node:crypto';
import { v7 } from 'uuid';

/** A new UUIDv7: ids sort by the time they were made, so indexes grow at one end. */
export function newId(): string {
  return v7();
}

const maxIdTimeMs = 2 ** 48 - 1;
/** Most time between the time in an id and that of its row: clocks that differ, and work that was done late. */
const idSlackMs = 86_400_000;

/** An id that is smaller than those of rows of this time and later, by at most a day. */
export const idBefore = (at: Date): string => idOfTime(at.getTime() - idSlackMs);

/** An id that is larger than those of rows before this time, by at most a day. */
export const idAfter = (at: Date): string => idOfTime(at.getTime() + idSlackMs);

/** The smallest id of a time; of times that no id has, of the nearest that one has. */
function idOfTime(ms: number): string {
  const time = Math.min(Math.max(ms, 0), maxIdTimeMs).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}

/**
 * An id that follows from another one and a text: the same again for the same two, so that what is made twice is stored once.
 * It lies beside `base` in time.
 * @param base a UUIDv7
 */
export function derivedId(base: string, text: string): string {
  const hash = createHash('sha256').update(`${base}/${text}`).digest('hex');
  return `${base.slice(0, 13)}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
}

/**
 * An id that follows from the id of a call and the number of a row in it: the same again for the same two, beside `base` in time.
 * Ids ascend from each 4,096 rows to the next, so that rows of one call lie together.
 * @param base a UUIDv7
 */
export function derivedRowId(base: string, index: number): string {
  const hash = createHash('sha256').update(`${base}/${index}`).digest();
  const variant = (0x8 | ((hash[0] ?? 0) & 0x3)).toString(16);
  const order = index.toString(16).padStart(6, '0').slice(-6);
  // 48 bits of the call's time, version 7, then the row's number with the variant in its middle, then the hash.
  return `${base.slice(0, 13)}-7${order.slice(0, 3)}-${variant}${order.slice(3)}-${hash.toString('hex', 1, 7)}`;
}
