import { AppError } from '@heliograph/kernel';
import { normaliseRecipient } from './recipient';

/** Returns the canonical form of an address from a client; `sha256:<hex>` stays as it is. @throws AppError `invalid_address` */
export function canonicalAddress(given: string, defaultCountry: string, path: string): string {
  const read = readAddress(given, defaultCountry);
  if (!read.ok)
    throw new AppError('unprocessable', 'invalid_address', 'An address is not valid.', {
      errors: [{ path, code: read.code, message: read.message }],
    });
  return read.recipient;
}

/**
 * Returns the canonical forms of addresses from a client; `sha256:<hex>` stays as it is. @throws AppError `invalid_address` with the path
 * of every invalid address
 */
export function canonicalAddresses(given: string[], defaultCountry: string, path: string): string[] {
  const read = given.map((text) => readAddress(text, defaultCountry));
  const errors = read.flatMap((one, i) => (one.ok ? [] : [{ path: `${path}/${i}`, code: one.code, message: one.message }]));
  if (errors.length > 0) throw new AppError('unprocessable', 'invalid_address', 'An address is not valid.', { errors });
  return [...new Set(read.flatMap((one) => (one.ok ? [one.recipient] : [])))];
}

const readAddress = (text: string, defaultCountry: string) =>
  /^sha256:[0-9a-f]{64}$/.test(text) ? { ok: true as const, recipient: text } : normaliseRecipient(text, defaultCountry);
