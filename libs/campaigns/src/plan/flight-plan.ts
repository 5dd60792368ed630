import type { LaneView, SharingGroup } from '@heliograph/messaging';
import { classRank, messageClasses } from '@heliograph/tenants';
import { z } from 'zod';
import type { CampaignPace, CampaignSchedule } from '../campaign-body';
import { openIntervals, type QuietHours, within } from '../time/open-intervals';
import { dayMs, zoneClock } from '../time/zone-clock';
import { firstOpenTime, timesOf } from '../time/zone-list';
import type { Caps } from './cap-counter';
import { type Flight, type FlightCell, type FlightGroup, type FlightInput, type FlightLane, type FlightLimit } from './flight';
import { simulateFlight } from './flight-simulation';
import { remembered, type Times } from './time-line';

/** People of a campaign who get a message, by session and time zone. */
export interface PlanCell {
  sessionId: string;
  zone: string;
  count: number;
}

/** Messages of others in the lanes of the campaign. */
export interface OtherLoad {
  sessionId: string;
  classRank: number;
  /** Null: messages without a group that stands apart. */
  group: Pick<SharingGroup, 'id' | 'weight' | 'windowMs' | 'windowLimit' | 'dailyCap' | 'timeZone' | 'sentToday'> | null;
  count: number;
  dueAt: Date;
  /** Schedule of the campaign whose messages they are; null: they are sent at any time. */
  schedule: CampaignSchedule | null;
  zone: string | null;
}

/** A session with its lane. */
export interface PlanSession {
  id: string;
  name: string;
  usable: boolean;
  lane: LaneView;
}

/** Caps that lanes share. */
export interface PlanPool extends Caps {
  name: string;
}

/** Everything that a plan follows from. */
export interface PlanFacts {
  now: Date;
  schedule: CampaignSchedule;
  pace: CampaignPace;
  quiet: QuietHours | null;
  sessions: PlanSession[];
  pools: PlanPool[];
  cells: PlanCell[];
  others: OtherLoad[];
}

/** Ways in which a campaign would end earlier. */
export const fasterCodes = ['add_number', 'even_shares', 'windows', 'own_pace', 'own_daily_cap', 'other_campaigns'] as const;
export type FasterCode = (typeof fasterCodes)[number];

/** A way in which the campaign would end earlier, with its end. */
export interface Faster {
  code: FasterCode;
  lastSendAt: Date | null;
  /** Seconds by which the last message would leave earlier; null: messages would be sent that are not sent now. */
  savesS: number | null;
  /** Messages that still would not be sent. */
  unsent: number;
}

/** Reasons why a plan is not shorter. */
export const planLimits = z.enum([
  'rate',
  'hourly_cap',
  'daily_cap',
  'warm_up',
  'pool',
  'number_window',
  'number_closed',
  'numbers_down',
  'windows',
  'quiet_hours',
  'own_pace',
  'own_daily_cap',
  'other_campaigns',
  'ends_at',
  'too_long',
]);
export type PlanLimit = z.output<typeof planLimits>;

/** A forecast of a campaign. */
export interface Forecast {
  /** Messages of the plan: those sent, those not sent by its end, and those that miss their window. */
  people: number;
  unsent: number;
  missed: number;
  firstSendAt: Date | null;
  lastSendAt: Date | null;
  /** Messages by day, in the time zone of the schedule, with the first and the last send of the day; null: an older plan. */
  days: { date: string; messages: number; firstSendAt: Date | null; lastSendAt: Date | null }[];
  numbers: {
    sessionId: string;
    name: string;
    share: number;
    messages: number;
    lastSendAt: Date | null;
    isDown: boolean;
    isWarmingUp: boolean;
  }[];
  /** Messages that the caps of the numbers allow today; null: they have no caps. */
  budgetToday: number | null;
  limits: PlanLimit[];
  faster: Faster[];
}

/** Time over which a plan looks ahead. */
export const maxPlanDays = 366;
/** Share of the waiting time from which on its cause is named. */
const namedShare = 0.05;
/** Share of its length, and seconds, by which a campaign must end earlier for a way to be named. */
const worthwhile = { share: 0.02, seconds: 60 };
const broadcast = classRank('broadcast');

