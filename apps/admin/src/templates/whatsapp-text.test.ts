import { describe, expect, it } from 'vitest';
import { readText, type TextPart } from './whatsapp-text';

const plain = (part: TextPart): string => (typeof part === 'string' ? part : `<${part.style}>${part.parts.map(plain).join('')}</>`);
const shown = (text: string): string => readText(text).map(plain).join('');

describe('a text of WhatsApp', () => {
  it.each([
    ['*bold* and _italic_, ~gone~', '<bold>bold</> and <italic>italic</>, <strike>gone</>'],
    ['*_both_*', '<bold><italic>both</></>'],
    ['```a *b*\nc``` *d*', '<mono>a *b*\nc</> <bold>d</>'],
    ['2*3*4 snake_case_name', '2*3*4 snake_case_name'],
    ['* not * bold, *nor\nthis*', '* not * bold, *nor\nthis*'],
    ['*مرحبا* 👋', '<bold>مرحبا</> 👋'],
    ['see https://a.example/x_y_z?b=*c*.', 'see <link>https://a.example/x_y_z?b=*c*</>.'],
    ['*', '*'],
    ['', ''],
  ])('%j shows as %j', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });
});
