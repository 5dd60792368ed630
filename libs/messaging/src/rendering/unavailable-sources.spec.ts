import fc from 'fast-check';
import { UnavailableSources } from './unavailable-sources';

const kind = 'campaign';
function sources() {
  const reported = jest.fn();
  return { unavailable: new UnavailableSources(reported), reported };
}

describe('a body source that fails', () => {
  it('is left out by claims for 5 s, then by all claims but one, and by none once it works', () => {
    const { unavailable } = sources();
    unavailable.failed(kind, 'away', 0);
    expect(unavailable.leftOut(4_999)).toEqual([kind]);
    expect([unavailable.leftOut(5_000), unavailable.leftOut(5_001)]).toEqual([[], [kind]]);
    expect(unavailable.succeeded(kind)).toBe(true);
    expect(unavailable.leftOut(5_002)).toEqual([]);
    expect(unavailable.succeeded(kind)).toBe(false);
  });

  it('rests twice as long after each failure, up to 5 min, and batches under way count as one failure', () => {
    const { unavailable } = sources();
    const rests: number[] = [];
    let now = 0;
    for (let i = 0; i < 9; i++) {
      unavailable.failed(kind, 'away', now);
      unavailable.failed(kind, 'away', now + 1);
      const from = now;
      while (unavailable.leftOut(now).length > 0) now += 100;
      rests.push(now - from);
    }
    expect(rests).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((s) => s * 1_000));
  });

  it('is reported while it is left out, and forgotten when no claim needs it any more', () => {
    const { unavailable, reported } = sources();
    unavailable.failed(kind, 'away', 0);
    unavailable.leftOut(1_000);
    expect(reported.mock.calls).toEqual([
      [kind, 'away'],
      [kind, 'away'],
    ]);
    unavailable.leftOut(5_000);
    unavailable.leftOut(6_000);
    unavailable.leftOut(70_000);
    expect(reported).toHaveBeenCalledTimes(2);
    expect(unavailable.succeeded(kind)).toBe(false);
  });

  it('is never left out by all claims for longer than 5 min', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 50 }), (gaps) => {
        const { unavailable } = sources();
        let now = 0;
        let takenAt = 0;
        for (const gap of gaps) {
          now += gap;
          if (unavailable.leftOut(now).length === 0) {
            takenAt = now;
            unavailable.failed(kind, 'away', now);
          } else expect(now - takenAt).toBeLessThanOrEqual(5 * 60_000);
        }
      }),
    );
  });
});
