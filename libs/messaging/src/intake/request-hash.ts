import { hash } from 'node:crypto';
import { twinOf } from '@heliograph/contacts';
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

/**
 * SHA-256 of a recipient and what it is sent; what the content guard compares within a tenant. Two spellings of one number are one recipient. `scope` tells apart sends that
 * may repeat each other (a campaign and its step).
 */
export function contentHash(recipient: string, content: unknown, scope = ''): Buffer {
  const twin = twinOf(recipient);
  const person = twin !== null && twin < recipient ? twin : recipient;
  return hash('sha256', `${person}\0${scope}\0${canonicalJson(content)}`, 'buffer');
}
