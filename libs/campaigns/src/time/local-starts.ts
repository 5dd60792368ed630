import { setImmediate } from 'node:timers/promises';
import { startOf, type SendTimes } from './open-intervals';

/** Starts of a campaign by the time zone of the person. */
export interface LocalStarts {
  /** Time zones that are known. */
  known: ReadonlySet<string>;
  /** Start in each zone that people may be in. */
  at: Record<string, string>;
}

/** Zones that are computed in one go, so that the first use of all of them does not hold up the process. */
const zonesAtOnce = 10;

/** Returns the start of a schedule with a local start in each zone. A zone that this runtime does not know has none. */
export async function localStarts(
  schedule: Pick<SendTimes, 'start' | 'at' | 'local' | 'time_zone'>,
  known: ReadonlySet<string>,
): Promise<LocalStarts> {
  const at: LocalStarts['at'] = {};
  let computed = 0;
  for (const zone of new Set([...known, schedule.time_zone])) {
    if (++computed % zonesAtOnce === 0) await setImmediate();
    try {
      at[zone] = new Date(startOf(schedule, zone, 0)).toISOString();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return { known, at };
}
