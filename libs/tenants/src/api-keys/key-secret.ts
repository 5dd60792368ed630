import { randomBytes } from 'node:crypto';
import { sha256 } from '@heliograph/kernel';

const secretStart = 'hg_live_';
const secretPattern = /^hg_live_[0-9a-f]{64}$/;

/** Returns a new API key: `hg_live_` and 256 random bits in hex. Shown once, never stored. */
export function newKeySecret(bits: Buffer = randomBytes(32)): string {
  return secretStart + bits.toString('hex');
}

/** False for a text that cannot be one of our keys; saves a query for junk. */
export function looksLikeKey(secret: string): boolean {
  return secretPattern.test(secret);
}

/** Returns the visible part, e.g. `hg_live_ab12cd`: 232 bits stay unknown. */
export function keyPrefix(secret: string): string {
  return secret.slice(0, secretStart.length + 6);
}

/**
 * Returns the hash under which a key is stored that is limited to sessions. It differs from that of other keys, so that a process of a version
 * without such limits refuses the key, and so that a key whose limit was removed from its row is refused too.
 * @param hash `sha256` of the secret
 */
export function limitedKeyHash(hash: Buffer): Buffer {
  return sha256(`limited to sessions:${hash.toString('hex')}`);
}
