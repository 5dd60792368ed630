import { dayMs, hourMs, zoneClock, type ZoneClock } from '../time/zone-clock';

/** Caps of a lane, a pool or a group, with what was sent under them so far. */
export interface Caps {
  hourlyCap: number | null;
  dailyCap: number | null;
  /** Daily caps of the first days. */
  warmUp?: readonly number[] | null;
  /** Day of the warm-up today, from 1; null: none, or it is over. */
  warmUpDay?: number | null;
  timeZone: string;
  sentThisHour: number;
  sentToday: number;
}

/** Reasons why a cap allows nothing more. */
export type CapReason = 'hourly_cap' | 'daily_cap' | 'warm_up';

/** Counts messages under caps, as the claim does: by the hour in UTC, and by the day in the time zone of the caps. Its time never goes back. */
export class CapCounter {
  private readonly clock: ZoneClock;
  private hour: number;
  private dayEnd: number;
  private usedHour: number;
  private usedDay: number;
  private warmUpDay: number;

  constructor(
    private readonly caps: Caps,
    now: number,
  ) {
    this.clock = zoneClock(caps.timeZone);
    this.hour = Math.floor(now / hourMs);
    this.dayEnd = this.clock.nextDay(now);
    this.usedHour = caps.sentThisHour;
    this.usedDay = caps.sentToday;
    this.warmUpDay = caps.warmUpDay ?? Infinity;
  }

  /** Returns how many messages the caps still allow. */
  left(now: number): number {
    this.roll(now);
    const { hourlyCap } = this.caps;
    return Math.max(0, Math.min(hourlyCap === null ? Infinity : hourlyCap - this.usedHour, this.today() - this.usedDay));
  }

  take(count: number): void {
    this.usedHour += count;
    this.usedDay += count;
  }

  /** Returns why nothing is left, and when something is again; null: something is left. */
  block(now: number): { reason: CapReason; until: number } | null {
    if (this.left(now) > 0) return null;
    const today = this.today();
    if (this.usedDay < today) return { reason: 'hourly_cap', until: (this.hour + 1) * hourMs };
    return { reason: today < (this.caps.dailyCap ?? Infinity) ? 'warm_up' : 'daily_cap', until: this.dayEnd };
  }

  /** True when nothing is limited. */
  get isOpen(): boolean {
    return this.caps.hourlyCap === null && this.caps.dailyCap === null && this.warmUpToday() === Infinity;
  }

  private today(): number {
    return Math.min(this.caps.dailyCap ?? Infinity, this.warmUpToday());
  }

  private warmUpToday(): number {
    return this.caps.warmUp?.[this.warmUpDay - 1] ?? Infinity;
  }

  private roll(now: number): void {
    const hour = Math.floor(now / hourMs);
    if (hour !== this.hour) {
      this.hour = hour;
      this.usedHour = 0;
    }
    while (now >= this.dayEnd) {
      const day = Math.floor(this.clock.wall(this.dayEnd - 1) / dayMs);
      // A day may be left out in a zone that moved over the date line.
      this.warmUpDay += Math.max(1, Math.floor(this.clock.wall(this.dayEnd) / dayMs) - day);
      this.usedDay = 0;
      this.dayEnd = this.clock.nextDay(this.dayEnd);
    }
  }
}
