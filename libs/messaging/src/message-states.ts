import { receiptRanks } from '@heliograph/providers';
import type { MessageState } from './message';

/**
 * Causes of a move. `claim`: the lane's claim, which also takes back what a lost claim left. `call`: the step before the call.
 * `rendering`: what was to be sent could not be made, or repeats what was sent. `answer`: what
 * the call came to, also late. `recovery`: the worker died. `evidence`: the provider's ids, log or failures. `reconciliation`: the log
 * compared with a ledger that was put back from a backup. `policy`: the tenant's setting for unknown outcomes. `person`: somebody decided
 * about a dead letter.
 */
export type Mover =
  | 'claim'
  | 'call'
  | 'rendering'
  | 'answer'
  | 'recovery'
  | 'expiry'
  | 'cancel'
  | 'receipt'
  | 'evidence'
  | 'reconciliation'
  | 'policy'
  | 'person';

/** One arrow of a message's life. */
export interface Arrow {
  from: MessageState;
  to: MessageState;
  by: readonly Mover[];
}

/**
 * The arrows of a message's life: the one table that statements, receipts, docs and tests go by. They are the steps of the history;
 * a statement may take several at once (`scheduled` to `claimed`, `sent` to `read`), and the trigger writes each.
 */
export const arrows: readonly Arrow[] = [
  { from: 'scheduled', to: 'queued', by: ['claim'] },
  { from: 'queued', to: 'claimed', by: ['claim'] },
  { from: 'queued', to: 'calling', by: ['claim'] },
  { from: 'claimed', to: 'calling', by: ['call'] },
  // Provably not taken: it goes back to its lane.
  { from: 'claimed', to: 'queued', by: ['answer', 'recovery', 'claim'] },
  { from: 'claimed', to: 'failed', by: ['rendering'] },
  { from: 'claimed', to: 'suppressed', by: ['rendering'] },
  { from: 'calling', to: 'queued', by: ['answer', 'claim'] },
  { from: 'calling', to: 'sent', by: ['answer'] },
  { from: 'calling', to: 'failed', by: ['answer'] },
  { from: 'calling', to: 'uncertain', by: ['answer', 'recovery'] },
  { from: 'uncertain', to: 'sent', by: ['answer', 'evidence'] },
  { from: 'uncertain', to: 'failed', by: ['answer', 'person'] },
  { from: 'uncertain', to: 'queued', by: ['answer', 'policy', 'person'] },
  { from: 'scheduled', to: 'sent', by: ['reconciliation'] },
  { from: 'queued', to: 'sent', by: ['reconciliation'] },
  { from: 'sent', to: 'delivered', by: ['receipt'] },
  { from: 'delivered', to: 'read', by: ['receipt'] },
  { from: 'read', to: 'played', by: ['receipt'] },
  { from: 'sent', to: 'failed', by: ['receipt', 'evidence'] },
  // Only a failure that the provider reported after it had accepted the message.
  { from: 'failed', to: 'sent', by: ['evidence'] },
  { from: 'failed', to: 'delivered', by: ['receipt'] },
  { from: 'scheduled', to: 'cancelled', by: ['cancel'] },
  { from: 'queued', to: 'cancelled', by: ['cancel'] },
  { from: 'claimed', to: 'cancelled', by: ['cancel'] },
  { from: 'scheduled', to: 'expired', by: ['expiry', 'claim'] },
  { from: 'queued', to: 'expired', by: ['expiry', 'claim'] },
  { from: 'scheduled', to: 'suppressed', by: ['claim'] },
  { from: 'queued', to: 'suppressed', by: ['claim'] },
];

/** States in which a message waits in its lane. */
export const waitingStates = ['queued', 'scheduled'] as const satisfies MessageState[];
/** States in which the attempt of a worker is under way or unanswered: an answer decides. */
export const attemptStates = ['claimed', 'calling', 'uncertain'] as const satisfies MessageState[];
/** States in which WhatsApp has the message, in the order in which receipts raise it. */
export const takenStates = ['sent', 'delivered', 'read', 'played'] as const satisfies MessageState[];
/** Ends of a message that was not sent. `failed` may still be undone by evidence. */
export const unsentStates = ['failed', 'cancelled', 'expired', 'suppressed'] as const satisfies MessageState[];
/** States in which nothing more is done about a message. */
export const endedStates = [...takenStates, ...unsentStates] as const;

/** Returns the states from which `by` moves a message to one of `to`. @throws when the table has no such arrow */
export function sourcesOf(to: MessageState | MessageState[], by: Mover): MessageState[] {
  const sources = [to].flat().flatMap((end) => {
    const found = arrows.filter((arrow) => arrow.to === end && arrow.by.includes(by)).map(({ from }) => from);
    if (found.length === 0) throw new Error(`No arrow leads to ${end} by ${by}.`);
    return found;
  });
  return [...new Set(sources)];
}

/** States as the list that SQL's `IN` takes. */
export const stateList = (states: readonly MessageState[]): string => `(${states.map((state) => `'${state}'`).join(', ')})`;

/**
 * SQL: true where `by` may move a message whose state is `column` to one of `to`.
 * @param only some of those states, when a statement moves no others
 * @throws when the table has no such arrow
 */
export function mayMove(column: string, to: MessageState | MessageState[], by: Mover, only?: MessageState[]): string {
  const sources = sourcesOf(to, by);
  const foreign = only?.filter((state) => !sources.includes(state)) ?? [];
  if (foreign.length > 0) throw new Error(`No arrow leads from ${foreign.join(', ')} to ${[to].flat().join(', ')} by ${by}.`);
  return `${column} IN ${stateList(only ?? sources)}`;
}

/** SQL: the rank of the taken state in `column` among receipts; null in any other. */
export const receiptRankOf = (column: string): string =>
  `CASE ${column} ${takenStates.map((state) => `WHEN '${state}' THEN ${receiptRanks[state]}`).join(' ')} END`;

/** SQL: the state to which a receipt of this rank raises a message. */
export const stateOfRank = (rank: string): string =>
  `(ARRAY[${Object.entries(receiptRanks)
    .filter(([status]) => status !== 'error')
    .toSorted(([, a], [, b]) => a - b)
    // What is pending there was accepted.
    .map(([status]) => `'${status === 'pending' ? 'sent' : status}'`)
    .join(', ')}])[${rank}]`;