/** Forecasts a campaign, and what would make it end earlier. */
export async function forecast(facts: PlanFacts): Promise<Forecast> {
  const input = inputOf(facts);
  const flight = await simulateFlight(input);
  const people = facts.cells.reduce((sum, { count }) => sum + count, 0);
  const messages = facts.sessions.map((_, i) => flight.lanes[i]?.messages ?? 0);
  return {
    people,
    unsent: people - flight.sent - flight.missed,
    missed: flight.missed,
    firstSendAt: dateOf(flight.firstSendAt),
    lastSendAt: dateOf(flight.lastSendAt),
    days: [...flight.days]
      .sort(([a], [b]) => a - b)
      .map(([day, count]) => ({
        date: new Date(day * dayMs).toISOString().slice(0, 10),
        messages: count,
        firstSendAt: dateOf(flight.daySpans.get(day)?.first ?? null),
        lastSendAt: dateOf(flight.daySpans.get(day)?.last ?? null),
      })),
    numbers: facts.sessions.map(({ id, name, usable }, i) => ({
      sessionId: id,
      name,
      share: flight.sent > 0 ? (messages[i] as number) / flight.sent : 0,
      messages: messages[i] as number,
      lastSendAt: dateOf(flight.lanes[i]?.lastSendAt ?? null),
      isDown: !usable,
      isWarmingUp: flight.warmingUp.has(i),
    })),
    budgetToday: budgetOf(facts),
    limits: limitsOf(facts, flight),
    faster: people > 0 ? await fasterOf(facts, input, flight) : [],
  };
}

function inputOf(facts: PlanFacts): FlightInput {
  const { schedule, quiet, pace, sessions } = facts;
  const now = facts.now.getTime();
  const end = schedule.ends_at ? new Date(schedule.ends_at).getTime() : Infinity;
  const start = schedule.start === 'at' && schedule.at ? new Date(schedule.at).getTime() : now;
  const until = Math.min(end, Math.max(now, start) + maxPlanDays * dayMs);
  const laneOf = new Map(sessions.map(({ id }, i) => [id, i]));
  const groups: FlightGroup[] = [
    {
      weight: pace.weight,
      windowMs: pace.window_ms,
      windowLimit: pace.window_limit,
      hourlyCap: null,
      dailyCap: pace.daily_cap,
      timeZone: schedule.time_zone,
      sentThisHour: 0,
      sentToday: 0,
    },
  ];
  const groupOf = new Map<string, number>();
  const cells: FlightCell[] = [];
  const timesBy = new Map<string, Pick<FlightCell, 'times' | 'timesWithoutQuiet' | 'endsAt'>>();
  for (const { sessionId, zone, count } of facts.cells) {
    const lane = laneOf.get(sessionId);
    if (lane === undefined) continue;
    let times = timesBy.get(zone);
    if (!times) {
      const of = (hours: QuietHours | null) => remembered(timesOf(schedule, zone, now, hours));
      const endsAt = schedule.when_closed === 'skip' ? (firstOpenTime(schedule, zone, now, quiet)?.closes ?? now) : Infinity;
      times = { times: of(quiet), timesWithoutQuiet: of(null), endsAt };
      timesBy.set(zone, times);
    }
    cells.push({ lane, group: 0, classRank: broadcast, count, ...times });
  }
  for (const { sessionId, classRank: rank, group, count, dueAt, schedule: of, zone } of facts.others) {
    const lane = laneOf.get(sessionId);
    if (lane === undefined) continue;
    const id = group?.id ?? '';
    let at = groupOf.get(id);
    if (at === undefined) {
      groupOf.set(id, (at = groups.length));
      groups.push(
        group
          ? { ...group, hourlyCap: null, sentThisHour: 0 }
          : {
              weight: 1,
              windowMs: 60_000,
              windowLimit: null,
              hourlyCap: null,
              dailyCap: null,
              timeZone: 'UTC',
              sentThisHour: 0,
              sentToday: 0,
            },
      );
    }
    const since = Math.max(now, dueAt.getTime());
    const times: Times = of
      ? remembered(timesOf(of, zone ?? of.time_zone, since, quiet))
      : (from, to) => within([{ opens: since, closes: Infinity }], from, to);
    cells.push({ lane, group: at, classRank: rank, count, times });
  }
  const clock = zoneClock(schedule.time_zone);
  return {
    now,
    until,
    lanes: sessions.map(({ lane }) => flightLane(lane)),
    pools: new Map(facts.pools.map((pool) => [pool.name, pool])),
    groups,
    cells,
    dayOf: (instant) => Math.floor(clock.wall(instant) / dayMs),
  };
}

