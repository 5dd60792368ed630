import { flightRows, pausesOf, plannedIn, plannedRates, waitsOf } from './flight-points';
import { placeOf } from './pause-place';

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 24, 9) + minute * 60_000).toISOString();
const point = (minute: number, sent: number) => ({ at: at(minute), read: 0, delivered: 0, sent, failed: 0, throttled: 0 });
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

  it('go on until now while the campaign does', () => {
    const series = { step_minutes: 1, points: [point(0, 5)] };
    expect(flightRows(series, new Date(at(3))).map(({ sent }) => sent)).toEqual([5, 0, 0, 0]);
    expect(flightRows(series, new Date(at(-3)))).toHaveLength(1);
  });

  it('are none before anything left', () => {
    expect(flightRows({ step_minutes: 1, points: [] })).toEqual([]);
  });
});

describe('times in which the provider asked to wait', () => {
  const throttled = (...minutes: number[]) =>
    waitsOf({
      step_minutes: 1,
      points: [0, 1, 2, 3, 4, 5, 6, 7].map((minute) => ({ ...point(minute, 1), throttled: minutes.includes(minute) ? 3 : 0 })),
    });

  it('are the steps with refused calls; near ones are one time', () => {
    expect(throttled()).toEqual([]);
    expect(throttled(2, 3)).toEqual([{ from: new Date(at(2)), to: new Date(at(4)) }]);
    expect(throttled(0, 2, 6)).toEqual([
      { from: new Date(at(0)), to: new Date(at(3)) },
      { from: new Date(at(6)), to: new Date(at(7)) },
    ]);
  });

  it('stay in the table when steps are put together', () => {
    const rows = flightRows({ step_minutes: 1, points: [{ ...point(0, 1), throttled: 2 }, point(400, 1)] });
    expect(rows[0]?.throttled).toBe(2);
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

  it('stand where they were, to a part of a bar, and end with the chart', () => {
    const rows = flightRows({ step_minutes: 1, points: [point(0, 1), point(30, 1)] });
    const place = (from: number, to: number | null) =>
      placeOf({ from: new Date(at(from)), to: to === null ? null : new Date(at(to)) }, rows, 60_000);
    expect(place(10, 20)).toEqual({ from: 10, length: 10 });
    expect(place(25, null)).toEqual({ from: 25, length: 6 });
    expect(place(10.5, 11)).toEqual({ from: 10.5, length: 0.5 });
    expect([place(40, null), place(10, 10)]).toEqual([null, null]);
    expect(placeOf({ from: new Date(at(0)), to: null }, [], 60_000)).toBeNull();
  });
});

describe('the plan beside the bars', () => {
  const day = (messages: number, first: number | null, last: number | null) => ({
    date: '2026-11-24',
    messages,
    first_send_at: first === null ? null : at(first),
    last_send_at: last === null ? null : at(last),
  });

  it('has a rate in the sending time of each day, and none where a plan does not say when it sends', () => {
    const rates = plannedRates([day(600, 0, 60), day(30, 1_440, 1_500), day(5, null, null)]);
    expect(rates.map(({ perMinute }) => perMinute)).toEqual([10, 0.5]);
    expect(rates[0]).toMatchObject({ from: new Date(at(0)), to: new Date(at(60)) });
    // One message leaves at one moment.
    expect(plannedRates([day(1, 5, 5)])).toEqual([{ from: new Date(at(5)), to: new Date(at(6)), perMinute: 1 }]);
  });

  it('adds up to what was planned over all steps', () => {
    const rates = plannedRates([day(600, 2, 62)]);
    const steps = Array.from({ length: 15 }, (_, step) => plannedIn(rates, new Date(at(step * 5)), 5 * 60_000));
    expect(steps[0]).toBeCloseTo(30);
    expect(steps[1]).toBeCloseTo(50);
    expect(steps.reduce((sum, count) => sum + count, 0)).toBeCloseTo(600);
  });
});
