import fc from 'fast-check';
import { addDurations, CallTally, durationBounds, durationClass, p95Of, percentileOf } from './call-durations';

const countsOf = (durations: number[]): number[] => {
  const tally = new CallTally();
  for (const ms of durations) tally.add({ tenantId: 't', id: 'e' }, true, ms);
  return tally.take()[0]?.durations ?? [];
};

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

describe('the tally of calls', () => {
  it('loses and adds no call, whatever is taken and put back', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('call' as const),
        id: fc.constantFrom('a', 'b'),
        ok: fc.boolean(),
        ms: fc.integer({ min: 0, max: 20_000 }),
      }),
      fc.constant({ kind: 'fails' as const }),
      fc.constant({ kind: 'written' as const }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const tally = new CallTally();
        const written: { calls: number; failed: number; durations: number[] }[] = [];
        for (const one of steps) {
          if (one.kind === 'call') tally.add({ tenantId: 't', id: one.id }, one.ok, one.ms);
          else if (one.kind === 'fails') tally.putBack(tally.take());
          else written.push(...tally.take());
        }
        written.push(...tally.take());
        const calls = steps.filter((one) => one.kind === 'call');
        const sum = (of: (one: (typeof written)[number]) => number) => written.reduce((total, one) => total + of(one), 0);
        expect(sum((one) => one.calls)).toBe(calls.length);
        expect(sum((one) => one.failed)).toBe(calls.filter((one) => !one.ok).length);
        expect(sum((one) => one.durations.reduce((a, b) => a + b, 0))).toBe(calls.length);
      }),
    );
  });
});
