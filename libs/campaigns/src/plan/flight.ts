import { paceReserve } from '@heliograph/messaging';
import { dayMs } from '../time/zone-clock';
import { type Caps } from './cap-counter';
import { type Times } from './time-line';

/** A lane as the forecast sees it. */
export interface FlightLane extends Caps {
  windowMs: number;
  /** 0: no pace. */
  windowLimit: number;
  jitterMs: number;
  burstSize: number;
  burstPauseMs: number;
  /** Name of the pool; null: none. */
  pool: string | null;
  /** Shares that classes get at least, in percent, by the stored position of the class. */
  shares: readonly number[];
  /** Open times of the lane, and the classes that are sent outside them; null: open at any time. */
  window: { times: Times; exempt: readonly number[] } | null;
  closedUntil: number | null;
  nextSlotAt: number | null;
}

/** A group that shares lanes, with limits over all of them. */
export interface FlightGroup extends Caps {
  weight: number;
  windowMs: number;
  windowLimit: number | null;
}

/** Messages of one group, class and time zone that wait in one lane. */
export interface FlightCell {
  /** Position of the lane. */
  lane: number;
  /** Position of the group. The group at 0 is the campaign that the forecast is about. */
  group: number;
  classRank: number;
  count: number;
  /** Times in which they may be sent. */
  times: Times;
  /** Times in which they could be sent without quiet hours. */
  timesWithoutQuiet?: Times;
  /** End of their only window: what is left then is missed. Absent or infinite: it waits for the next one. */
  endsAt?: number;
}

export interface FlightInput {
  now: number;
  /** Time after which nothing is forecast. */
  until: number;
  lanes: readonly FlightLane[];
  pools: ReadonlyMap<string, Caps>;
  groups: readonly FlightGroup[];
  cells: readonly FlightCell[];
  /** Returns the day of an instant, for the counts by day. */
  dayOf: (instant: number) => number;
}

/** Causes for which messages of the campaign wait. */
export const flightLimits = [
  'rate',
  'hourly_cap',
  'daily_cap',
  'warm_up',
  'pool',
  'number_window',
  'number_closed',
  'windows',
  'quiet_hours',
  'own_pace',
  'own_daily_cap',
  'other_campaigns',
] as const;
export type FlightLimit = (typeof flightLimits)[number];

export interface Flight {
  sent: number;
  unsent: number;
  /** Messages whose only window ended before their turn. */
  missed: number;
  firstSendAt: number | null;
  lastSendAt: number | null;
  /** Messages by day. */
  days: Map<number, number>;
  /** First and last send by day. */
  daySpans: Map<number, { first: number; last: number }>;
  /** Messages and the last send by lane. */
  lanes: { messages: number; lastSendAt: number | null }[];
  /** Ms of lanes in which messages of the campaign waited, by cause. */
  waited: Map<FlightLimit, number>;
  /** Lanes in which they waited for the warm-up. */
  warmingUp: Set<number>;
  steps: number;
}

/** Messages that left a lane in a step of a forecast. */
export interface FlightSend {
  lane: number;
  group: number;
  cell: number;
  from: number;
  to: number;
  count: number;
}

/** Ms between calls of a lane without a pace, by the time that a call takes. */
export const unpacedGapMs = 100;
/** Days of a forecast at most. */
export const maxFlightMs = 366 * dayMs;

/** Returns the ms between the slots of a lane, on average. */
export function laneGapMs({ windowMs, windowLimit, jitterMs, burstSize, burstPauseMs }: FlightLane): number {
  const pace = windowLimit === 0 ? unpacedGapMs : (windowMs * (1 + paceReserve)) / windowLimit;
  return pace + jitterMs / 2 + (burstSize > 0 ? burstPauseMs / burstSize : 0);
}

/** Returns the ms between the messages of a group; 0: it has no rate. */
export function groupGapMs({ windowMs, windowLimit }: Pick<FlightGroup, 'windowMs' | 'windowLimit'>): number {
  return windowLimit === null ? 0 : (windowMs * (1 + paceReserve)) / windowLimit;
}
