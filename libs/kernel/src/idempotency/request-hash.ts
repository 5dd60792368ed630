import { hash } from 'node:crypto';
import { configure } from 'safe-stable-stringify';

const stringify = configure({ deterministic: true, circularValue: Error });

/** JSON with the members of every object in one order, so that equal values have equal texts. Absent members are left out; an absent value is empty. */
export function canonicalJson(value: unknown): string {
  return stringify(value) ?? '';
}

/** SHA-256 of what was asked for, whatever the order of its members. `scope` tells apart routes that take the same body. */
export function requestHash(body: unknown, scope = ''): Buffer {
  return hash('sha256', `${scope}\0${canonicalJson(body)}`, 'buffer');
}
