import type { Band, FlightRow } from './flight-points';

/** Returns where a band begins and how long it is, in bars of the chart; null: it is not on the chart. */
export function placeOf(band: Band, rows: readonly FlightRow[], stepMs: number): { from: number; length: number } | null {
  const [first] = rows;
  if (!first) return null;
  const placed = (at: Date): number => Math.min(rows.length, Math.max(0, (at.getTime() - first.at.getTime()) / stepMs));
  const from = placed(band.from);
  const length = (band.to ? placed(band.to) : rows.length) - from;
  return from >= rows.length || length <= 0 ? null : { from, length };
}
