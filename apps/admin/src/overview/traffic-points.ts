import type { Traffic } from './overview-queries';

/** A point of the chart: messages a minute, null where there is none yet, and the figures of the whole step. */
export interface TrafficRow {
  at: Date;
  sent: number | null;
  delivered: number | null;
  failed: number | null;
  /** Sent a week before. */
  before: number | null;
  total: { sent: number; delivered: number; failed: number };
}

const weekMs = 7 * 24 * 60 * 60_000;

const hourMs = 60 * 60_000;

/**
 * Returns a row for every step of the time, also those without a message; today, also for the hours to come. Hours before the first message
 * are left out.
 */
export function pointsOf({ from, to, step_minutes, points, week_before }: Traffic): TrafficRow[] {
  const stepMs = step_minutes * 60_000;
  const byTime = new Map(points.map((point) => [Date.parse(point.at), point]));
  const before = new Map(week_before.map((point) => [Date.parse(point.at) + weekMs, point]));
  const last = Date.parse(to);
  const end = Math.max(last, ...before.keys());
  const rows: TrafficRow[] = [];
  const first = Math.min(...byTime.keys(), ...before.keys(), last - hourMs);
  const begin = Date.parse(from);
  for (let at = begin + Math.max(0, Math.floor((first - begin) / hourMs)) * hourMs; at <= end; at += stepMs) {
    const point = byTime.get(at);
    const total = { sent: point?.sent ?? 0, delivered: point?.delivered ?? 0, failed: point?.failed ?? 0 };
    const hasBeen = at <= last;
    // The last step is not over: its figures stand for the minutes that have passed.
    const minutes = Math.max(1, Math.min(step_minutes, (last - at) / 60_000));
    const rate = (count: number): number | null => (hasBeen ? count / minutes : null);
    rows.push({
      at: new Date(at),
      sent: rate(total.sent),
      delivered: rate(total.delivered),
      failed: hasBeen ? total.failed : null,
      before: week_before.length > 0 ? (before.get(at)?.sent ?? 0) / step_minutes : null,
      total,
    });
  }
  return rows;
}
