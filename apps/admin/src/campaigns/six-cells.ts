/** The six counts of a campaign, in the order of its progress bar. Each person of the audience is in one of them. */
export const sixCells = ['read', 'delivered', 'sent', 'failed', 'waiting', 'left_out'] as const;
export type Cell = (typeof sixCells)[number];
export type CellCounts = Readonly<Record<Cell, number>>;

/** Hue of each count. */
export const cellHues = {
  read: 'read',
  delivered: 'delivered',
  sent: 'sent',
  failed: 'failed',
  waiting: 'queued',
  left_out: 'suppressed',
} as const;

/** Returns the number of people of the audience: the sum of the six. */
export const audienceOf = (counts: CellCounts): number => sixCells.reduce((sum, cell) => sum + counts[cell], 0);

/** Returns the number of people who get a message: the audience without those left out. */
export const chosenOf = (counts: CellCounts): number => audienceOf(counts) - counts.left_out;

/** Counts, and the messages of `failed` that never left. */
export interface FlightCounts {
  counts: CellCounts;
  failed: { cancelled: number; expired: number };
}

/** Returns the number of people whose message left: sent, or failed. Cancelled and expired ones never did. */
export const goneOf = ({ counts, failed }: FlightCounts): number =>
  counts.read + counts.delivered + counts.sent + counts.failed - failed.cancelled - failed.expired;

/** Parts of the progress bar in percent of those who get a message. They sum to 100, or are none. */
export function barOf(counts: CellCounts): { cell: Cell; percent: number }[] {
  const chosen = chosenOf(counts);
  if (chosen <= 0) return [];
  return sixCells
    .filter((cell) => cell !== 'left_out' && counts[cell] > 0)
    .map((cell) => ({ cell, percent: (counts[cell] / chosen) * 100 }));
}
