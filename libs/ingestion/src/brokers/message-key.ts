import { createHash } from 'node:crypto';

/** Maximum characters of a key. */
const maxKeyChars = 255;

/**
 * Returns a key of 1 to 255 printable ASCII characters for these parts; different parts give different keys. A key that does not fit is
 * hashed.
 */
export function keyOf(kind: 'ce' | 'broker', ...parts: string[]): string {
  const key = [kind, ...parts.map((part) => encodeURIComponent(part.toWellFormed()))].join(':');
  return key.length <= maxKeyChars ? key : `${kind}:sha256:${createHash('sha256').update(key).digest('base64url')}`;
}

/**
 * Returns a natural key that fits a column and an index, for any key of the broker.
 * @param attributes those in headers: in binary mode they include the id, so that two messages with equal bodies differ
 */
export function naturalKeyOf(given: string | null, body: Buffer, attributes: [name: string, value: string][]): string {
  if (given !== null) return given.length <= maxKeyChars ? given : `sha256:${createHash('sha256').update(given).digest('base64url')}`;
  const hash = createHash('sha256').update(body);
  if (attributes.length > 0) hash.update(JSON.stringify(attributes.toSorted()));
  return `sha256:${hash.digest('base64url')}`;
}