/** Send window of a lane, as it is stored. */
interface LaneWindow {
  days: number[];
  from: string;
  to: string;
  exempt_classes?: string[];
}

/** Returns a lane as the forecast sees it. */
export function flightLane(lane: LaneView): FlightLane {
  const { timeZone, shares, closedUntil, nextSlotAt, capPool } = lane;
  const window = lane.sendWindow as LaneWindow | null;
  return {
    windowMs: lane.windowMs,
    windowLimit: lane.windowLimit,
    jitterMs: lane.jitterMs,
    burstSize: lane.burstSize,
    burstPauseMs: lane.burstPauseMs,
    hourlyCap: lane.hourlyCap,
    dailyCap: lane.dailyCap,
    warmUp: lane.warmUp,
    warmUpDay: lane.warmUpDay,
    timeZone,
    sentThisHour: lane.sentThisHour,
    sentToday: lane.sentToday,
    pool: capPool,
    shares: messageClasses.map((name) => (name === 'transactional' ? 0 : shares[name])),
    window: window && {
      times: remembered((from, to) =>
        openIntervals(
          { windows: [{ days: window.days, from: window.from, to: window.to }], holidays: [], time_zone: timeZone, recipient_zone: false },
          timeZone,
          from,
          to,
        ),
      ),
      exempt: (window.exempt_classes ?? []).map((name) => classRank(name as (typeof messageClasses)[number])),
    },
    closedUntil: closedUntil?.getTime() ?? null,
    nextSlotAt: nextSlotAt?.getTime() ?? null,
  };
}

function budgetOf({ sessions, pools, pace }: PlanFacts): number | null {
  const left = ({ dailyCap, sentToday }: Pick<Caps, 'dailyCap' | 'sentToday'>) =>
    dailyCap === null ? Infinity : Math.max(0, dailyCap - sentToday);
  const lanes = sessions.map(({ lane }) => ({ pool: lane.capPool, left: lane.leftToday ?? Infinity }));
  const own = lanes.filter(({ pool }) => pool === null).reduce((sum, of) => sum + of.left, 0);
  const shared = pools.map((pool) =>
    Math.min(
      left(pool),
      lanes.filter((of) => of.pool === pool.name).reduce((sum, of) => sum + of.left, 0),
    ),
  );
  const budget = Math.min(
    pace.daily_cap ?? Infinity,
    shared.reduce((sum, of) => sum + of, own),
  );
  return Number.isFinite(budget) ? budget : null;
}

function limitsOf({ sessions, schedule }: PlanFacts, { waited, unsent }: Flight): PlanLimit[] {
  const total = [...waited.values()].reduce((sum, ms) => sum + ms, 0);
  const causes: PlanLimit[] = [...waited]
    .filter(([, ms]) => ms >= total * namedShare)
    .sort((a, b) => b[1] - a[1])
    .map(([cause]) => cause);
  if (sessions.some(({ usable }) => !usable)) causes.unshift('numbers_down');
  if (unsent > 0) causes.unshift(schedule.ends_at ? 'ends_at' : 'too_long');
  return causes;
}

