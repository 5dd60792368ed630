import { setImmediate } from 'node:timers/promises';
import { startOf, type SendTimes } from './open-intervals';

/** Starts of a campaign by the time zone of the person. */
export interface LocalStarts {
  /** Time zones that are known. */
  known: ReadonlySet<string>;
  /** Zones that people may be in, and the start in each. */
  zones: string[];
  at: Date[];
}

/** Zones that are computed in one go, so that the first use of all of them does not hold up the process. */
const zonesAtOnce = 10;

/** Returns the start of a schedule with a local start in each zone. A zone that this runtime does not know has none. */
export async function localStarts(
  schedule: Pick<SendTimes, 'start' | 'at' | 'local' | 'time_zone'>,
  known: ReadonlySet<string>,
): Promise<LocalStarts> {
  const starts: LocalStarts = { known, zones: [], at: [] };
  let computed = 0;
  for (const zone of new Set([...known, schedule.time_zone])) {
    if (++computed % zonesAtOnce === 0) await setImmediate();
    try {
      starts.at.push(new Date(startOf(schedule, zone, 0)));
      starts.zones.push(zone);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return starts;
}
