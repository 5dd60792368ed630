import { describe, expect, it } from 'vitest';
import type { ClientLetter } from './letters';
import { changesOf } from './list-changes';

const letter = (id: string, minute: number) =>
  ({ id, created_at: `2026-11-30T08:${String(minute).padStart(2, '0')}:00.000Z` }) as ClientLetter;
const [a, b, c, d] = [letter('a', 4), letter('b', 3), letter('c', 2), letter('d', 1)] as const;

describe('a page of dead letters', () => {
  it.each([
    ['is as it was', [a, b], [a, b], { fresh: 0, gone: 0 }],
    ['got a letter', [b, c], [a, b, c], { fresh: 1, gone: 0 }],
    ['got a letter, which moved another to the next page', [b, c, d], [a, b, c], { fresh: 1, gone: 0 }],
    ['lost a letter to a decision', [a, b, c], [a, c], { fresh: 0, gone: 1 }],
    ['lost a letter, and shows another of the next page', [a, b, c], [a, c, d], { fresh: 1, gone: 1 }],
    ['lost all', [a, b], [], { fresh: 0, gone: 2 }],
    ['was empty', [], [a], { fresh: 1, gone: 0 }],
  ])('%s', (_what, shown, now, changes) => {
    expect(changesOf(shown, now, 3)).toEqual(changes);
  });
});
