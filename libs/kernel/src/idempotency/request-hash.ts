import { hash } from 'node:crypto';
import { configure } from 'safe-stable-stringify';

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
