import fc from 'fast-check';
import { UnavailableSources } from './unavailable-sources';

const kind = 'campaign';
function sources() {
  const told = jest.fn();
  return { unavailable: new UnavailableSources(told), told };
}

describe('a source of bodies that fails', () => {
  it('is left out by claims for 5 s, then by all but one of them, and by none once it works', () => {
    const { unavailable } = sources();
    unavailable.failed(kind, 'away', 0);
    expect(unavailable.leftOut(4_999)).toEqual([kind]);
    expect([unavailable.leftOut(5_000), unavailable.leftOut(5_001)]).toEqual([[], [kind]]);
    expect(unavailable.succeeded(kind)).toBe(true);
    expect(unavailable.leftOut(5_002)).toEqual([]);
    expect(unavailable.succeeded(kind)).toBe(false);
  });

  it('rests twice as long each time it fails again, at most 5 min; batches under way together are one failure', () => {
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

  it('is told of as long as it is left out, and forgotten when nothing asks for it any more', () => {
    const { unavailable, told } = sources();
    unavailable.failed(kind, 'away', 0);
    unavailable.leftOut(1_000);
    expect(told.mock.calls).toEqual([
      [kind, 'away'],
      [kind, 'away'],
    ]);
    unavailable.leftOut(5_000);
    unavailable.leftOut(6_000);
    unavailable.leftOut(70_000);
    expect(told).toHaveBeenCalledTimes(2);
    expect(unavailable.succeeded(kind)).toBe(false);
  });

  it('never stays away from all claims for longer than 5 min', () => {
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
