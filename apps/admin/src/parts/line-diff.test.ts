import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { lineDiff } from './line-diff';

const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 }).map((lines) => lines.join('\n'));

describe('a comparison line by line', () => {
  it('holds both texts in their order', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before, after);
        const of = (kind: 'old' | 'new') => lines.filter((line) => line.kind === 'same' || line.kind === kind).map((line) => line.text);
        expect(of('old').join('\n')).toBe(before);
        expect(of('new').join('\n')).toBe(after);
      }),
    );
  });

  it('of a text with itself shows no change', () => {
    fc.assert(
      fc.property(text, (one) => {
        expect(lineDiff(one, one).filter(({ kind }) => kind !== 'same')).toEqual([]);
      }),
    );
  });

  it('shows a changed line as the old one, then the new one', () => {
    expect(lineDiff('a\nb\nc', 'a\nx\nc')).toEqual([
      { kind: 'same', text: 'a' },
      { kind: 'old', text: 'b' },
      { kind: 'new', text: 'x' },
      { kind: 'same', text: 'c' },
    ]);
  });
});
