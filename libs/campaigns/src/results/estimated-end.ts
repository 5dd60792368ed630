import { merged, type QuietHours, type SendTimes } from '../time/open-intervals';
import { dayMs } from '../time/zone-clock';
import { timesOf } from '../time/zone-list';

/** Time zones of people whose open times an estimate asks for: those with the most people. */
export const estimatedZones = 5;
/** Days of open times that are computed at once, and at most. */
const daysAtOnce = 8;
const searchedDays = 366;

/**
 * Returns the time at which `workMs` of sending is done, counted while the schedule is open in any of the places, or the end of the campaign, or of the
 * only windows of its messages, if that is earlier; null: later than a year. All times are in ms.
 */
export function endOfWork(
  schedule: SendTimes,
  zones: readonly string[],
  quiet: QuietHours | null,
  now: number,
  workMs: number,
): number | null {
  const end = schedule.ends_at ? new Date(schedule.ends_at).getTime() : Infinity;
  const times = zones.map((zone) => timesOf(schedule, zone, now, quiet));
  let left = workMs;
  let closed = now;
  for (let from = now; from < Math.min(end, now + searchedDays * dayMs); from += daysAtOnce * dayMs) {
    const open = times.flatMap((of) => of(from, from + daysAtOnce * dayMs));
    for (const { opens, closes } of merged(open)) {
      if (opens + left <= closes) return opens + left;
      left -= closes - opens;
      closed = closes;
    }
  }
  return end <= now + searchedDays * dayMs || schedule.when_closed === 'skip' ? closed : null;
}