async function fasterOf(facts: PlanFacts, input: FlightInput, flight: Flight): Promise<Faster[]> {
  const waits = (...causes: FlightLimit[]) => causes.some((cause) => (flight.waited.get(cause) ?? 0) > 0);
  const [own, ...others] = input.groups as [FlightGroup, ...FlightGroup[]];
  const ways: [FasterCode, boolean, () => FlightInput][] = [
    ['add_number', waits('rate', 'hourly_cap', 'daily_cap', 'warm_up', 'number_window'), () => withNumber(input, flight)],
    ['even_shares', input.lanes.length > 1, () => withEvenShares(input, flight)],
    [
      'windows',
      waits('windows') && facts.schedule.windows.length > 0,
      () => inputOf({ ...facts, schedule: { ...facts.schedule, windows: [] } }),
    ],
    ['own_pace', waits('own_pace'), () => ({ ...input, groups: [{ ...own, windowLimit: null }, ...others] })],
    ['own_daily_cap', waits('own_daily_cap'), () => ({ ...input, groups: [{ ...own, dailyCap: null }, ...others] })],
    [
      'other_campaigns',
      waits('other_campaigns'),
      () => ({ ...input, cells: input.cells.filter(({ group, classRank: rank }) => group === 0 || rank !== broadcast) }),
    ],
  ];
  const left = flight.unsent + flight.missed;
  const found: Faster[] = [];
  for (const [code, isAsked, make] of ways) {
    if (!isAsked) continue;
    const { lastSendAt, ...other } = await simulateFlight(make());
    if (lastSendAt === null) continue;
    const unsent = other.unsent + other.missed;
    if (unsent < left) found.push({ code, lastSendAt: unsent > 0 ? null : new Date(lastSendAt), savesS: null, unsent });
    else if (left === 0 && flight.lastSendAt !== null) {
      const savesS = Math.round((flight.lastSendAt - lastSendAt) / 1_000);
      const length = (flight.lastSendAt - (flight.firstSendAt ?? flight.lastSendAt)) / 1_000;
      if (savesS >= Math.max(worthwhile.seconds, length * worthwhile.share))
        found.push({ code, lastSendAt: new Date(lastSendAt), savesS, unsent });
    }
  }
  return found.sort((a, b) => (b.savesS ?? Infinity) - (a.savesS ?? Infinity));
}

/** One more lane with the limits of the fastest, with its share of the people. */
function withNumber(input: FlightInput, flight: Flight): FlightInput {
  const best = fastestOf(input, flight);
  const lane: FlightLane = {
    ...(input.lanes[best] as FlightLane),
    pool: null,
    sentToday: 0,
    sentThisHour: 0,
    closedUntil: null,
    nextSlotAt: null,
  };
  const added = input.lanes.length;
  const share = 1 / (added + 1);
  const cells = input.cells.flatMap((cell) => {
    if (cell.group !== 0) return [cell];
    const moved = Math.round(cell.count * share);
    return [
      { ...cell, count: cell.count - moved },
      { ...cell, lane: added, count: moved },
    ];
  });
  return { ...input, lanes: [...input.lanes, lane], cells };
}

/** The people shared between lanes by how fast each was. */
function withEvenShares(input: FlightInput, flight: Flight): FlightInput {
  const speeds = input.lanes.map((_, i) => speedOf(flight, i));
  const total = speeds.reduce((sum, speed) => sum + speed, 0);
  if (total === 0) return input;
  const byTimes = Map.groupBy(
    input.cells.filter(({ group }) => group === 0),
    ({ times }) => times,
  );
  const own = [...byTimes.values()].flatMap((cells) => {
    const count = cells.reduce((sum, cell) => sum + cell.count, 0);
    let given = 0;
    let sum = 0;
    return speeds.map((speed, lane) => {
      sum += speed;
      const upTo = Math.round((count * sum) / total);
      const of = { ...(cells[0] as FlightCell), lane, count: upTo - given };
      given = upTo;
      return of;
    });
  });
  return { ...input, cells: [...own, ...input.cells.filter(({ group }) => group !== 0)] };
}

function speedOf(flight: Flight, lane: number): number {
  const { messages, lastSendAt } = flight.lanes[lane] as Flight['lanes'][number];
  return lastSendAt === null || flight.firstSendAt === null ? 0 : messages / Math.max(1_000, lastSendAt - flight.firstSendAt);
}

function fastestOf({ lanes }: FlightInput, flight: Flight): number {
  return lanes.reduce((best, _, i) => (speedOf(flight, i) > speedOf(flight, best) ? i : best), 0);
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(Math.round(ms));
}
