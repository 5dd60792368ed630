import { describe, expect, it } from 'vitest';
import { bulkFilter, countedByCauses, expectedOf, type LetterCause } from './letters';
import { addedUp } from './redrive-drawer';

const cause = (over: Partial<LetterCause>): LetterCause => ({
  kind: 'message',
  cause: 'refused',
  count: 0,
  first_at: '2026-11-23T09:00:00.000Z',
  last_at: '2026-11-24T09:00:00.000Z',
  trend: [],
  ...over,
});

describe('the count that a person saw', () => {
  const mine = [
    cause({ count: 7 }),
    cause({ cause: 'retries_exhausted', count: 3 }),
    cause({ kind: 'event', cause: 'invalid_payload', count: 2 }),
  ];
  const everybodys = [
    cause({
      count: 7,
      tenants: [
        { id: 'a', count: 4 },
        { id: 'b', count: 3 },
      ],
    }),
    cause({ cause: 'retries_exhausted', count: 5, tenants: [{ id: 'b', count: 5 }] }),
  ];

  it('is the sum of the causes that match, for the client that is chosen', () => {
    expect(countedByCauses(mine, {}, 'a')).toEqual([{ tenant: 'a', filter: {}, expect: 12 }]);
    expect(countedByCauses(mine, { kind: 'message' }, 'a')).toEqual([{ tenant: 'a', filter: { kind: 'message' }, expect: 10 }]);
    expect(countedByCauses(mine, { kind: 'hook' }, 'a')).toEqual([]);
  });

  it('is apart for each client that a cause hits, over all clients', () => {
    const targets = countedByCauses(everybodys, {}, null) ?? [];
    expect(targets.map(({ tenant, expect: count }) => [tenant, count])).toEqual([
      ['a', 4],
      ['b', 8],
    ]);
    expect(expectedOf(targets)).toBe(12);
  });

  it('is left to the server for a filter that causes know nothing of', () => {
    expect(countedByCauses(mine, { session_id: 'x' }, 'a')).toBeUndefined();
  });
});

it('a decision about many takes the members of the filter that it knows, and nothing else of the list', () => {
  expect(bulkFilter({ state: 'open', kind: 'message', cause: '', look: 'x', subject_id: 'm' })).toEqual({
    kind: 'message',
    subject_id: 'm',
  });
});

it('what would happen at several clients is added up line by line, and loses nothing', () => {
  const line = (fate: 'go' | 'refused' | 'wait', count: number, reason: string | null = null) => ({
    fate,
    count,
    reason,
    session_id: null,
  });
  const forecasts = [
    { matching: 9, lines: [line('refused', 2, 'opted_out'), line('go', 7)] },
    { matching: 6, lines: [line('go', 3), line('refused', 1, 'opted_out'), line('refused', 2, 'bad_number')] },
  ];
  expect(addedUp(forecasts)).toEqual([line('go', 10), line('refused', 3, 'opted_out'), line('refused', 2, 'bad_number')]);
});
