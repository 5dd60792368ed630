/** Upper bounds of the classes of durations, in ms; a last class takes longer calls. Stored counts depend on them: only append. */
export const durationBounds = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 15_000] as const;

/** Returns the place of the class of a duration. */
export function durationClass(ms: number): number {
  const at = durationBounds.findIndex((bound) => ms <= bound);
  return at === -1 ? durationBounds.length : at;
}

/** Counts of no calls. */
export const noDurations = (): number[] => new Array<number>(durationBounds.length + 1).fill(0);

/** Adds up counts, class by class. */
export const addDurations = (a: readonly number[], b: readonly number[]): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, at) => (a[at] ?? 0) + (b[at] ?? 0));

/** SQL: adds up the counts of two arrays, class by class. */
export const addDurationsSql = (a: string, b: string): string =>
  `ARRAY(SELECT coalesce(o, 0) + coalesce(n, 0) FROM unnest(${a}, ${b}) WITH ORDINALITY AS d(o, n, place) ORDER BY place)`;

/**
 * Returns the duration in ms that a share of the calls does not exceed; null without calls. An estimate: the calls of a class count as
 * spread evenly over it.
 */
export function percentileOf(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = total * share;
  let below = 0;
  for (const [at, count] of counts.entries()) {
    if (below + count >= wanted) {
      const from = durationBounds[at - 1] ?? 0;
      const to = durationBounds[at] ?? from;
      return Math.round(from + ((to - from) * (wanted - below)) / count);
    }
    below += count;
  }
  return durationBounds.at(-1) ?? null;
}

/** Returns the duration in ms that 95 % of the calls do not exceed; null without calls. */
export const p95Of = (counts: readonly number[]): number | null => percentileOf(counts, 0.95);
