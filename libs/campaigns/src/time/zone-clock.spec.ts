import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { hourMs, minuteMs, wallMs, ZoneClock, zoneClock } from './zone-clock';

const zones = Intl.supportedValuesOf('timeZone');
const from = Temporal.Instant.from('2025-01-01T00:00Z').epochMilliseconds;
const until = Temporal.Instant.from('2031-01-01T00:00Z').epochMilliseconds;

interface Change {
  zone: string;
  at: number;
  /** Offsets before and after, in ms. */
  before: number;
  after: number;
}

function changesOf(zone: string): Change[] {
  const changes: Change[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
  for (;;) {
    const next = at.getTimeZoneTransition('next');
    if (!next || next.epochMilliseconds >= until) return changes;
    const before = next.subtract({ milliseconds: 1 }).offsetNanoseconds / 1e6;
    changes.push({ zone, at: next.epochMilliseconds, before, after: next.offsetNanoseconds / 1e6 });
    at = next;
  }
}

const changes = zones.flatMap(changesOf);
const wallText = (ms: number) => new Date(ms).toISOString().slice(0, 19);
const found = (zone: string, wall: number) => zoneClock(zone).first(wall);

describe('ZoneClock.first', () => {
  it('is tested with every transition of over 400 zones', () => {
    expect(zones.length).toBeGreaterThan(400);
    expect(changes.length).toBeGreaterThan(1_400);
  });

  it('takes the first of two instants with the same wall time', () => {
    const repeated = changes.filter(({ before, after }) => after < before);
    expect(repeated.length).toBeGreaterThan(700);
    const wrong = repeated.flatMap(({ zone, at, before, after }) =>
      [at + after, at + (before + after) / 2, at + before - 1_000]
        .filter((wall) => found(zone, wall) !== wall - before)
        .map((wall) => `${zone} ${wallText(wall)}`),
    );
    expect(wrong).toEqual([]);
  });

  it('takes the first instant after a wall time that is left out', () => {
    const missing = changes.filter(({ before, after }) => after > before);
    expect(missing.length).toBeGreaterThan(700);
    const wrong = missing.flatMap(({ zone, at, before, after }) =>
      [at + before, at + (before + after) / 2, at + after - 1_000]
        .filter((wall) => found(zone, wall) !== at)
        .map((wall) => `${zone} ${wallText(wall)}`),
    );
    expect(wrong).toEqual([]);
  });

  it('is exact on both sides of a transition', () => {
    const wrong = changes.flatMap(({ zone, at, before, after }) => {
      const earlier = at + Math.min(before, after) - hourMs;
      const later = at + Math.max(before, after) + hourMs;
      return found(zone, earlier) === earlier - before && found(zone, later) === later - after ? [] : [`${zone} ${wallText(at)}`];
    });
    expect(wrong).toEqual([]);
  });

  it('agrees with Temporal at any time of any zone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: (until - from) / minuteMs }), (zone, minute) => {
        const wall = from + minute * minuteMs;
        const expected = Temporal.PlainDateTime.from(wallText(wall)).toZonedDateTime(zone, { disambiguation: 'earlier' });
        if (expected.toPlainDateTime().toString() === Temporal.PlainDateTime.from(wallText(wall)).toString())
          expect(zoneClock(zone).first(wall)).toBe(expected.epochMilliseconds);
        const { zone: name } = zoneClock(zone);
        const instant = from + minute * minuteMs;
        const read = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(name);
        expect(zoneClock(zone).wall(instant)).toBe(instant + read.offsetNanoseconds / 1e6);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['Europe/Berlin', '2027-03-28T02:30', '2027-03-28T01:00:00.000Z'],
    ['Europe/Berlin', '2027-10-31T02:30', '2027-10-31T00:30:00.000Z'],
    ['Australia/Lord_Howe', '2027-10-03T02:15', '2027-10-02T15:30:00.000Z'],
    ['Africa/Cairo', '2027-04-30T00:00', '2027-04-29T22:00:00.000Z'],
    ['America/Sao_Paulo', '2027-01-01T24:00', '2027-01-02T03:00:00.000Z'],
    ['Asia/Kathmandu', '2027-01-01T09:00:30', '2027-01-01T03:15:30.000Z'],
    ['UTC', '2028-02-29T12:00', '2028-02-29T12:00:00.000Z'],
  ])('turns %s %s into %s', (zone, wall, instant) => {
    expect(new Date(zoneClock(zone).first(wallMs(wall))).toISOString()).toBe(instant);
  });

  it('refuses a wall time that no day has, and a zone that is not known', () => {
    for (const wall of ['2027-02-29T12:00', '2027-01-01T24:01', '2027-01-01T12:60', '2027-13-01T12:00', '2027-01-01', '']) {
      expect(() => wallMs(wall)).toThrow(RangeError);
    }
    expect(() => zoneClock('Mars/Base')).toThrow(RangeError);
  });
});

describe('ZoneClock', () => {
  it('gives the last of two instants with the same wall time', () => {
    const clock = new ZoneClock('Europe/Berlin');
    expect(clock.last(wallMs('2027-10-31T02:30')) - clock.first(wallMs('2027-10-31T02:30'))).toBe(hourMs);
    expect(clock.last(wallMs('2027-03-28T02:30'))).toBe(clock.first(wallMs('2027-03-28T02:30')));
    expect(clock.last(wallMs('2027-06-01T12:00'))).toBe(clock.first(wallMs('2027-06-01T12:00')));
  });

  it('answers for years far from those that it has read', () => {
    const clock = new ZoneClock('Europe/Berlin');
    const years = [2027, 2041, 1995, 2060, 2027];
    expect(years.map((year) => new Date(clock.first(wallMs(`${year}-07-01T12:00`))).toISOString().slice(11, 16))).toEqual(
      years.map(() => '10:00'),
    );
  });

  it('finds the begin of the next day also when midnight is left out', () => {
    const clock = new ZoneClock('Africa/Cairo');
    expect(new Date(clock.nextDay(Date.parse('2027-04-29T12:00Z'))).toISOString()).toBe('2027-04-29T22:00:00.000Z');
  });
});
