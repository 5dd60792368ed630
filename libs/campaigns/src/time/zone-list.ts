import { type Interval, isZoned, type QuietHours, sendTimes, type SendTimes, startOf, within } from './open-intervals';
import { dayMs } from './zone-clock';

/** A row of the list that SQL joins: people in `zone` may be written to from `opens` until `closes`. */
export interface ZoneInterval {
  zone: string;
  opens: Date;
  closes: Date;
}

/** Days that are searched for the next open time of a schedule. */
const searchedDays = 370;
const soonDays = 8;

/** Returns the first open time of a schedule in each zone at or after an instant, cut to what follows the instant. A zone in which the schedule is never open again has no row. */
export function nextOpenTimes(schedule: SendTimes, zones: readonly string[], from: Date, quiet: QuietHours | null = null): ZoneInterval[] {
  return rowsOf(schedule, zones, quiet, (zone) => {
    const start = startOf(schedule, zone, from.getTime());
    // Most schedules are open within days. An interval that may go on beyond what was searched is read again.
    for (const days of [soonDays, searchedDays]) {
      const to = start + days * dayMs;
      const [next] = sendTimes(schedule, zone, start, to, quiet);
      if (next && (next.closes < to || days === searchedDays)) return [next];
    }
    return [];
  });
}

/**
 * Returns the function that gives the open times of messages in a place between two instants: all that a schedule has after `since`, or only the
 * first if it skips what is late.
 */
export function timesOf(
  schedule: SendTimes,
  place: string,
  since: number,
  quiet: QuietHours | null,
): (from: number, to: number) => Interval[] {
  if (schedule.when_closed !== 'skip') return (from, to) => sendTimes(schedule, place, Math.max(from, since), to, quiet);
  const only = firstOpenTime(schedule, place, since, quiet);
  return (from, to) => within(only ? [only] : [], from, to);
}

/** Returns the first open time of a schedule in a place at or after an instant; null: there is none. */
export function firstOpenTime(schedule: SendTimes, place: string, since: number, quiet: QuietHours | null): Interval | null {
  const [next] = nextOpenTimes(schedule, [place], new Date(since), quiet);
  return next ? { opens: next.opens.getTime(), closes: next.closes.getTime() } : null;
}

/** Columns of a list for `unnest($1::text[], $2::timestamptz[], $3::timestamptz[])`. */
export function zoneColumns(list: readonly ZoneInterval[]): [zones: string[], opens: Date[], closes: Date[]] {
  return [list.map(({ zone }) => zone), list.map(({ opens }) => opens), list.map(({ closes }) => closes)];
}

function rowsOf(
  schedule: SendTimes,
  zones: readonly string[],
  quiet: QuietHours | null,
  timesOf: (zone: string) => Interval[],
): ZoneInterval[] {
  const [first] = zones;
  const common = !isZoned(schedule, quiet) && first !== undefined ? timesOf(first) : null;
  return zones.flatMap((zone) =>
    (common ?? timesOf(zone)).map(({ opens, closes }) => ({ zone, opens: new Date(opens), closes: new Date(closes) })),
  );
}
