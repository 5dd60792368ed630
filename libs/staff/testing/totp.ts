import { createHmac } from 'node:crypto';

/** Bytes of a base32 text (RFC 4648). */
function base32(text: string): Buffer {
  const bits = [...text.replace(/=+$/, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => parseInt(byte, 2)) ?? []);
}

/** The code that an authenticator app shows for an otpauth URI (RFC 6238: SHA-1, 30 s, 6 digits). */
export function totpCode(uri: string, at = Date.now()): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', base32(new URL(uri).searchParams.get('secret') ?? ''))
    .update(counter)
    .digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** A code of six digits that the app does not show around this time. */
export function wrongTotpCode(uri: string): string {
  const near = [-60_000, -30_000, 0, 30_000, 60_000].map((ms) => totpCode(uri, Date.now() + ms));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.includes(code)) ?? '';
}
