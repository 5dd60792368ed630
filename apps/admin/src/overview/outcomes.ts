import { filterOf } from '../live/live-alerts';
import type { OutcomeCounts } from './overview-queries';

/** The six counts in their order, each with the states of its messages. Every state is in one of them. */
export const sixCounts = {
  read: ['read', 'played'],
  delivered: ['delivered'],
  sent: ['sent'],
  failed: ['failed'],
  waiting: ['scheduled', 'queued', 'claimed', 'calling', 'uncertain'],
  unsent: ['suppressed', 'cancelled', 'expired'],
} as const satisfies Record<string, readonly string[]>;
export type SixCount = keyof typeof sixCounts;
export const sixNames = Object.keys(sixCounts) as SixCount[];

/** Returns one of the six: messages of unknown outcome are among those that wait. */
export function countOf(counts: OutcomeCounts, name: SixCount): number {
  return name === 'waiting' ? counts.waiting + counts.uncertain : counts[name];
}

/** Returns the number of messages that were sent or failed, of which a share of failures is a part. */
export const leftOf = (counts: OutcomeCounts): number => counts.read + counts.delivered + counts.sent + counts.failed;

/** Returns the address of the list of exactly the messages of a count; without a name, of all. */
export function listOf(from: string, name?: SixCount): string {
  return `/messages?${filterOf({ ...(name && { state: sixCounts[name] }), created_from: from })}`;
}
