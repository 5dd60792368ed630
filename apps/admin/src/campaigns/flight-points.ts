import type { CampaignLogEntry, CampaignPlan, CampaignSeries } from './api';

/** Messages of one step of time, by their outcome so far, and calls that the provider refused for now. */
export interface FlightRow {
  at: Date;
  read: number;
  delivered: number;
  sent: number;
  failed: number;
  throttled: number;
}

/** Greatest number of bars that a chart draws. */
const maxBars = 120;

/**
 * Returns a row for every step between the first and the last message, also those without one. Too many are put together.
 * @param until time up to which the campaign is shown, also without a message; null: up to the last one
 */
export function flightRows({ step_minutes, points }: CampaignSeries, until: Date | null = null): FlightRow[] {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) return [];
  const own = step_minutes * 60_000;
  const begin = Date.parse(first.at);
  const end = Math.max(Date.parse(last.at), begin + Math.floor(((until?.getTime() ?? begin) - begin) / own) * own);
  const steps = Math.round((end - begin) / own) + 1;
  const stepMs = own * Math.max(1, Math.ceil(steps / maxBars));
  const rows: FlightRow[] = [];
  for (let at = begin; at <= end; at += stepMs) rows.push({ at: new Date(at), read: 0, delivered: 0, sent: 0, failed: 0, throttled: 0 });
  for (const point of points) {
    const row = rows[Math.floor((Date.parse(point.at) - begin) / stepMs)];
    if (!row) continue;
    for (const name of ['read', 'delivered', 'sent', 'failed', 'throttled'] as const) row[name] += point[name];
  }
  return rows;
}

/** Messages a minute that the plan had in the sending time of a day. */
export interface PlannedRate extends Band {
  to: Date;
  perMinute: number;
}

const minuteMs = 60_000;

/** Returns the rate of each day of a plan, from its first send to its last. Days of older plans, which do not say when they send, have none. */
export function plannedRates(days: CampaignPlan['days']): PlannedRate[] {
  return days.flatMap(({ messages, first_send_at, last_send_at }) => {
    if (first_send_at === null || last_send_at === null) return [];
    const from = Date.parse(first_send_at);
    const ms = Math.max(minuteMs, Date.parse(last_send_at) - from);
    return [{ from: new Date(from), to: new Date(from + ms), perMinute: (messages / ms) * minuteMs }];
  });
}

/** Returns the messages that were planned within a step of time. */
export function plannedIn(rates: readonly PlannedRate[], at: Date, stepMs: number): number {
  const [begin, end] = [at.getTime(), at.getTime() + stepMs];
  return rates.reduce(
    (sum, { from, to, perMinute }) =>
      sum + (Math.max(0, Math.min(end, to.getTime()) - Math.max(begin, from.getTime())) / minuteMs) * perMinute,
    0,
  );
}

/** A time that the chart tells apart. `to` null: it goes on. */
export interface Band {
  from: Date;
  to: Date | null;
}

/** A time in which a campaign was paused. */
export interface PauseBand extends Band {
  by: string;
}

/** Returns the times in which the provider asked to wait, oldest first. Steps next to each other, or with one between them, are one time. */
export function waitsOf({ step_minutes, points }: CampaignSeries): Band[] {
  const stepMs = step_minutes * 60_000;
  const bands: { from: Date; to: Date }[] = [];
  for (const { at } of points.filter(({ throttled }) => throttled > 0)) {
    const from = new Date(at);
    const to = new Date(from.getTime() + stepMs);
    const last = bands.at(-1);
    if (last && from.getTime() - last.to.getTime() <= stepMs) last.to = to;
    else bands.push({ from, to });
  }
  return bands;
}

/** Returns the pauses that a log tells of, oldest first. @param log in any order */
export function pausesOf(log: readonly Pick<CampaignLogEntry, 'at' | 'kind' | 'actor'>[]): PauseBand[] {
  const bands: PauseBand[] = [];
  for (const { at, kind, actor } of log.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const open = bands.at(-1);
    if (kind === 'paused' && (!open || open.to !== null)) bands.push({ from: new Date(at), to: null, by: actor.name });
    else if (open?.to === null && ['resumed', 'cancelled', 'completed', 'failed'].includes(kind)) open.to = new Date(at);
  }
  return bands;
}
