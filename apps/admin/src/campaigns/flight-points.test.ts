import { flightRows, pausesOf, placesOf } from './flight-points';

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 24, 9, minute)).toISOString();
const point = (minute: number, sent: number) => ({ at: at(minute), read: 0, delivered: 0, sent, failed: 0 });
const actor = { kind: 'person' as const, id: 'a', name: 'Imani Cole' };
const total = (rows: { sent: number }[]): number => rows.reduce((sum, { sent }) => sum + sent, 0);

describe('bars of a campaign', () => {
  it('stand for every step, also those in which nothing left', () => {
    const rows = flightRows({ step_minutes: 1, points: [point(0, 5), point(3, 7)] });
    expect(rows.map(({ sent }) => sent)).toEqual([5, 0, 0, 7]);
  });

  it('are put together when there are too many, and lose nothing', () => {
    const points = Array.from({ length: 500 }, (_, minute) => point(minute, minute));
    const rows = flightRows({ step_minutes: 1, points });
    expect(rows.length).toBeLessThanOrEqual(120);
    expect(total(rows)).toBe(total(points));
  });

  it('are none before anything left', () => {
    expect(flightRows({ step_minutes: 1, points: [] })).toEqual([]);
  });
});

describe('pauses', () => {
  it('are read from the log in any order; the last may still go on', () => {
    const log = [
      { at: at(40), kind: 'paused', actor },
      { at: at(20), kind: 'resumed', actor },
      { at: at(10), kind: 'paused', actor },
      { at: at(0), kind: 'launched', actor },
    ];
    expect(pausesOf(log)).toEqual([
      { from: new Date(at(10)), to: new Date(at(20)), by: 'Imani Cole' },
      { from: new Date(at(40)), to: null, by: 'Imani Cole' },
    ]);
  });

  it('cover the bars between their begin and their end', () => {
    const rows = flightRows({ step_minutes: 1, points: [point(0, 1), point(30, 1)] });
    const band = (from: number, to: number | null) => ({ from: new Date(at(from)), to: to === null ? null : new Date(at(to)), by: '' });
    expect(placesOf(band(10, 20), rows)).toEqual({ first: 10, count: 10 });
    expect(placesOf(band(25, null), rows)).toEqual({ first: 25, count: 6 });
    expect(placesOf(band(40, null), rows)).toBeNull();
    expect(placesOf(band(0, 1), [])).toBeNull();
  });
});
