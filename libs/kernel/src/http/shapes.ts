import { z } from 'zod';

const earliest = Date.parse('0001-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

/** An RFC 3339 time that PostgreSQL and `Date` both hold: years 1 to 9999, at most 40 characters. */
export const instant = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine((text) => {
    const at = Date.parse(text);
    return at >= earliest && at <= latest;
  }, 'A time is within the years 1 to 9999.');

/** A text to search for. Refuses U+0000 and lone surrogates, which no stored text has. */
export const searchText = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !text.includes('\0') && text.isWellFormed(), 'The text has a character that no stored text has.');

/** Largest number that an `int` column holds. */
export const maxInt = 2_147_483_647;

/** Blanks, line ends and marks without a width, along the ends of a text. */
const pastedAround = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu;

/** A secret that travels in a header. Drops blanks and zero-width marks around it; inside, only printable ASCII passes. */
export const headerSecret = (min: number, max: number) =>
  z
    .string()
    .overwrite((text) => text.replace(pastedAround, ''))
    .min(min)
    .max(max)
    .regex(/^[\x21-\x7e]*$/, 'A secret is printable ASCII without spaces.');
