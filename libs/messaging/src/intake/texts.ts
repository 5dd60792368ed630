import { cleanText } from '@heliograph/kernel';
import { z } from 'zod';

/**
 * A text of 1 to `most` characters, counted as Unicode code points, not blank. Characters that cannot be stored (U+0000, lone
 * surrogates) are dropped, everything else is kept byte for byte.
 */
export function text(most: number) {
  return z
    .string()
    .overwrite(cleanText)
    .check((payload) => {
      const { value, issues } = payload;
      if (!/\S/.test(value)) {
        issues.push({ code: 'too_small', origin: 'string', minimum: 1, input: value, message: 'The text is empty.' });
      } else if (value.length > most && (value.length > 2 * most || codePoints(value) > most)) {
        issues.push({
          code: 'too_big',
          origin: 'string',
          maximum: most,
          input: value,
          message: `The text has more than ${most} characters (Unicode code points).`,
        });
      }
    })
    .meta({ minLength: 1, maxLength: most });
}

function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

/** An absolute http or https address of at most 2,048 characters, kept as it is written. */
export const webAddress = z
  .string()
  .check(({ value, issues }) => {
    if (value.length > 2_048)
      issues.push({
        code: 'too_big',
        origin: 'string',
        maximum: 2_048,
        input: value,
        message: 'The address has more than 2048 characters.',
      });
    // A parser forgives spaces and line breaks inside an address; the provider that fetches it may not.
    else if (!/^https?:\/\/[^\s\u0000-\u001f\u007f]+$/i.test(value) || !URL.canParse(value)) {
      issues.push({ code: 'invalid_format', format: 'url', input: value, message: 'The address is not an absolute http or https URL.' });
    }
  })
  .meta({ format: 'uri', maxLength: 2_048, example: 'https://example.com/offer.jpg' });
