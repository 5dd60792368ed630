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
