import { Temporal } from 'temporal-polyfill';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
const yearMs = 366 * dayMs;
/** Years around an instant whose transitions are read at once. */
const yearsAround = 2;

/**
 * Converts between instants and wall times of one zone. Both are numbers of ms: an instant since the epoch, a wall time as if it were UTC. The
 * transitions of the years in use are read from Temporal once, so that a conversion is a search in a short list.
 */
export class ZoneClock {
  /** Begins of spans with one offset, ascending. The first is the begin of what was read. */
  private begins: number[] = [];
  private offsets: number[] = [];
  private readUntil = -Infinity;

  constructor(readonly zone: string) {}

  /** Returns the wall time at an instant. */
  wall(instant: number): number {
    this.read(instant, instant);
    return instant + (this.offsets[this.spanAt(instant)] as number);
  }

  /**
   * Returns the instant at which clocks of the zone show a wall time. A time that occurs twice, when clocks are set back, is the first of the two; a
   * time that is left out, when clocks are set forward, is the first instant after it. Starts and windows of campaigns become instants here.
   */
  first(wall: number): number {
    // Offsets lie between -12 and +14 hours; a day is enough of a margin.
    this.read(wall - dayMs, wall + dayMs);
    for (let i = this.spanAt(wall - dayMs); ; i++) {
      const instant = wall - (this.offsets[i] as number);
      if (instant < this.endOf(i)) return Math.max(instant, this.begins[i] as number);
    }
  }

  /** Returns the last instant of a wall time; of a missing one the first instant after it. */
  last(wall: number): number {
    this.read(wall - dayMs, wall + dayMs);
    for (let i = this.spanAt(wall + dayMs); ; i--) {
      const instant = wall - (this.offsets[i] as number);
      if (instant >= (this.begins[i] as number)) return Math.min(instant, this.endOf(i));
    }
  }

  /** Returns the begin of the next day, at its first midnight. */
  nextDay(instant: number): number {
    return this.first((Math.floor(this.wall(instant) / dayMs) + 1) * dayMs);
  }

  private endOf(span: number): number {
    return this.begins[span + 1] ?? Infinity;
  }

  /** Returns the index of the span that contains the instant. */
  private spanAt(instant: number): number {
    let low = 0;
    let high = this.begins.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.begins[middle] as number) <= instant) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private read(from: number, to: number): void {
    if (this.begins.length > 0 && from >= (this.begins[0] as number) && to < this.readUntil) return;
    const start = Math.min(from - yearsAround * yearMs, this.begins[0] ?? Infinity);
    const end = Math.max(to + yearsAround * yearMs, this.readUntil);
    let at = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(this.zone);
    this.begins = [start];
    this.offsets = [at.offsetNanoseconds / 1e6];
    for (;;) {
      const next = at.getTimeZoneTransition('next');
      if (!next || next.epochMilliseconds >= end) break;
      this.begins.push(next.epochMilliseconds);
      this.offsets.push(next.offsetNanoseconds / 1e6);
      at = next;
    }
    this.readUntil = end;
  }
}

const clocks = new Map<string, ZoneClock>();

/** Returns the clock of a zone. @throws RangeError when the zone is unknown */
export function zoneClock(zone: string): ZoneClock {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new ZoneClock(zone);
    clock.wall(Date.now());
    clocks.set(zone, clock);
  }
  return clock;
}

const wallTime = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/;

/** Returns a wall time `YYYY-MM-DDTHH:mm[:ss]` in ms, as if it were UTC. 24:00 is the begin of the next day. @throws RangeError */
export function wallMs(wall: string): number {
  const parts = wallTime
    .exec(wall)
    ?.slice(1)
    .map((part) => Number(part ?? 0));
  if (!parts) throw new RangeError('A wall time is YYYY-MM-DDTHH:mm.');
  const [year, month, day, hour, minute, second] = parts as [number, number, number, number, number, number];
  const ms = Date.UTC(year, month - 1, day);
  if (
    new Date(ms).getUTCDate() !== day ||
    new Date(ms).getUTCMonth() !== month - 1 ||
    hour > 24 ||
    minute > 59 ||
    second > 59 ||
    (hour === 24 && minute + second > 0)
  )
    throw new RangeError('The wall time is not a time of a day.');
  return ms + hour * hourMs + minute * minuteMs + second * 1_000;
}
