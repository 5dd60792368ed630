import fc from 'fast-check';
import { checkGapMs } from './check-gap';

const dayMs = 86_400_000;
const lane = { windowMs: 60_000, windowLimit: 0, dailyCap: null, warmUp: null, warmUpDay: null };

describe('the gap between number checks', () => {
  it('spreads the budget over a day', () => {
    expect(checkGapMs(500, null)).toBe(172_860);
    expect(checkGapMs(1_000, lane)).toBe(86_430);
  });

  it('follows the warm-up, the daily cap and the pace of the session where they are slower', () => {
    expect(checkGapMs(500, { ...lane, dailyCap: 100 })).toBe(864_300);
    expect(checkGapMs(500, { ...lane, warmUp: [20, 50], warmUpDay: 1 })).toBe(4_321_500);
    expect(checkGapMs(500, { ...lane, warmUp: [20, 50], warmUpDay: null })).toBe(172_860);
    expect(checkGapMs(500, { ...lane, windowMs: 3_600_000, windowLimit: 10 })).toBe(360_000);
    expect(checkGapMs(500, { ...lane, warmUp: [0], warmUpDay: 1 })).toBeNull();
  });

  it('lets no window of 24 hours have more checks than the budget, however late they arrive', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.array(fc.integer({ min: 0, max: 15_000 }), { minLength: 1, maxLength: 50 }),
        (perDay, late) => {
          const gap = checkGapMs(perDay, null) as number;
          const arrivals = Array.from({ length: 2 * perDay }, (_, i) => i * gap + (late[i % late.length] as number));
          for (let i = 0; i + perDay < arrivals.length; i++)
            expect((arrivals[i + perDay] as number) - (arrivals[i] as number)).toBeGreaterThanOrEqual(dayMs);
        },
      ),
    );
  });
});
