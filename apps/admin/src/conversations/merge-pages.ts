/** A line that a list has once, by its id, in the order of time. */
interface Line {
  id: string;
  at: string;
}

/** Lines of the pages that were read before and of the newest page as it is now, the oldest first. What was read last counts. */
export function mergePages<T extends Line>(pages: T[][], newest: T[]): T[] {
  const all = new Map<string, T>();
  for (const line of [...pages.flat(), ...newest]) all.set(line.id, line);
  return [...all.values()].sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1));
}

/**
 * True when nothing can be missing between the newest page and the pages before: they share a line, or one of them is all there is.
 */
export function isJoined<T extends Line>(pages: T[][], newest: T[], isAll: boolean): boolean {
  const known = new Set(pages.flat().map(({ id }) => id));
  return known.size === 0 ? isAll || newest.length === 0 : isAll || newest.some(({ id }) => known.has(id));
}

/**
 * Rows of a list in the order in which somebody reads it: known rows are shown as they are now, at the place they had.
 * @param now the first page as it is now, in order
 * @param gone what a row becomes that was on the first page and is there no more
 * @returns the rows, and how many rows would come or move up if the list were put in order
 */
export function heldRows<T extends { id: string }>(
  held: T[],
  now: T[],
  timeOf: (row: T) => string,
  gone: (row: T) => T = (row) => row,
): { rows: T[]; waiting: number } {
  const first = held[0];
  if (!first) return { rows: now, waiting: 0 };
  const fresh = new Map(now.map((row) => [row.id, row]));
  const before = new Map(held.map((row) => [row.id, timeOf(row)]));
  const waiting = now.filter((row) => {
    const was = before.get(row.id);
    return was === undefined ? timeOf(row) > timeOf(first) : timeOf(row) > was && row.id !== first.id;
  }).length;
  const last = now.at(-1);
  const isOfFirstPage = (row: T): boolean => !last || timeOf(row) >= timeOf(last);
  return { rows: held.map((row) => fresh.get(row.id) ?? (isOfFirstPage(row) ? gone(row) : row)), waiting };
}
