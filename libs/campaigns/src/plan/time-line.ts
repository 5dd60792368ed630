import type { Interval } from '../time/open-intervals';
import { dayMs } from '../time/zone-clock';

/** Days whose intervals are read at once, from a multiple of them on, so that lines with the same times may share what was read. */
const daysAtOnce = 40;

/** Returns open times, ascending and apart. */
export type Times = (from: number, to: number) => Interval[];

/** Returns the same times, each stretch computed once. */
export function remembered(times: Times): Times {
  const known = new Map<number, Interval[]>();
  return (from, to) => {
    let intervals = known.get(from);
    if (!intervals) known.set(from, (intervals = times(from, to)));
    return intervals;
  };
}

/** Open times that a forecast walks along, read as far as it comes. Its time never goes back. */
export class TimeLine {
  private intervals: Interval[] = [];
  private next = 0;
  private readUntil = -Infinity;

  constructor(private readonly read: Times) {}

  /** Returns whether it is open, and until when at least that holds. `since`: begin of the open time, as far as it was read. */
  at(now: number): { isOpen: boolean; until: number; since: number } {
    if (now >= this.readUntil) {
      const from = Math.floor(now / (daysAtOnce * dayMs)) * daysAtOnce * dayMs;
      this.readUntil = from + daysAtOnce * dayMs;
      this.intervals = this.read(from, this.readUntil);
      this.next = 0;
    }
    while (this.next < this.intervals.length && (this.intervals[this.next] as Interval).closes <= now) this.next++;
    const interval = this.intervals[this.next];
    if (!interval) return { isOpen: false, until: this.readUntil, since: now };
    return interval.opens <= now
      ? { isOpen: true, until: interval.closes, since: interval.opens }
      : { isOpen: false, until: interval.opens, since: now };
  }
}
