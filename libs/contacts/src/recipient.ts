import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type PhoneNumber,
} from 'libphonenumber-js/max';
import { callingCodeLength, hasZeroTrunk, isMobileLength, maxMobileDigits, trunkOf } from './calling-codes';
import { twinOf } from './phone-twins';

/** Kind of an address. */
export type RecipientKind = 'phone' | 'group' | 'channel' | 'lid' | 'handle';

/** Canonical form of an address, or the reason why it has none. */
export type NormalisedRecipient =
  { ok: true; recipient: string; kind: RecipientKind } | { ok: false; code: 'invalid_recipient'; message: string };

/** Maximum characters of an address; also limits the time to parse any text. */
const maxChars = 128;

/**
 * Returns the single form in which a recipient is stored and compared: `+E.164`, `…@g.us`, `…@newsletter`, `…@lid` or `@handle`.
 * Accepts phone numbers as people and other systems write them: with spaces, dashes, brackets, digits of other scripts, a 00 prefix, or in
 * the national form of `defaultCountry` (ISO 3166-1 alpha-2); and WhatsApp ids with or without a device suffix. Refuses a number with two
 * possible readings, and never reads the digits of a LID as a phone number. Total: never throws.
 */
export function normaliseRecipient(raw: string, defaultCountry: string): NormalisedRecipient {
  // Most addresses of a large batch are E.164 already; this avoids a parse.
  if (raw.charCodeAt(0) === plus && raw.length <= 16 && isDigits(raw, 1) && isPlainE164(raw.slice(1))) return phone(raw);
  if (raw.length > maxChars) return invalid(`An address has at most ${maxChars} characters.`);
  const at = raw.lastIndexOf('@');
  return at === -1 ? phoneIn(raw, defaultCountry) : fromJid(raw, at);
}

/**
 * Returns the phone that was meant by one whose country was wrong: its digits, or those after its calling code, are a national number of this
 * country. Null when neither or each of them is one, when it stays the same phone, and for an address of another kind.
 */
