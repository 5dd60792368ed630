import { hkdfSync } from 'node:crypto';

/** Secrets of the library that signs people in, from the keys of the ring; the first one seals. A version is a number made of the key's id. */
export function derivedSecrets(keyring: string): { version: number; value: string }[] {
  return keyring.split(',').map((part) => {
    const [id, key] = part.split(':') as [string, string];
    const bytes = Buffer.from(hkdfSync('sha256', Buffer.from(key, 'base64'), '', `heliograph staff sign-in ${id}`, 36));
    return { version: bytes.readUInt32BE(32), value: bytes.subarray(0, 32).toString('base64url') };
  });
}
