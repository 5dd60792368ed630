import type { CampaignDraft } from './api';

/** Place of a time among the windows of a week. `opens`: day of the week and time at which the next one opens, when none is open. */
export interface WindowPlace {
  isOpen: boolean;
  opens: { day: number; from: string } | null;
}

/** Says whether a window is open at a time, in the zone of the windows. Without windows it always is. Holidays are not asked. */
export function windowAt({ windows, time_zone }: Pick<CampaignDraft['schedule'], 'windows' | 'time_zone'>, at: Date): WindowPlace {
  if (windows.length === 0) return { isOpen: true, opens: null };
  const { day, time } = wallOf(time_zone, at);
  if (windows.some(({ days, from, to }) => days.includes(day) && from <= time && time < to)) return { isOpen: true, opens: null };
  for (let ahead = 0; ahead <= 7; ahead++) {
    const then = ((day - 1 + ahead) % 7) + 1;
    const [first] = windows
      .filter(({ days, from }) => days.includes(then) && (ahead > 0 || from > time))
      .map(({ from }) => from)
      .toSorted();
    if (first !== undefined) return { isOpen: false, opens: { day: then, from: first } };
  }
  return { isOpen: false, opens: null };
}

/** Day of the week (Monday is 1) and time on the wall of a zone. */
function wallOf(timeZone: string, at: Date): { day: number; time: string } {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const day = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(parts.weekday ?? '') + 1;
  return { day, time: `${parts.hour ?? '00'}:${parts.minute ?? '00'}` };
}
