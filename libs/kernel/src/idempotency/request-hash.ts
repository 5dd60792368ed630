import { createHash, hash } from 'node:crypto';
import { configure } from 'safe-stable-stringify';
import { mapInSlices } from '../bulk/slices';

const stringify = configure({ deterministic: true, circularValue: Error });

/**
 * Returns JSON in which the members of every object are sorted, so that equal values have equal texts. Omits absent members; an absent
 * value is empty.
 */
export function canonicalJson(value: unknown): string {
  return stringify(value) ?? '';
}

/** Returns the SHA-256 of a request, independent of the order of its members. `scope` separates routes that accept the same body. */
export function requestHash(body: unknown, scope = ''): Buffer {
  return hash('sha256', `${scope}\0${canonicalJson(body)}`, 'buffer');
}

/** As `requestHash` of an array. Other requests run between its rows. */
export async function rowsHash(rows: readonly unknown[]): Promise<Buffer> {
  const sum = createHash('sha256').update('\0[');
  await mapInSlices(rows, (row, i) => void sum.update(`${i === 0 ? '' : ','}${canonicalJson(row) || 'null'}`));
  return sum.update(']').digest();
}
