import { createHash } from 'node:crypto';

/** Characters of a key. */
const maxKeyChars = 255;

/** A key of 1 to 255 printable ASCII characters from these parts: different parts, different key. What does not fit is hashed. */
export function keyOf(kind: 'ce' | 'broker', ...parts: string[]): string {
  const key = [kind, ...parts.map((part) => encodeURIComponent(part.toWellFormed()))].join(':');
  return key.length <= maxKeyChars ? key : `${kind}:sha256:${createHash('sha256').update(key).digest('base64url')}`;
}

/**
 * A natural key that fits a column and an index, whatever the broker gave.
 * @param attributes those in headers: in binary mode the id is among them, and two messages with one body are two
 */
export function naturalKeyOf(given: string | null, body: Buffer, attributes: [name: string, value: string][]): string {
  if (given !== null) return given.length <= maxKeyChars ? given : `sha256:${createHash('sha256').update(given).digest('base64url')}`;
  const hash = createHash('sha256').update(body);
  if (attributes.length > 0) hash.update(JSON.stringify(attributes.toSorted()));
  return `sha256:${hash.digest('base64url')}`;
}
