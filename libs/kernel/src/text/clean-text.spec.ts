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
});
