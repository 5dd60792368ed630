import { cleanText } from '@heliograph/kernel';
import { z } from 'zod';

/**
 * Schema of a text of 1 to `max` characters, counted as Unicode code points, that is not blank. Removes characters that cannot be stored
 * (U+0000, lone surrogates) and keeps every other one.
 */
export function text(max: number) {
  return z
    .string()
    .overwrite(cleanText)
    .check((payload) => {
      const { value, issues } = payload;
      if (!/\S/.test(value)) {
        issues.push({ code: 'too_small', origin: 'string', minimum: 1, input: value, message: 'The text is empty.' });
      } else if (value.length > max && (value.length > 2 * max || codePoints(value) > max)) {
        issues.push({
          code: 'too_big',
          origin: 'string',
          maximum: max,
          input: value,
          message: `The text has more than ${max} characters (Unicode code points).`,
        });
      }
    })
    .meta({ minLength: 1, maxLength: max });
}

function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

/** An absolute http or https address of up to 2,048 characters, kept as it is written. */
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
    // A URL parser accepts spaces and line breaks inside an address; the provider that fetches it may not.
    else if (!/^https?:\/\/[^\s\u0000-\u001f\u007f]+$/i.test(value) || !URL.canParse(value)) {
      issues.push({ code: 'invalid_format', format: 'url', input: value, message: 'The address is not an absolute http or https URL.' });
    }
  })
  .meta({ format: 'uri', maxLength: 2_048, example: 'https://example.com/offer.jpg' });
