import fc from 'fast-check';
import { doubledMs } from './doubled-ms';

describe('doubledMs', () => {
  it('doubles from the first time to the maximum', () => {
    expect([-3, 0, 1, 2, 3, 4, 5, 5_000].map((times) => doubledMs(100, times, 2_000))).toEqual([
      100, 100, 200, 400, 800, 1_600, 2_000, 2_000,
    ]);
  });

  it('is a time within its bounds for any number of failures', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.nat(), (firstMs, times) => {
        const ms = doubledMs(firstMs, times, 900_000);
        expect(ms >= firstMs && ms <= 900_000 && ms >= doubledMs(firstMs, times - 1, 900_000)).toBe(true);
      }),
    );
  });
});
