import { setTimeout as sleep } from 'node:timers/promises';

export const outcomes = ['read', 'delivered', 'sent', 'failed', 'waiting', 'left_out'] as const;
export type Outcome = (typeof outcomes)[number];

/** Figures of a campaign as its page shows them. */
export interface Results {
  state: string;
  audience: number;
  counts: Record<Outcome, number>;
  uncertain: number;
}

/** Sums that only grow, whatever is killed: nobody comes back from there. */
const growing: Outcome[][] = [['read'], ['read', 'delivered'], ['read', 'delivered', 'sent', 'failed'], [...outcomes]];
const everyMs = 250;
const maxFaults = 5;

/** Compares what a reader of the page saw with what it saw before. @returns the contradictions */
export function faultsBetween(before: Results | null, now: Results, people: number): string[] {
  const sum = ({ counts }: Results, of: readonly Outcome[]) => of.reduce((all, outcome) => all + counts[outcome], 0);
  const faults: string[] = [];
  const all = sum(now, outcomes);
  if (all !== now.audience || all > people)
    faults.push(`The counts add up to ${all}, of ${now.audience} in the audience and ${people} people.`);
  for (const outcome of outcomes) if (now.counts[outcome] < 0) faults.push(`${outcome}: ${now.counts[outcome]}.`);
  if (now.uncertain > now.counts.waiting) faults.push(`${now.uncertain} uncertain, ${now.counts.waiting} waiting.`);
  if (before)
    for (const of of growing)
      if (sum(now, of) < sum(before, of)) faults.push(`${of.join(' + ')} fell from ${sum(before, of)} to ${sum(now, of)}.`);
  if (now.state === 'completed' && (all !== people || now.counts.waiting > now.uncertain))
    faults.push(`It is completed with ${all} of ${people} people, and ${now.counts.waiting} waiting.`);
  return faults;
}

/** A reading of the figures. */
export interface Look {
  /** Time at which it was asked for, in ms. */
  atMs: number;
  /** People whose message is known to have been called, with those of unknown outcome. */
  called: number;
}

/**
 * Returns the greatest age, in ms, of a message that the provider had taken and a look did not count yet. Messages that the provider refused count as
 * called, too, so that it is at least that old.
 * @param takenMs times at which the provider took the first message of each person
 */
export function greatestLag(looks: readonly Look[], takenMs: readonly number[]): number {
  const taken = takenMs.toSorted((a, b) => a - b);
  return looks.reduce((lag, { atMs, called }) => Math.max(lag, atMs - (taken[called] ?? atMs)), 0);
}

/** Reads the figures of a campaign until `isOver`, beside the blows. @returns the contradictions that it saw, and when it looked */
export async function watchResults(
  read: () => Promise<Results>,
  people: number,
  isOver: () => boolean,
): Promise<{ faults: string[]; looks: Look[] }> {
  const faults = new Set<string>();
  let before: Results | null = null;
  const looks: Look[] = [];
  while (!isOver()) {
    const atMs = Date.now();
    const now = await read();
    for (const fault of faultsBetween(before, now, people)) if (faults.size < maxFaults) faults.add(fault);
    before = now;
    const { read: seen, delivered, sent, failed } = now.counts;
    looks.push({ atMs, called: seen + delivered + sent + failed + now.uncertain });
    await sleep(everyMs);
  }
  return { faults: [...faults], looks };
}
