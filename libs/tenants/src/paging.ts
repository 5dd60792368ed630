/** Which part of a list is asked for. */
export interface PageRequest {
  /** Where the page before ended: its `next`. */
  cursor?: string;
  /** Most rows of the page. */
  limit: number;
}

/** One page of a list, and where the next one begins; null at the end. */
export interface Page<T> {
  rows: T[];
  next: string | null;
}

/** Makes a page of rows that were read with one more than the limit. */
export function toPage<T extends { id: string }>(rows: T[], limit: number): Page<T> {
  const page = rows.slice(0, limit);
  return { rows: page, next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}
