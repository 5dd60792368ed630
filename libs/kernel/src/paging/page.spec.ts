import fc from 'fast-check';
import { AppError } from '../errors/app-error';
import { List, listKeys } from './page';

const things = new List('things', listKeys.time, listKeys.id);
const numbers = new List('numbers', listKeys.bigint);
const texts = new List('texts', listKeys.text, listKeys.text);
const id = '0192f0c1-2f6e-7cc3-98c4-dc0c0c073a00';
const at = '2026-11-24T12:00:00.123456Z';
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Returns the key in a cursor, or `invalid` for a problem with the path `cursor`; rethrows any other error. */
function read(list: { after(page: { cursor: string; limit: number }): string[] | null }, cursor: string): string[] | null | 'invalid' {
  try {
    return list.after({ cursor, limit: 1 });
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid' && error.details.path === 'cursor') return 'invalid';
    throw error;
  }
}

describe('a cursor', () => {
  it('returns the key of the row it was made from', () => {
    expect(read(things, things.cursorAfter([at, id]))).toEqual([at, id]);
    expect(read(numbers, numbers.cursorAfter(['9223372036854775807']))).toEqual(['9223372036854775807']);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (a, b) => {
        fc.pre(!a.includes('\0') && !b.includes('\0'));
        expect(read(texts, texts.cursorAfter([a, b]))).toEqual([a, b]);
      }),
    );
  });

  it('is a 400 of the member cursor for any other string', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.base64String(),
          fc.json().map((text) => encoded(JSON.parse(text))),
        ),
        (text) => {
          expect([read(things, text), read(numbers, text), read(texts, text)]).toEqual(['invalid', 'invalid', 'invalid']);
        },
      ),
    );
  });

  it('is refused by another list, with another version, and with too many or too few key values', () => {
    for (const value of [
      [1, 'numbers', at, id],
      [2, 'things', at, id],
      [1, 'things', at],
      [1, 'things', at, id, id],
      [1, 'things', id, at],
    ])
      expect(read(things, encoded(value))).toBe('invalid');
    expect(read(numbers, things.cursorAfter([at, id]))).toBe('invalid');
  });

  it.each([
    ['0000-01-01T00:00:00.000000Z'],
    ['2026-02-30T00:00:00.000000Z'],
    ['2026-11-24T12:00:00.123Z'],
    ['+275760-09-13T00:00:00.000000Z'],
    ['infinity'],
  ])('is refused with a time that the column cannot hold: %s', (time) => {
    expect(read(things, encoded([1, 'things', time, id]))).toBe('invalid');
  });

  it.each(['9223372036854775808', '-1', '1.5', '1e3', ' 1', '01'])('is refused with a number that the column cannot hold: %s', (number) => {
    expect(read(numbers, encoded([1, 'numbers', number]))).toBe('invalid');
  });

  it.each(['a\0b', '\ud800'])('is refused with a text that the column cannot hold', (text) => {
    expect(read(texts, encoded([1, 'texts', text, 'x']))).toBe('invalid');
  });

  it('has exactly one spelling', () => {
    const cursor = things.cursorAfter([at, id]);
    for (const other of [`${cursor}=`, `${cursor} `, cursor.replace(/^./, '+$&'), encoded([1.0, 'things', at, id]) + '!'])
      expect(read(things, other)).toBe('invalid');
  });
});

describe('a page', () => {
  it('contains each row once, in order, with any limit', () => {
    const order = (a: string, b: string): number => (BigInt(a) < BigInt(b) ? -1 : 1);
    fc.assert(
      fc.property(fc.uniqueArray(fc.bigInt(0n, 9_223_372_036_854_775_807n)), fc.integer({ min: 1, max: 7 }), (all, limit) => {
        const rows = all.map(String).sort(order);
        const walked: string[] = [];
        for (let cursor: string | null | undefined; cursor !== null;) {
          const [after] = numbers.after({ cursor, limit }) ?? [];
          const found = rows.filter((row) => after === undefined || order(after, row) < 0).slice(0, limit + 1);
          const page = numbers.pageOf(found, limit, (row) => [row]);
          expect(page.rows.length).toBeLessThanOrEqual(limit);
          walked.push(...page.rows);
          cursor = page.next;
        }
        expect(walked).toEqual(rows);
      }),
    );
  });
});
