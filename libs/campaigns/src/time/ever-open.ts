import { setImmediate } from 'node:timers/promises';
import { isZoned, type QuietHours, type SendTimes, startOf } from './open-intervals';
import { readHolidays } from './public-holidays';
import { hasOwnHolidays, otherCountry, placeMark } from './place';
import { nextOpenTimes } from './zone-list';

/**
 * Returns whether there is a time zone in which something can be sent from `now` on. For a schedule that is never open it takes seconds of CPU,
 * in which other work of the process goes on.
 */
export async function isEverOpen(schedule: SendTimes, quiet: QuietHours | null, known: Iterable<string>, now: Date): Promise<boolean> {
  if (schedule.windows.length === 0 && schedule.holidays.length === 0 && quiet === null) return true;
  await readHolidays(schedule.holidays, new Date(startOf(schedule, schedule.time_zone, now.getTime())).getUTCFullYear());
  // Where holidays leave out the fewest days: for people of other countries, if they have none of them.
  const country = hasOwnHolidays(schedule) ? `${placeMark}${otherCountry}` : '';
  for (const zone of new Set([schedule.time_zone, ...(isZoned(schedule, quiet) ? known : [])])) {
    if (nextOpenTimes(schedule, [`${zone}${country}`], now, quiet).length > 0) return true;
    await setImmediate();
  }
  return false;
}
