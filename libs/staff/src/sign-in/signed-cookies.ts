import { createHmac, timingSafeEqual } from 'node:crypto';

/** Length of an HMAC-SHA256 in base64. */
const signatureLength = 44;

const signatureOf = (value: string, secret: string): Buffer => createHmac('sha256', secret).update(value).digest();

/**
 * Returns a Cookie header whose cookies are signed with the first secret where a later one signed them: the library verifies with the
 * first alone, and a new first key of the ring must sign nobody out. What none of them signed stays as it is, and is worth nothing.
 */
export function renewSignatures(header: string, secrets: readonly string[]): string {
  const [first = '', ...older] = secrets;
  if (older.length === 0) return header;
  return header
    .split(';')
    .map((part) => {
      const at = part.indexOf('=');
      const [value, signature] = at > 0 ? signedValue(part.slice(at + 1).trim()) : [];
      if (value === undefined || signature === undefined || !older.some((secret) => isSignature(signature, value, secret))) return part;
      return `${part.slice(0, at)}=${encodeURIComponent(`${value}.${signatureOf(value, first).toString('base64')}`)}`;
    })
    .join(';');
}

/** Returns value and signature of a cookie, in the form of better-call: `encodeURIComponent(value.signature)`. */
function signedValue(cookie: string): [value?: string, signature?: string] {
  let text: string;
  try {
    text = decodeURIComponent(cookie);
  } catch {
    return [];
  }
  const at = text.lastIndexOf('.');
  return at > 0 && text.length - at - 1 === signatureLength ? [text.slice(0, at), text.slice(at + 1)] : [];
}

function isSignature(given: string, value: string, secret: string): boolean {
  const wanted = signatureOf(value, secret);
  const bytes = Buffer.from(given, 'base64');
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}
