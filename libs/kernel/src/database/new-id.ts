import { createHash } from 'node:crypto';
import { v7 } from 'uuid';

/** A new UUIDv7: ids sort by the time they were made, so indexes grow at one end. */
export function newId(): string {
  return v7();
}

const maxIdTimeMs = 2 ** 48 - 1;

/** The smallest id of a time: those made before it are smaller, those made after it larger. Times that no id has become the nearest. */
export function firstIdAt(at: Date): string {
  const ms = Math.min(Math.max(at.getTime(), 0), maxIdTimeMs).toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-0000-0000-000000000000`;
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
