import { AppError } from '@heliograph/kernel';

/** Returns the checked Idempotency-Key header. @throws AppError `invalid_idempotency_key` */
export function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw new AppError('invalid', 'invalid_idempotency_key', 'Idempotency-Key must be 1 to 255 visible ASCII characters.', {
      path: 'Idempotency-Key',
    });
  }
  return header;
}
