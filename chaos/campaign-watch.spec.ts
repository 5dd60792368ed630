import { faultsBetween, greatestLag, type Results, watchResults } from './campaign-watch';

const results = (counts: Partial<Results['counts']>, over: Partial<Results> = {}): Results => {
  const all = { read: 0, delivered: 0, sent: 0, failed: 0, waiting: 0, left_out: 0, ...counts };
  return { state: 'processing', audience: Object.values(all).reduce((sum, count) => sum + count, 0), counts: all, uncertain: 0, ...over };
};

describe('a reader of the figures of a campaign', () => {
  it('finds nothing in figures that grow and add up', () => {
    const flight = [
      results({ waiting: 4 }),
      results({ waiting: 9, left_out: 1 }),
      results({ waiting: 5, sent: 3, delivered: 1, left_out: 1 }),
      results({ waiting: 1, failed: 2, delivered: 4, read: 2, left_out: 1 }, { uncertain: 1 }),
      results({ waiting: 1, delivered: 2, read: 6, left_out: 1 }, { uncertain: 1, state: 'completed' }),
    ];
    expect(flight.flatMap((now, i) => faultsBetween(flight[i - 1] ?? null, now, 10))).toEqual([]);
  });

  it.each([
    ['a sum that is not the audience', results({ waiting: 4 }), results({ waiting: 5 }, { audience: 4 })],
    ['more people than there are', results({ waiting: 9 }), results({ waiting: 11 })],
    ['a count below 0', results({ waiting: 5 }), results({ waiting: 6, sent: -1 })],
    ['messages that are read no more', results({ read: 3 }), results({ read: 2, delivered: 1 })],
    ['messages that wait again', results({ sent: 3 }), results({ sent: 2, waiting: 1 })],
    ['people who are gone', results({ waiting: 3 }), results({ waiting: 2 })],
    ['more uncertain than waiting', results({ waiting: 3 }), results({ waiting: 3 }, { uncertain: 4 })],
    ['an end with people who wait', results({ waiting: 9, sent: 1 }), results({ waiting: 9, sent: 1 }, { state: 'completed' })],
  ])('finds %s', (_, before, now) => {
    expect(faultsBetween(before, now, 10)).not.toEqual([]);
  });

  it('compares each reading with the one before it', async () => {
    const read = [results({ read: 2 }), results({ read: 1, sent: 1 }), results({ read: 3 })];
    expect(
      await watchResults(
        () => Promise.resolve(read.shift() as Results),
        10,
        () => read.length === 0,
      ),
    ).toMatchObject({
      faults: ['read fell from 2 to 1.', 'read + delivered fell from 2 to 1.'],
      looks: [{ called: 2 }, { called: 2 }, { called: 3 }],
    });
  });

  it('says how old the oldest message was that a look did not count yet', () => {
    const taken = [3_000, 1_000, 2_000];
    const looks = (...called: number[]) => called.map((count, i) => ({ atMs: (i + 1) * 1_500, called: count }));
    expect(greatestLag(looks(1, 3), taken)).toBe(0);
    expect(greatestLag(looks(0, 2, 3), taken)).toBe(500);
    expect(greatestLag(looks(0, 1, 3), taken)).toBe(1_000);
    expect(greatestLag(looks(1, 5), taken)).toBe(0);
    expect(greatestLag([], taken)).toBe(0);
  });
});
