import fc from 'fast-check';
import { campaignSchedule, type CampaignSchedule } from '../campaign-body';
import { closedByOf, openIntervals, type QuietHours, sendTimes, timeMs, weekday } from './open-intervals';
import { hasHolidays, publicHolidays } from './public-holidays';
import { dayMs, hourMs, minuteMs, zoneClock } from './zone-clock';
import { nextOpenTimes } from './zone-list';

const schedule = (over: Partial<CampaignSchedule> = {}): CampaignSchedule => ({ ...campaignSchedule.parse({}), ...over });
const workdays = { days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' };
const ms = (text: string) => Date.parse(text);
const shown = (intervals: { opens: number; closes: number }[]) =>
  intervals.map(({ opens, closes }) => `${new Date(opens).toISOString().slice(0, 16)} ${new Date(closes).toISOString().slice(0, 16)}`);

describe('openIntervals', () => {
  it('is open at any time without windows, holidays and quiet hours', () => {
    expect(shown(openIntervals(schedule(), 'Asia/Tokyo', ms('2027-03-01T05:00Z'), ms('2027-03-09T05:00Z')))).toEqual([
      '2027-03-01T05:00 2027-03-09T05:00',
    ]);
  });

  it('keeps the windows of the schedule in its own zone for everybody, or in the zone of each', () => {
    const windows = schedule({ windows: [workdays], time_zone: 'Europe/Berlin' });
    const of = (recipientZone: boolean) =>
      shown(
        openIntervals({ ...windows, recipient_zone: recipientZone }, 'America/Sao_Paulo', ms('2027-03-26T00:00Z'), ms('2027-03-30T00:00Z')),
      );
    // Berlin sets its clocks forward on the 28th.
    expect(of(false)).toEqual(['2027-03-26T08:00 2027-03-26T17:00', '2027-03-29T07:00 2027-03-29T16:00']);
    expect(of(true)).toEqual(['2027-03-26T12:00 2027-03-26T21:00', '2027-03-29T12:00 2027-03-29T21:00']);
  });

  it('cuts windows by quiet hours in the zone of the recipient', () => {
    const windows = schedule({ windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '22:00' }], time_zone: 'UTC' });
    const quiet = { from: '20:00', to: '09:00' };
    const of = (zone: string) => shown(openIntervals(windows, zone, ms('2027-01-05T00:00Z'), ms('2027-01-06T00:00Z'), quiet));
    expect(of('UTC')).toEqual(['2027-01-05T09:00 2027-01-05T20:00']);
    expect(of('Asia/Tokyo')).toEqual(['2027-01-05T08:00 2027-01-05T11:00']);
    expect(of('America/Los_Angeles')).toEqual(['2027-01-05T17:00 2027-01-05T22:00']);
  });

  it('sends nothing on public holidays of the countries', () => {
    const of = (holidays: string[]) =>
      openIntervals(
        schedule({ windows: [workdays], holidays, time_zone: 'Europe/Berlin' }),
        'UTC',
        ms('2027-05-03T00:00Z'),
        ms('2027-05-08T00:00Z'),
      );
    expect(of([])).toHaveLength(5);
    // Ascension Day.
    expect(shown(of(['DE'])).map((text) => text.slice(0, 10))).toEqual(['2027-05-03', '2027-05-04', '2027-05-05', '2027-05-07']);
    const always = schedule({ holidays: ['DE'], time_zone: 'Europe/Berlin' });
    expect(shown(openIntervals(always, 'UTC', ms('2027-05-05T00:00Z'), ms('2027-05-08T00:00Z')))).toEqual([
      '2027-05-05T00:00 2027-05-05T22:00',
      '2027-05-06T22:00 2027-05-08T00:00',
    ]);
  });

  it('joins windows that touch, also over midnight', () => {
    const windows = schedule({
      windows: [
        { days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '12:00' },
        { days: [1, 2, 3, 4, 5, 6, 7], from: '12:00', to: '24:00' },
      ],
      time_zone: 'Africa/Cairo',
    });
    expect(openIntervals(windows, 'UTC', ms('2027-04-01T00:00Z'), ms('2027-12-01T00:00Z'))).toHaveLength(1);
  });

  it('leaves out the holidays of the country of a place, of all countries where it is not known, and none of others', () => {
    const of = schedule({ holidays: ['DE', 'GB'], recipient_holidays: true });
    const [ascensionDay, mayBankHoliday] = ['2027-05-06', '2027-05-03'] as const;
    const isOpen = (place: string, day: string) => openIntervals(of, place, ms(`${day}T12:00Z`), ms(`${day}T13:00Z`)).length > 0;
    const open = ['UTC@DE', 'UTC@GB', 'UTC@-', 'UTC'].map((place) => [isOpen(place, ascensionDay), isOpen(place, mayBankHoliday)]);
    expect(open).toEqual([
      [false, true],
      [true, false],
      [true, true],
      [false, false],
    ]);
  });

  it('is never open in a quiet hour that occurs twice', () => {
    const quiet = { from: '22:00', to: '02:30' };
    const [first, second] = openIntervals(schedule(), 'Europe/Berlin', ms('2027-10-30T12:00Z'), ms('2027-10-31T12:00Z'), quiet);
    expect(new Date(first?.closes as number).toISOString()).toBe('2027-10-30T20:00:00.000Z');
    expect(new Date(second?.opens as number).toISOString()).toBe('2027-10-31T01:30:00.000Z');
  });

  const someZone = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/Sao_Paulo',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'Asia/Kathmandu',
    'America/St_Johns',
  );
  const time = fc
    .integer({ min: 0, max: 95 })
    .map((quarter) => `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`);
  const window = fc
    .record({
      days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      from: time,
      to: fc.oneof(time, fc.constant('24:00')),
    })
    .filter(({ from, to }) => from < to);
  const someSchedule = fc.record({
    windows: fc.array(window, { maxLength: 4 }),
    time_zone: someZone,
    recipient_zone: fc.boolean(),
    holidays: fc.subarray(['DE', 'BR', 'GB']),
  });
  const someQuiet = fc.option(fc.record({ from: time, to: time }));

  it('is ascending and apart, within what was asked for, and the same when asked for in parts', () => {
    fc.assert(
      fc.property(
        someSchedule,
        someZone,
        someQuiet,
        fc.integer({ min: 0, max: 700 * 24 * 4 }),
        fc.integer({ min: 1, max: 60 * 96 }),
        (times, zone, quiet, begin, length) => {
          const from = ms('2026-01-01T00:00Z') + begin * 15 * minuteMs;
          const to = from + length * 15 * minuteMs;
          const all = openIntervals(times, zone, from, to, quiet);
          for (const [i, { opens, closes }] of all.entries()) {
            expect(opens).toBeLessThan(closes);
            expect(opens).toBeGreaterThanOrEqual(i === 0 ? from : (all[i - 1]?.closes as number) + 1);
            expect(closes).toBeLessThanOrEqual(to);
          }
          const middle = from + Math.floor(length / 2) * 15 * minuteMs;
          const halves = [...openIntervals(times, zone, from, middle, quiet), ...openIntervals(times, zone, middle, to, quiet)];
          const total = (list: typeof all) => list.reduce((sum, { opens, closes }) => sum + closes - opens, 0);
          expect(total(halves)).toBe(total(all));
        },
      ),
    );
  });

  it('is open exactly while clocks show a time of a window and no quiet hour, but for hours that occur twice', () => {
    fc.assert(
      fc.property(someSchedule, someZone, someQuiet, fc.integer({ min: 0, max: 700 }), (times, zone, quiet, day) => {
        const from = ms('2026-01-01T00:00Z') + day * dayMs;
        const all = openIntervals(times, zone, from, from + 3 * dayMs, quiet);
        const wrong: string[] = [];
        for (let at = from + 7 * minuteMs; at < from + 3 * dayMs; at += 15 * minuteMs) {
          const isOpen = all.some(({ opens, closes }) => at >= opens && at < closes);
          const isQuiet = readsQuiet(zone, at, quiet);
          const isRight =
            isRepeated(times.recipient_zone ? zone : times.time_zone, at) || isRepeated(zone, at)
              ? !isOpen || !isQuiet
              : isOpen === (readsOpen(times, zone, at) && !isQuiet);
          if (!isRight) wrong.push(new Date(at).toISOString());
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

function isRepeated(zone: string, at: number): boolean {
  const clock = zoneClock(zone);
  const wall = clock.wall(at);
  // A window may begin or end in the repeated hour.
  return [wall - 2 * hourMs, wall, wall + 2 * hourMs].some((near) => clock.first(near) !== clock.last(near));
}

function readsOpen(
  times: Pick<CampaignSchedule, 'windows' | 'holidays' | 'recipient_zone' | 'time_zone'>,
  zone: string,
  at: number,
): boolean {
  const wall = zoneClock(times.recipient_zone ? zone : times.time_zone).wall(at);
  const day = Math.floor(wall / dayMs);
  if (times.holidays.some((country) => publicHolidays(country, new Date(wall).getUTCFullYear()).has(day))) return false;
  if (times.windows.length === 0) return true;
  return times.windows.some(
    ({ days, from, to }) => days.includes(weekday(day)) && wall - day * dayMs >= timeMs(from) && wall - day * dayMs < timeMs(to),
  );
}

function readsQuiet(zone: string, at: number, quiet: QuietHours | null): boolean {
  if (!quiet || quiet.from === quiet.to) return false;
  const wall = zoneClock(zone).wall(at);
  const time = wall - Math.floor(wall / dayMs) * dayMs;
  const [from, to] = [timeMs(quiet.from), timeMs(quiet.to)];
  return from < to ? time >= from && time < to : time >= from || time < to;
}

describe('sendTimes', () => {
  it('begins at a wall time in the zone of each recipient', () => {
    const local = schedule({ start: 'local', local: '2027-03-28T02:30' });
    const begin = (zone: string) => shown(sendTimes(local, zone, ms('2027-03-01T00:00Z'), ms('2027-04-01T00:00Z')))[0]?.slice(0, 16);
    expect([begin('Europe/Berlin'), begin('Asia/Tokyo'), begin('America/New_York')]).toEqual([
      '2027-03-28T01:00',
      '2027-03-27T17:30',
      '2027-03-28T06:30',
    ]);
  });

  it('ends with the schedule, and has no time after it', () => {
    const until = schedule({ ends_at: '2027-03-02T00:00:00Z' });
    expect(shown(sendTimes(until, 'UTC', ms('2027-03-01T00:00Z'), ms('2027-04-01T00:00Z')))).toEqual(['2027-03-01T00:00 2027-03-02T00:00']);
    expect(sendTimes(until, 'UTC', ms('2027-03-03T00:00Z'), ms('2027-04-01T00:00Z'))).toEqual([]);
  });
});

describe('nextOpenTimes', () => {
  it('gives the next open time of each zone, and none where the schedule is over', () => {
    const windows = schedule({
      windows: [{ days: [1], from: '09:00', to: '10:00' }],
      recipient_zone: true,
      ends_at: '2027-03-08T05:00:00Z',
    });
    const next = nextOpenTimes(windows, ['Asia/Tokyo', 'America/New_York'], new Date('2027-03-02T00:00Z'));
    expect(next.map(({ zone, opens, closes }) => [zone, opens.toISOString(), closes.toISOString()])).toEqual([
      ['Asia/Tokyo', '2027-03-08T00:00:00.000Z', '2027-03-08T01:00:00.000Z'],
    ]);
  });

  it('finds an open time that is months away', () => {
    const later = schedule({ start: 'local', local: '2028-11-30T10:00', windows: [workdays] });
    expect(nextOpenTimes(later, ['UTC'], new Date('2027-01-01T00:00Z'))[0]?.opens.toISOString()).toBe('2028-11-30T10:00:00.000Z');
  });
});

describe('publicHolidays', () => {
  it('knows the public holidays of a country, and none of one that is not known', () => {
    const days = [...publicHolidays('BR', 2027)].map((day) => new Date(day * dayMs).toISOString().slice(0, 10));
    expect(days).toEqual(expect.arrayContaining(['2027-01-01', '2027-09-07', '2027-12-25']));
    expect(publicHolidays('XX', 2027).size).toBe(0);
    expect([hasHolidays('DE'), hasHolidays('XX')]).toEqual([true, false]);
  });
});

describe('closedByOf', () => {
  const night = { from: '20:00', to: '09:00' };
  const by = (over: Partial<CampaignSchedule>, at: string, quiet: QuietHours | null = null, zone = 'Europe/Berlin') =>
    closedByOf(schedule({ time_zone: 'Europe/Berlin', ...over }), zone, ms(at), quiet);

  it('names nothing while a schedule is open, else what would have to be otherwise', () => {
    // A Wednesday; Ascension Day is the day after.
    expect(by({}, '2027-05-05T10:00Z')).toBeNull();
    expect(by({ windows: [workdays] }, '2027-05-05T10:00Z', night)).toBeNull();
    expect(by({ windows: [workdays] }, '2027-05-05T17:00Z', night)).toBe('windows');
    expect(by({ holidays: ['DE'] }, '2027-05-06T10:00Z')).toBe('holidays');
    expect(by({ holidays: ['DE'], windows: [workdays] }, '2027-05-06T17:00Z')).toBe('windows');
    expect(by({}, '2027-05-05T19:00Z', night)).toBe('quiet_hours');
    expect(by({}, '2027-05-05T19:00Z', night, 'America/New_York')).toBeNull();
  });

  it('names the start where people live before it, whatever else is closed', () => {
    const local: Partial<CampaignSchedule> = { start: 'local', local: '2027-05-05T10:00', windows: [workdays] };
    expect(by(local, '2027-05-05T13:00Z', night, 'America/New_York')).toBe('start');
    expect(by(local, '2027-05-05T14:00Z', night, 'America/New_York')).toBeNull();
  });
});
