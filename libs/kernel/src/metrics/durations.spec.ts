import fc from 'fast-check';
import { addDurations, durationBounds, durationClass, noDurations, p95Of, percentileOf } from './durations';

const countsOf = (durations: number[]): number[] =>
  durations.reduce((counts, ms) => counts.with(durationClass(ms), (counts[durationClass(ms)] ?? 0) + 1), noDurations());

describe('the 95th percentile of durations', () => {
  it('is null without calls', () => {
    expect(p95Of([])).toBeNull();
    expect(p95Of([0, 0, 0])).toBeNull();
  });

  it('lies in the class of the true one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 300 }), (durations) => {
        const sorted = durations.toSorted((a, b) => a - b);
        const real = sorted[Math.ceil(sorted.length * 0.95) - 1] as number;
        const shown = p95Of(countsOf(durations)) as number;
        const at = durationClass(real);
        expect(shown).toBeGreaterThanOrEqual(durationBounds[at - 1] ?? 0);
        expect(shown).toBeLessThanOrEqual(durationBounds[at] ?? Math.max(...durationBounds));
      }),
    );
  });
});

describe('percentiles of several processes', () => {
  it('are those of all their durations together', () => {
    const durations = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(durations, durations, fc.constantFrom(0.5, 0.95, 0.99), (one, two, share) => {
        const together = percentileOf(countsOf([...one, ...two]), share);
        expect(percentileOf(addDurations(countsOf(one), countsOf(two)), share)).toBe(together);
      }),
    );
  });
});
