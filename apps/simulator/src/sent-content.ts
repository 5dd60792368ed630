import { hash } from 'node:crypto';
import type { Json } from './http';

/** Members of a send body that form the message; others are ignored, as at the provider. */
const counted = [
  'audioUrl',
  'contact',
  'documentUrl',
  'fileName',
  'imageUrl',
  'location',
  'mentions',
  'poll',
  'replyTo',
  'stickerUrl',
  'text',
  'videoUrl',
  'viewOnce',
] as const;

/** Returns the content of a send with sorted members: equal contents give equal JSON. */
export function contentOf(body: Json): Json {
  const content: Json = {};
  for (const name of counted) if (body[name] !== undefined) content[name] = sorted(body[name]);
  return content;
}

/** Returns the SHA-256 of the members of a content as a JSON list of `[name, value]`, in hex. */
export const contentHash = (content: Json): string => hash('sha256', JSON.stringify(Object.entries(content)), 'hex');

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

/**
 * Returns the digits of a phone number in any spelling, the phone number of a LID, or another JID unchanged. An independent implementation:
 * that of the product is never used here.
 */
export function canonicalRecipient(to: string): string {
  const at = to.indexOf('@');
  if (at < 0) return to.replace(/\D/g, '');
  if (to.endsWith('@lid')) return phoneOfLid(to) ?? to;
  if (at > 0 && /@(s\.whatsapp\.net|c\.us)$/.test(to)) return to.slice(0, at).split(':', 1)[0]?.replace(/\D/g, '') ?? '';
  return to;
}

// A linear permutation of the numbers below 10^14.
const range = 10n ** 14n;
const factor = 73_529_481_637_033n;
const inverse = 67_067_762_636_697n;
const shift = 30_000_000_000_007n;

/** Returns the privacy id of a phone number of up to 14 digits: one to one, with 15 digits like a phone number. */
export function lidOf(digits: string): string {
  return `2${((BigInt(digits) * factor + shift) % range).toString().padStart(14, '0')}@lid`;
}

/** Returns the phone number of a privacy id; null when there is none. */
export function phoneOfLid(lid: string): string | null {
  const match = /^2(\d{14})(?::\d+)?@lid$/.exec(lid);
  if (!match) return null;
  const phone = ((((BigInt(match[1] as string) - shift + range) % range) * inverse) % range).toString();
  return phone.length >= 7 ? phone : null;
}

/** True when a canonical recipient is a phone number, not a group or a channel. */
export const isPhone = (recipient: string): boolean => /^\d+$/.test(recipient);

/** Returns the JID of a canonical recipient. */
export const jidOf = (recipient: string): string => (isPhone(recipient) ? `${recipient}@s.whatsapp.net` : recipient);
