import { getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max';
import { callingCodeLength, isMobileLength, trunkOf } from '../calling-codes';
import { normaliseRecipient } from '../recipient';
import type { RefusalReason } from './contact-import';

/** The address in a cell, or the reason why it has none. */
export type PhoneCell = { address: string } | { reason: RefusalReason; country?: string };

/** A number that a spreadsheet shows as a power of ten. */
const powerOfTen = /^[+-]?\d+(?:[.,]\d*)?\s*[eE]\s*[+-]?\d+$/;
/** Number whose last digits a spreadsheet replaced by zeros when it stored it in scientific notation. */
const onlyZeros = /^\+?\d{4,9}0{6,}(?:[.,]0+)?$/;
const between = /[,;|&\n\r]|\s\/\s|\/|\s(?:or|ou|o|oder|e|y|et|and|und|أو)\s/iu;
/** Faults that depend on the country of a number without a country code. */
const ofCountry: readonly RefusalReason[] = ['number_too_short', 'number_too_long', 'ambiguous_number'];
const digitsOf = (text: string): number => text.replace(/\D/g, '').length;

/**
 * Reads the address in a cell. A number that lost digits in a spreadsheet is refused: nobody knows which ones. So is a cell with two
 * numbers, and digits that may be two different numbers.
 */
export function readPhoneCell(text: string, country: string): PhoneCell {
  const written = text.trim();
  if (powerOfTen.test(written) || onlyZeros.test(written.replaceAll(/[\s()-]/g, ''))) return { reason: 'lost_digits' };
  const read = normaliseRecipient(written, country);
  if (read.ok) return read.kind === 'phone' || read.kind === 'lid' ? { address: read.recipient } : { reason: 'not_a_person' };
  const reason = faultOf(written, country);
  const isNational = ofCountry.includes(reason) && !/^(?:\+|00)/.test(written);
  return { reason, ...(isNational && { country }) };
}

function faultOf(text: string, country: string): RefusalReason {
  const parts = text.split(between).filter((part) => digitsOf(part) >= 5);
  if (parts.length > 1) return 'two_numbers';
  const digits = digitsOf(text);
  if (digits < 5) return 'not_a_phone';
  if (/\p{L}/u.test(text)) return 'letters_in_number';
  const hasCode = /^\s*(?:\+|00)/.test(text);
  const all = text.replace(/\D/g, '');
  const wrong = lengthFault(hasCode ? all.replace(/^00/, '') : inCountry(all, country));
  return wrong ?? (hasCode ? 'not_a_phone' : 'ambiguous_number');
}

/** Returns national digits after the calling code of the country, without the trunk prefix. */
function inCountry(digits: string, country: string): string {
  if (!isSupportedCountry(country)) return '';
  const code = getCountryCallingCode(country);
  const trunk = trunkOf(code, code.length) ?? '0';
  return code + (digits.startsWith(trunk) ? digits.slice(trunk.length) : digits);
}

/** Compares the number of digits after the calling code with the mobile numbers there. */
function lengthFault(digits: string): 'number_too_short' | 'number_too_long' | null {
  const code = callingCodeLength(digits.padEnd(3, '0'));
  if (code === 0) return null;
  const lengths = Array.from({ length: 16 - code }, (_, i) => i + 1).filter((n) =>
    isMobileLength(digits.slice(0, code).padEnd(code + n, '0'), code),
  );
  const count = digits.length - code;
  if (lengths.length === 0) return null;
  return count < Math.min(...lengths) ? 'number_too_short' : count > Math.max(...lengths) ? 'number_too_long' : null;
}
