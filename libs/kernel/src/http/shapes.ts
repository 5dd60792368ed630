import { z } from 'zod';

const earliest = Date.parse('0001-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

/** An RFC 3339 time that both PostgreSQL and `Date` can represent: years 1 to 9999, at most 40 characters. */
export const instant = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine((text) => {
    const at = Date.parse(text);
    return at >= earliest && at <= latest;
  }, 'A time is within the years 1 to 9999.');

/** A search text. Refuses U+0000 and lone surrogates, which no stored text contains. */
export const searchText = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !text.includes('\0') && text.isWellFormed(), 'The text has a character that no stored text has.');

/** A wall-clock time of a day, 00:00 to 23:59. */
export const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM');

/** Maximum value of an `int` column. */
export const maxInt = 2_147_483_647;

/** Spaces, line ends and zero-width marks at the start and end of a text. */
const pastedAround = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu;

/** A secret that is sent in a header. Drops spaces and zero-width marks around it; inside, allows printable ASCII only. */
export const headerSecret = (min: number, max: number) =>
  z
    .string()
    .overwrite((text) => text.replace(pastedAround, ''))
    .min(min)
    .max(max)
    .regex(/^[\x21-\x7e]*$/, 'A secret is printable ASCII without spaces.');
