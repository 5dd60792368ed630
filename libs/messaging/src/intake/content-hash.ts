import { hash } from 'node:crypto';
import { twinOf } from '@heliograph/contacts';
import { canonicalJson } from '@heliograph/kernel';

/**
 * Returns the SHA-256 of a recipient and the content; the content guard compares it within a tenant. Two spellings of one number are one
 * recipient. `scope` separates sends that may repeat each other (a campaign and its step).
 */
export function contentHash(recipient: string, content: unknown, scope = ''): Buffer {
  const twin = twinOf(recipient);
  const person = twin !== null && twin < recipient ? twin : recipient;
  return hash('sha256', `${person}\0${scope}\0${canonicalJson(content)}`, 'buffer');
}
