import { hash, randomBytes } from 'node:crypto';

const secretStart = 'hg_live_';
const secretPattern = /^hg_live_[0-9a-f]{64}$/;

/** A new API key: `hg_live_` and 256 random bits in hex. Shown once, never stored. */
export function newKeySecret(bits: Buffer = randomBytes(32)): string {
  return secretStart + bits.toString('hex');
}

/** False for what cannot be a key of ours; spares a query for junk. */
export function looksLikeKey(secret: string): boolean {
  return secretPattern.test(secret);
}

/** The part people see, e.g. `hg_live_ab12cd`: leaves 232 bits unknown. */
export function keyPrefix(secret: string): string {
  return secret.slice(0, secretStart.length + 6);
}

/** SHA-256, what is stored. A plain hash will do: there is nothing to guess in 256 random bits. */
export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
