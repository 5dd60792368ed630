import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { callingCodeLength } from './calling-codes';

/** What an address stands for. */
export type RecipientKind = 'phone' | 'group' | 'channel' | 'lid' | 'handle';

/** The canonical form of an address, or why it has none. */
export type NormalisedRecipient =
  { ok: true; recipient: string; kind: RecipientKind } | { ok: false; code: 'invalid_recipient'; message: string };

/** Longer texts are no address; also what bounds the time any text takes. */
const longest = 128;

/**
 * The one form under which a recipient is stored and compared: `+E.164`, `…@g.us`, `…@newsletter`, `…@lid` or `@handle`.
 * Takes phones as people and other systems write them: with spaces, dashes, brackets, digits of other scripts, a 00 prefix, or in the national
 * form of `defaultCountry` (ISO 3166-1 alpha-2); and WhatsApp ids with or without a device suffix. Never reads a phone off the
 * digits of a LID. Total: any text has an answer.
 */
export function normaliseRecipient(raw: string, defaultCountry: string): NormalisedRecipient {
  // What is E.164 already is most of a large send, and must not cost a parse.
  if (raw.charCodeAt(0) === plus && raw.length <= 16 && isDigits(raw, 1) && isPlainE164(raw.slice(1))) return phone(raw);
  if (raw.length > longest) return invalid(`An address has at most ${longest} characters.`);
  const at = raw.lastIndexOf('@');
  return at === -1 ? phoneIn(raw, defaultCountry) : fromJid(raw, at);
}

const plus = 0x2b;

function phone(recipient: string): NormalisedRecipient {
  return { ok: true, recipient, kind: 'phone' };
}

function invalid(message: string): NormalisedRecipient {
  return { ok: false, code: 'invalid_recipient', message };
}

function isDigits(text: string, from: number): boolean {
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 48 || c > 57) return false;
  }
  return text.length > from;
}

/** A known calling code and 8 to 15 digits in all. A zero after the code may be a trunk prefix that does not belong there: not plain. */
function isPlainE164(digits: string): boolean {
  if (digits.length < 8 || digits.length > 15) return false;
  const code = callingCodeLength(digits);
  return code > 0 && digits.charCodeAt(code) !== 48;
}

function fromJid(raw: string, at: number): NormalisedRecipient {
  const text = raw.trim();
  const local = text.slice(0, at - (raw.length - raw.trimStart().length));
  if (local === '') return handle(text);
  const id = withoutDevice(local);
  switch (text.slice(local.length + 1).toLowerCase()) {
    case 's.whatsapp.net':
    case 'c.us': {
      const digits = id.startsWith('+') ? id.slice(1) : id;
      return (isDigits(digits, 0) && international(digits)) || invalid('The WhatsApp id does not hold a phone number.');
    }
    case 'lid':
      return isDigits(id, 0) && id.length <= 20
        ? { ok: true, recipient: `${id}@lid`, kind: 'lid' }
        : invalid('A privacy id is digits and @lid.');
    case 'g.us':
      return /^\d{5,25}(-\d{5,20})?$/.test(local)
        ? { ok: true, recipient: `${local}@g.us`, kind: 'group' }
        : invalid('A group id is digits, optionally a dash and digits, and @g.us.');
    case 'newsletter':
      return isDigits(local, 0) && local.length <= 40
        ? { ok: true, recipient: `${local}@newsletter`, kind: 'channel' }
        : invalid('A channel id is digits and @newsletter.');
    default:
      return invalid('The address ends in no known WhatsApp domain.');
  }
}

/** `447700900101:42` is a device of `447700900101`. */
function withoutDevice(local: string): string {
  const colon = local.indexOf(':');
  return colon > 0 && isDigits(local, colon + 1) ? local.slice(0, colon) : local;
}

function handle(text: string): NormalisedRecipient {
  const name = text.slice(1).toLowerCase();
  return /^[a-z0-9._]{3,35}$/.test(name) && /[a-z]/.test(name)
    ? { ok: true, recipient: `@${name}`, kind: 'handle' }
    : invalid('A handle is @ and 3 to 35 letters, digits, dots or underscores, at least one of them a letter.');
}

/** What people put between digits: spaces, dashes, dots, slashes, brackets, and marks that show nothing (also what copying out of a contact app leaves). */
const noise = /[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\-\u2010-\u2015\u2212\uff0d().\u00b7/\uff08\uff09\uff0e[\]]/g;

function phoneIn(raw: string, defaultCountry: string): NormalisedRecipient {
  const text = raw.replace(noise, '').replace(/[^\x00-\x7f]/g, toAscii);
  const hasPlus = text.startsWith('+');
  const digits = hasPlus ? text.slice(1) : text;
  if (!isDigits(digits, 0)) return invalid('The address is neither a phone number nor a WhatsApp id.');
  const result =
    hasPlus || digits.startsWith('00')
      ? international(digits.replace(/^0+/, ''))
      : (national(digits, defaultCountry) ?? international(digits));
  return result ?? invalid('The digits are not a phone number.');
}

/** Full-width, Arabic-Indic and Persian digits, and the full-width plus. Anything else stays, and is refused. */
function toAscii(c: string): string {
  const code = c.charCodeAt(0);
  if (code === 0xff0b) return '+';
  for (const zero of [0xff10, 0x0660, 0x06f0]) if (code >= zero && code <= zero + 9) return String(code - zero);
  return c;
}

/** Digits that begin with a calling code; null when they are no number. */
function international(digits: string, parsesLeft?: number): NormalisedRecipient | null {
  if (isPlainE164(digits)) return phone(`+${digits}`);
  return e164(`+${digits}`, undefined, parsesLeft);
}

/** Digits as they are dialled inside the country; null when they are no number there. */
function national(digits: string, country: string): NormalisedRecipient | null {
  return e164(digits, country as CountryCode);
}

/** Parses until nothing changes: a number that lost one trunk zero may still have another, and must not become a third number when it is read again. */
function e164(text: string, country?: CountryCode, parsesLeft = 4): NormalisedRecipient | null {
  if (text.length > 24 || parsesLeft === 0) return null;
  const parsed = parsePhoneNumberFromString(text, country);
  if (!parsed?.isPossible() || parsed.number.length > 16) return null;
  return parsed.number === text ? phone(text) : international(parsed.number.slice(1), parsesLeft - 1);
}
