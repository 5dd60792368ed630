import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type PhoneNumber,
} from 'libphonenumber-js/max';
import { callingCodeLength, isMobileLength, longestMobile, trunkOf } from './calling-codes';
import { twinOf } from './phone-twins';

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
 * form of `defaultCountry` (ISO 3166-1 alpha-2), never guessing between two readings; and WhatsApp ids with or without a device suffix. Never reads a phone off the
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
const zero = 0x30;

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

/**
 * True when digits behind a `+` need no parse: a known calling code, a length that mobiles have there, and nothing that may be a trunk
 * prefix that does not belong behind the code.
 */
function isPlainE164(digits: string): boolean {
  if (digits.length > 15) return false;
  const code = callingCodeLength(digits);
  if (code === 0 || digits.charCodeAt(code) === zero || !isMobileLength(digits, code)) return false;
  const trunk = trunkOf(digits, code);
  return trunk === null || !digits.startsWith(trunk, code);
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

const ambiguous = 'The digits are no phone number for certain: write it with + or 00 and the country code.';

function phoneIn(raw: string, defaultCountry: string): NormalisedRecipient {
  const written = raw.replace(/[^\x00-\x7f]/g, toAscii).trim();
  const text = (spreadsheetNumber.exec(written)?.[1] ?? written).replace(noise, '');
  const hasPlus = text.startsWith('+');
  const digits = hasPlus ? text.slice(1) : text;
  if (!isDigits(digits, 0)) return invalid('The address is neither a phone number nor a WhatsApp id.');
  if (hasPlus || digits.startsWith('00'))
    return international(digits.replace(/^0+/, '')) ?? invalid('The digits behind the + or 00 are no phone number of any country.');
  return undecorated(digits, defaultCountry) ?? invalid(ambiguous);
}

/** A number that a spreadsheet took for a quantity. */
const spreadsheetNumber = /^(\+?\d{7,})\.0+$/;

/** Full-width, Arabic-Indic and Persian digits, and the full-width plus. Anything else stays, and is refused. */
function toAscii(c: string): string {
  const code = c.charCodeAt(0);
  if (code === 0xff0b) return '+';
  for (const zero of [0xff10, 0x0660, 0x06f0]) if (code >= zero && code <= zero + 9) return String(code - zero);
  return c;
}

/**
 * Digits that begin with a calling code; null when they are no number. Where a trunk prefix or the calling code once more stands
 * behind the code, and the number is none with it, it is left out.
 */
function international(digits: string): NormalisedRecipient | null {
  const code = callingCodeLength(digits);
  if (isPlainE164(digits) || twinOf(`+${digits}`)) return phone(`+${digits}`);
  if (code === 0 || digits.length > 20) return null;
  const asWritten = parse(`+${digits}`);
  const rest = digits.slice(code);
  const callingCode = digits.slice(0, code);
  const shorter = [trunkOf(digits, code), callingCode, '0'].flatMap((prefix) => {
    const without = prefix && rest.startsWith(prefix) ? `${callingCode}${rest.slice(prefix.length)}` : null;
    return without && (isPlainE164(without) || parse(`+${without}`)?.isValid()) ? [without] : [];
  });
  if (asWritten?.isValid()) {
    // Plans without fixed lengths take nearly anything for a number: a repeated calling code stays in doubt.
    const isDoubtful = asWritten.nationalNumber.length > longestMobile(digits, code) && rest.startsWith(callingCode) && shorter.length > 0;
    return isDoubtful ? null : canonical(asWritten);
  }
  if (asWritten && asWritten.number !== `+${digits}`) return international(asWritten.number.slice(1));
  return shorter[0] ? international(shorter[0]) : null;
}

/** A parse may leave a prefix in that the next one takes out: the number is what a parse does not change. */
function canonical(parsed: PhoneNumber): NormalisedRecipient | null {
  if (parsed.number.length > 16) return null;
  const again = parse(parsed.number);
  return !again || again.number === parsed.number ? phone(parsed.number) : international(again.number.slice(1));
}

/**
 * Digits without + or 00. National with the country's trunk prefix or where they are a valid number there, international where they are
 * one so; null when they are both, or neither.
 */
function undecorated(digits: string, country: string): NormalisedRecipient | null {
  const inside = isSupportedCountry(country) ? parse(digits, country) : undefined;
  // Behind the prefix that is dialled for abroad.
  if (inside && inside.countryCallingCode !== getCountryCallingCode(country as CountryCode)) return international(inside.number.slice(1));
  if (digits.startsWith('0')) {
    if (!inside) return null;
    const number = inside.number.slice(1);
    return inside.isValid() ? canonical(inside) : isPlainE164(number) ? phone(inside.number) : null;
  }
  const national = inside?.isValid() && isOfUsualLength(inside) ? canonical(inside) : null;
  const outside = international(digits);
  if (!national || !outside) return national ?? outside;
  if (recipientOf(national) === recipientOf(outside)) return national;
  return parse(recipientOf(outside))?.isValid() ? null : national;
}

const recipientOf = (of: NormalisedRecipient) => (of.ok ? of.recipient : '');

/** A plan without fixed lengths takes a foreign number for a long number of its own. */
function isOfUsualLength({ number, nationalNumber }: PhoneNumber): boolean {
  const digits = number.slice(1);
  return nationalNumber.length <= longestMobile(digits, callingCodeLength(digits));
}

function parse(text: string, country?: CountryCode): PhoneNumber | undefined {
  return text.length > 24 ? undefined : parsePhoneNumberFromString(text, country);
}
