import fc from 'fast-check';
import { nextCheckInMs } from './next-check';
import { sessionStatuses } from './session-status';

describe('nextCheckInMs', () => {
  it('checks every 5 minutes while connected', () => {
    expect(nextCheckInMs('connected', 0, 0.5)).toBe(300_000);
    expect(nextCheckInMs('connected', 50, 0.5)).toBe(300_000);
  });

  it('checks every 10 s during linking, and backs off to a minute', () => {
    expect([1, 2, 3, 4, 5, 6, 99].map((checks) => nextCheckInMs('need_scan', checks, 0.5))).toEqual([
      10_000, 10_000, 10_000, 20_000, 40_000, 60_000, 60_000,
    ]);
  });

  it('stays within a tenth of its interval for any random number, and never stops', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...sessionStatuses),
        fc.nat(100_000),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (status, checks, random) => {
          const middle = nextCheckInMs(status, checks, 0.5);
          const drawn = nextCheckInMs(status, checks, random);
          return drawn >= middle * 0.89 && drawn <= middle * 1.11 && Number.isFinite(drawn) && drawn > 0;
        },
      ),
    );
  });
});
