import type { CampaignSchedule } from '../campaign-body';
import { hasOwnHolidays, placeOf } from './place';
import { publicHolidays } from './public-holidays';
import { dayMs, hourMs, minuteMs, wallMs, zoneClock, type ZoneClock } from './zone-clock';

/** Time in which messages may be sent, in ms since the epoch, without its end. */
export interface Interval {
  opens: number;
  closes: number;
}

/** Daily time in which a tenant sends nothing, as wall times in the zone of the recipient. It may pass midnight. */
export interface QuietHours {
  from: string;
  to: string;
}

/** The members of a schedule that decide when it is open. */
export type OpenTimes = Pick<CampaignSchedule, 'time_zone' | 'recipient_zone' | 'windows' | 'holidays' | 'recipient_holidays'>;
/** With those that decide when it begins and ends. */
export type SendTimes = OpenTimes & Pick<CampaignSchedule, 'start' | 'at' | 'local' | 'ends_at' | 'when_closed'>;

/**
 * Returns the times between `from` and `to` in which people in `place` may be written to, ascending and apart from each other: the windows of
 * the schedule, in its zone or theirs, without public holidays, of all its countries or of theirs, and without the quiet hours in their zone.
 */
export function openIntervals(schedule: OpenTimes, place: string, from: number, to: number, quiet: QuietHours | null = null): Interval[] {
  const { zone, country } = placeOf(place);
  const held = country === undefined ? schedule : { ...schedule, holidays: schedule.holidays.filter((of) => of === country) };
  const open = windowsOf(held, zoneClock(schedule.recipient_zone ? zone : schedule.time_zone), from, to);
  return quiet === null || quiet.from === quiet.to ? open : without(open, quietTimes(quiet, zoneClock(zone), from, to));
}

/** True for a schedule that is open at other times in one place than in another. */
export const isZoned = (schedule: Omit<SendTimes, 'windows'>, quiet: object | null): boolean =>
  schedule.recipient_zone || schedule.start === 'local' || quiet !== null || hasOwnHolidays(schedule);

/** Returns the instant before which nothing is sent to people in `place`. */
export function startOf(schedule: Pick<SendTimes, 'start' | 'at' | 'local'>, place: string, now: number): number {
  if (schedule.start === 'at' && schedule.at) return Math.max(now, new Date(schedule.at).getTime());
  if (schedule.start === 'local' && schedule.local) return Math.max(now, zoneClock(placeOf(place).zone).first(wallMs(schedule.local)));
  return now;
}

/** Returns the open times of a schedule between its start for people in `place` and its end. */
export function sendTimes(schedule: SendTimes, place: string, now: number, to: number, quiet: QuietHours | null = null): Interval[] {
  const from = startOf(schedule, place, now);
  const end = schedule.ends_at ? Math.min(to, new Date(schedule.ends_at).getTime()) : to;
  return from < end ? openIntervals(schedule, place, from, end, quiet) : [];
}

/** Causes for which a schedule is closed. */
export const closedBy = ['start', 'windows', 'holidays', 'quiet_hours'] as const;
export type ClosedBy = (typeof closedBy)[number];

/** Returns why a schedule is closed at `now` for people in `place`; null: it is open. */
export function closedByOf(schedule: SendTimes, place: string, now: number, quiet: QuietHours | null): ClosedBy | null {
  const isOpen = (of: OpenTimes, hours: QuietHours | null) => openIntervals(of, place, now, now + minuteMs, hours)[0]?.opens === now;
  if (startOf(schedule, place, now) > now) return 'start';
  if (isOpen(schedule, quiet)) return null;
  if (isOpen(schedule, null)) return 'quiet_hours';
  return isOpen({ ...schedule, holidays: [] }, null) ? 'holidays' : 'windows';
}

function windowsOf({ windows, holidays }: OpenTimes, clock: ZoneClock, from: number, to: number): Interval[] {
  if (windows.length === 0 && holidays.length === 0) return [{ opens: from, closes: to }];
  const spans: Interval[] = [];
  for (let day = dayOf(clock, from); day <= dayOf(clock, to); day++) {
    if (holidays.some((country) => publicHolidays(country, new Date(day * dayMs).getUTCFullYear()).has(day))) continue;
    const of = windows.length === 0 ? [wholeDay] : windows.filter(({ days }) => days.includes(weekday(day)));
    for (const window of of)
      spans.push({ opens: clock.first(day * dayMs + timeMs(window.from)), closes: clock.first(day * dayMs + timeMs(window.to)) });
  }
  return within(merged(spans), from, to);
}

const wholeDay = { from: '00:00', to: '24:00' };

/** A repeated hour is quiet both times, so that no clock that people look at shows a quiet hour when a message comes. */
function quietTimes(quiet: QuietHours, clock: ZoneClock, from: number, to: number): Interval[] {
  const spans: Interval[] = [];
  const passes = quiet.from > quiet.to;
  for (let day = dayOf(clock, from) - 1; day <= dayOf(clock, to); day++)
    spans.push({
      opens: clock.first(day * dayMs + timeMs(quiet.from)),
      closes: clock.last((passes ? day + 1 : day) * dayMs + timeMs(quiet.to)),
    });
  return merged(spans);
}

/** Days since 1970 by the wall of a zone. */
function dayOf(clock: ZoneClock, instant: number): number {
  return Math.floor(clock.wall(instant) / dayMs);
}

/** Day of the week, Monday is 1. The first of 1970 was a Thursday. */
export function weekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** Ms since midnight of a time `HH:mm`. */
export function timeMs(time: string): number {
  return Number(time.slice(0, 2)) * hourMs + Number(time.slice(3, 5)) * minuteMs;
}

/** Joins times that touch. */
export function merged(spans: Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const { opens, closes } of spans.sort((a, b) => a.opens - b.opens)) {
    const last = result.at(-1);
    if (last && opens <= last.closes) last.closes = Math.max(last.closes, closes);
    else if (opens < closes) result.push({ opens, closes });
  }
  return result;
}

/** Returns the parts of `spans` between two instants. */
export function within(spans: Interval[], from: number, to: number): Interval[] {
  return spans
    .map(({ opens, closes }) => ({ opens: Math.max(opens, from), closes: Math.min(closes, to) }))
    .filter(({ opens, closes }) => opens < closes);
}

/** Returns what of `spans` is in none of `holes`. Both are ascending and apart. */
function without(spans: Interval[], holes: Interval[]): Interval[] {
  const result: Interval[] = [];
  let next = 0;
  for (const { opens, closes } of spans) {
    let from = opens;
    while (next < holes.length && (holes[next] as Interval).closes <= from) next++;
    for (let i = next; i < holes.length && (holes[i] as Interval).opens < closes; i++) {
      const hole = holes[i] as Interval;
      if (hole.opens > from) result.push({ opens: from, closes: hole.opens });
      from = Math.max(from, hole.closes);
    }
    if (from < closes) result.push({ opens: from, closes });
  }
  return result;
}