export function inCountry(recipient: string, country: string): string | null {
  if (recipient.charCodeAt(0) !== plus || !isSupportedCountry(country)) return null;
  const digits = recipient.slice(1);
  const meant = [digits, digits.slice(callingCodeLength(digits))].flatMap((national) => {
    const parsed = parse(national, country);
    if (!parsed?.isValid() || parsed.countryCallingCode !== getCountryCallingCode(country)) return [];
    const number = international(parsed.number.slice(1));
    return number?.ok ? [number.recipient] : [];
  });
  const [phone, other] = [...new Set(meant)];
  return phone !== undefined && other === undefined && phone !== recipient ? phone : null;
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
 * True when digits after a `+` need no parse: a known calling code, the length of a mobile number there, and no possible trunk prefix or
 * repeated calling code after the code.
 */
function isPlainE164(digits: string): boolean {
  if (digits.length > 15) return false;
  const code = callingCodeLength(digits);
  if (code === 0 || digits.charCodeAt(code) === zero || !isMobileLength(digits, code)) return false;
  const trunk = trunkOf(digits, code);
  if (trunk !== null && digits.startsWith(trunk, code)) return false;
  return !digits.startsWith(digits.slice(0, code), code) || !isMobileLength(digits.slice(code), code);
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
        : invalid('A privacy id must be digits and @lid.');
    case 'g.us':
      return /^\d{5,25}(-\d{5,20})?$/.test(local)
        ? { ok: true, recipient: `${local}@g.us`, kind: 'group' }
        : invalid('A group id must be digits, optionally a dash and digits, and @g.us.');
    case 'newsletter':
      return isDigits(local, 0) && local.length <= 40
        ? { ok: true, recipient: `${local}@newsletter`, kind: 'channel' }
        : invalid('A channel id must be digits and @newsletter.');
    default:
      return invalid('The address does not end in a known WhatsApp domain.');
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
    : invalid('A handle must be @ and 3 to 35 letters, digits, dots or underscores, with at least one letter.');
}

/**
 * Characters that people put between digits, besides dots: spaces, dashes, slashes, brackets, and invisible marks (also those copied from a
 * contact app).
 */
const noise = /[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\-\u2010-\u2015\u2212\uff0d()\u00b7/\uff08\uff09[\]]/g;
const dots = /[.\uff0e]/g;

const ambiguous = 'The digits are not a phone number for certain: write it with + or 00 and the country code.';

function phoneIn(raw: string, defaultCountry: string): NormalisedRecipient {
  const written = raw.replace(/[^\x00-\x7f]/g, toAscii).trim();
  const text = written.replace(noise, '');
  const [, number = '', zeros = ''] = decimal.exec(text) ?? [];
  const whole = number.replace(dots, '');
  if (whole.replace('+', '').length < minQuantityDigits) return withoutDots(text.replace(dots, ''), defaultCountry);
  // No group of a number is a single 0, and a quantity has no groups.
  if (zeros === '0' || (number === whole && text === written)) return withoutDots(whole, defaultCountry);
  // As in 06.12.34.56.00 of France.
  const readings = [whole, whole + zeros].map((digits) => withoutDots(digits, defaultCountry)).filter((reading) => reading.ok);
  return readings.length === 2 ? invalid(ambiguous) : (readings[0] ?? invalid(ambiguous));
}

/** A decimal point and zeros, as in a number that a spreadsheet formatted as a quantity. */
const decimal = /^(\+?[\d.\uff0e]*\d)[.\uff0e](0+)$/;
/** Minimum length of the part before the decimal point. */
const minQuantityDigits = 7;

function withoutDots(text: string, defaultCountry: string): NormalisedRecipient {
  const hasPlus = text.startsWith('+');
  const digits = hasPlus ? text.slice(1) : text;
  if (!isDigits(digits, 0)) return invalid('The address is neither a phone number nor a WhatsApp id.');
  if (hasPlus || digits.startsWith('00'))
    return international(digits.replace(/^0+/, '')) ?? invalid('The digits after the + or 00 are not a phone number of any country.');
  return undecorated(digits, defaultCountry) ?? invalid(ambiguous);
}

/** Full-width, Arabic-Indic and Persian digits, and the full-width plus. Other characters stay, and are refused later. */
function toAscii(c: string): string {
  const code = c.charCodeAt(0);
  if (code === 0xff0b) return '+';
  for (const zero of [0xff10, 0x0660, 0x06f0]) if (code >= zero && code <= zero + 9) return String(code - zero);
  return c;
}

/**
 * Parses digits that start with a calling code; null when they are not a phone number. Drops a trunk prefix or a repeated calling code
 * after the code when the number is not valid with it.
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
    if (!without) return [];
    // Where nobody dials a 0 before a number, it is part of the number or a mistake.
    const isPrefix = prefix !== '0' || hasZeroTrunk(digits, code);
    return (isPrefix && isPlainE164(without)) || parse(`+${without}`)?.isValid() ? [without] : [];
  });
  if (asWritten?.isValid()) {
    // Numbering plans without fixed lengths accept nearly any number, so a repeated calling code is ambiguous.
    const isDoubtful =
      rest.startsWith(callingCode) &&
      asWritten.number === `+${digits}` &&
      ((asWritten.nationalNumber.length > maxMobileDigits(digits, code) && shorter.length > 0) || isMobile(digits.slice(code)));
    return isDoubtful ? null : canonical(asWritten);
  }
  if (asWritten && asWritten.number !== `+${digits}`) return international(asWritten.number.slice(1));
  return shorter[0] ? international(shorter[0]) : null;
}

/** True when the digits with their calling code are a valid number of a mobile. */
function isMobile(digits: string): boolean {
  const parsed = parse(`+${digits}`);
  return !!parsed?.isValid() && ['MOBILE', 'FIXED_LINE_OR_MOBILE'].includes(parsed.getType() ?? '');
}

/** Parses until the result is stable: a parse may keep a prefix that the next one drops. */
function canonical(parsed: PhoneNumber): NormalisedRecipient | null {
  if (parsed.number.length > 16) return null;
  const again = parse(parsed.number);
  return !again || again.number === parsed.number ? phone(parsed.number) : international(again.number.slice(1));
}

/**
 * Parses digits without + or 00: national with the country's trunk prefix or when valid there, international when valid as such; null when
 * both or neither.
 */
function undecorated(digits: string, country: string): NormalisedRecipient | null {
  const inside = isSupportedCountry(country) ? parse(digits, country) : undefined;
  // After the international dialling prefix.
  if (inside && inside.countryCallingCode !== getCountryCallingCode(country as CountryCode)) return international(inside.number.slice(1));
  if (digits.startsWith('0')) {
    const number = inside?.number.slice(1) ?? '';
    return inside?.isValid() || isPlainE164(number) ? international(number) : null;
  }
  const national = inside?.isValid() && isOfUsualLength(inside) ? international(inside.number.slice(1)) : null;
  const outside = international(digits);
  if (!national || !outside) return national ?? outside;
  if (recipientOf(national) === recipientOf(outside)) return national;
  return parse(recipientOf(outside))?.isValid() ? null : national;
}

const recipientOf = (of: NormalisedRecipient) => (of.ok ? of.recipient : '');

/** Numbering plans without fixed lengths accept a foreign number as a long number of their own. */
function isOfUsualLength({ number, nationalNumber }: PhoneNumber): boolean {
  const digits = number.slice(1);
  return nationalNumber.length <= maxMobileDigits(digits, callingCodeLength(digits));
}

function parse(text: string, country?: CountryCode): PhoneNumber | undefined {
  return text.length > 24 ? undefined : parsePhoneNumberFromString(text, country);
}
