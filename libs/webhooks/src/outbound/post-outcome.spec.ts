import fc from 'fast-check';
import { nextAttemptS, outcomeOf, type PostOutcome } from './post-outcome';

const now = new Date('2026-11-24T12:00:00Z');
const answer = (status: number, headers: Record<string, string> = {}) =>
  outcomeOf({ kind: 'answer', status, headers, body: '', durationMs: 1 }, now);
const plain: PostOutcome = { delivered: false, status: null, reason: null, closeS: 0, gone: false };

describe('the outcome of a response', () => {
  it('counts only 2xx as delivered', () => {
    for (let status = 100; status < 600; status++) expect(answer(status).delivered).toBe(status >= 200 && status < 300);
  });

  it('reports a redirect, a 410 and a failure without a response', () => {
    expect(answer(307)).toEqual({ ...plain, status: 307, reason: 'redirect' });
    expect(answer(410)).toEqual({ ...plain, status: 410, reason: 'gone', gone: true });
    expect(outcomeOf({ kind: 'failed', reason: 'timeout', durationMs: 1 }, now)).toEqual({ ...plain, reason: 'timeout' });
  });

  it.each([
    [429, '120', 120],
    [503, 'Tue, 24 Nov 2026 12:02:00 GMT', 120],
    [429, '999999999', 86_400],
    [429, '-5', 0],
    [429, 'soon', 0],
    [500, '120', 0],
  ])('%s with Retry-After %s closes the endpoint for %s s', (status, header, closeS) => {
    expect(answer(status, { 'retry-after': header }).closeS).toBe(closeS);
  });
});

it('reads a date in Retry-After by the clock of the sender', () => {
  const headers = { 'retry-after': 'Tue, 24 Nov 2026 09:02:00 GMT', date: 'Tue, 24 Nov 2026 09:00:00 GMT' };
  expect(answer(429, headers).closeS).toBe(120);
});

describe('the schedule', () => {
  it('varies each wait by a tenth, respects the requested wait, and ends', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 86_400 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (schedule, attempt, closeS, random) => {
          const next = nextAttemptS(attempt, schedule, closeS, random);
          if (attempt > schedule.length) return expect(next).toBeNull();
          const wait = schedule[attempt - 1] as number;
          expect(next).toBeGreaterThanOrEqual(Math.max(0.9 * wait, closeS) - 1e-6);
          expect(next).toBeLessThanOrEqual(Math.max(1.1 * wait, closeS) + 1e-6);
        },
      ),
    );
  });
});
