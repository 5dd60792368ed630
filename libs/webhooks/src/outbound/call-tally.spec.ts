import fc from 'fast-check';
import { CallTally } from './call-tally';

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
