import { describe, expect, it } from 'vitest';
import { changesOf, renewed } from './list-changes';

const row = (id: string, minute: number) => ({ id, created_at: `2026-11-30T08:${String(minute).padStart(2, '0')}:00.000Z`, state: 'sent' });
const [a, b, c, d] = [row('a', 4), row('b', 3), row('c', 2), row('d', 1)] as const;

describe('a page of a list', () => {
  it.each([
    ['is as it was', [a, b], [a, b], { fresh: 0, gone: 0 }],
    ['got a row', [b, c], [a, b, c], { fresh: 1, gone: 0 }],
    ['got a row, which moved another to the next page', [b, c, d], [a, b, c], { fresh: 1, gone: 0 }],
    ['lost a row to a decision', [a, b, c], [a, c], { fresh: 0, gone: 1 }],
    ['lost a row, and shows another of the next page', [a, b, c], [a, c, d], { fresh: 1, gone: 1 }],
    ['lost all', [a, b], [], { fresh: 0, gone: 2 }],
    ['was empty', [], [a], { fresh: 1, gone: 0 }],
  ])('%s', (_what, shown, now, changes) => {
    expect(changesOf(shown, now, 3, ({ created_at }) => created_at)).toEqual(changes);
  });

  it('has its rows as they are now, in their places', () => {
    const read = { ...b, state: 'read' };
    expect(renewed([a, b, c], [d, read, a])).toEqual([a, read, c]);
    const shown = [a, b];
    expect(renewed(shown, [{ ...a }, c])).toBe(shown);
  });
});
