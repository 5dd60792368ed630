import type { Campaign } from './api';

/** A month as YYYY-MM: the given one, else that of the time. */
export function monthOf(text: string | null, now: Date): string {
  return text !== null && /^\d{4}-(0[1-9]|1[0-2])$/.test(text) ? text : dayOf(now).slice(0, 7);
}

/** Returns the month that lies some months before or after. */
export function nextMonth(month: string, by: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}

/** Days of the weeks that a month touches, as YYYY-MM-DD. Weeks begin on Monday. */
export function monthDays(month: string): string[][] {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const first = new Date(Date.UTC(year, number - 1, 1));
  const before = (first.getUTCDay() + 6) % 7;
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const weeks = Math.ceil((before + length) / 7);
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_day, day) => new Date(Date.UTC(year, number - 1, 1 - before + week * 7 + day)).toISOString().slice(0, 10)),
  );
}

/** Longest run that a calendar shows, in days. */
const maxDays = 62;

/** Returns the days of a campaign in the zone of the browser: that of its start, and all on which it ran. */
export function daysOf(
  {
    state,
    schedule,
    launched_at,
    ended_at,
  }: Pick<Campaign, 'state' | 'launched_at' | 'ended_at'> & {
    schedule: Pick<Campaign['schedule'], 'start' | 'at' | 'local'>;
  },
  now: Date,
): string[] {
  const planned =
    schedule.start === 'local' && schedule.local
      ? schedule.local.slice(0, 10)
      : schedule.start === 'at' && schedule.at
        ? dayOf(new Date(schedule.at))
        : null;
  if (state === 'scheduled') return [planned ?? dayOf(launched_at ? new Date(launched_at) : now)];
  const begin =
    launched_at && planned !== null && planned > dayOf(new Date(launched_at))
      ? planned
      : launched_at
        ? dayOf(new Date(launched_at))
        : planned;
  if (begin === null) return [];
  const end = ended_at ? dayOf(new Date(ended_at)) : dayOf(now);
  const days: string[] = [begin];
  while ((days.at(-1) as string) < end && days.length < maxDays) {
    const next = new Date(`${days.at(-1) ?? begin}T00:00Z`);
    next.setUTCDate(next.getUTCDate() + 1);
    days.push(next.toISOString().slice(0, 10));
  }
  return days;
}

/** The day of a time in the zone of the browser, as YYYY-MM-DD. */
export function dayOf(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
