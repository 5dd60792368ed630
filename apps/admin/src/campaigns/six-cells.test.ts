import { audienceOf, barOf, chosenOf, goneOf } from './six-cells';

const counts = { read: 9_482, delivered: 12_057, sent: 1_318, failed: 271, waiting: 23_148, left_out: 1_934 };
const nobody = { read: 0, delivered: 0, sent: 0, failed: 0, waiting: 0, left_out: 0 };

describe('the six counts of a campaign', () => {
  it('add up to the audience', () => {
    expect(audienceOf(counts)).toBe(48_210);
    expect(chosenOf(counts)).toBe(46_276);
    const failed = { cancelled: 0, expired: 0 };
    expect(goneOf({ counts, failed })).toBe(23_128);
    expect(goneOf({ counts, failed }) + counts.waiting + counts.left_out).toBe(audienceOf(counts));
  });

  it('do not say of cancelled and expired messages that they left', () => {
    expect(goneOf({ counts: { ...counts, failed: 23_419, waiting: 0 }, failed: { cancelled: 23_000, expired: 148 } })).toBe(23_128);
  });

  it('fill the bar without those left out, in their order', () => {
    const bar = barOf(counts);
    expect(bar.map(({ cell }) => cell)).toEqual(['read', 'delivered', 'sent', 'failed', 'waiting']);
    expect(bar.reduce((sum, { percent }) => sum + percent, 0)).toBeCloseTo(100);
  });

  it('leave the bar empty while nobody gets a message', () => {
    expect(barOf(nobody)).toEqual([]);
    expect(barOf({ ...nobody, left_out: 12 })).toEqual([]);
  });
});
