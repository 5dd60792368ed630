import fc from 'fast-check';
import { cleanDeep, cleanText } from './clean-text';

describe('cleanText', () => {
  it('removes NUL and lone surrogates and keeps everything else', () => {
    expect(cleanText('a\u0000b\uD800c\uDC00d 👍 \u202Etxt')).toBe('abcd 👍 \u202Etxt');
  });

  it('always returns text that PostgreSQL can store, and changes it only once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const clean = cleanText(text);
        expect(clean.isWellFormed()).toBe(true);
        expect(clean).not.toContain('\u0000');
        expect(cleanText(clean)).toBe(clean);
      }),
    );
  });

  it('cleans texts and member names inside a value', () => {
    expect(cleanDeep({ 'a\u0000': ['x\u0000', { b: '\uD800' }], n: 1, d: null })).toEqual({ a: ['x', { b: '' }], n: 1, d: null });
  });

  it('keeps the first of two members that have one name without the removed characters, and no member __proto__', () => {
    const lost: [string, string][] = [];
    const value = JSON.parse('{"n":[{"text":"first","te\\u0000xt":"second","__proto\\ud800__":{"admin":true},"b":1}]}') as unknown;
    const clean = cleanDeep(value, (name, path) => lost.push([name, path.join('/')]));
    expect(JSON.stringify(clean)).toBe('{"n":[{"text":"first","b":1}]}');
    expect(lost).toEqual([
      ['text', 'n/0/text'],
      ['__proto__', 'n/0/__proto__'],
    ]);
  });
});
