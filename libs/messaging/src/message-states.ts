import { receiptRanks } from '@heliograph/providers';
import type { MessageState } from './message';

/**
 * Causes of a move. `claim`: the claim of a lane, which also takes back messages of a claim whose answer was lost. `call`: the step before
 * the call. `rendering`: the body could not be made, or repeats content that was sent. `answer`: the result of the call, also a late one.
 * `recovery`: the worker died. `evidence`: ids, log rows or failures from the provider. `reconciliation`: the comparison of the log with a
 * ledger that was restored from a backup. `policy`: the tenant's setting for unknown outcomes. `person`: a decision about a dead letter.
 * `merge`: the contacts of two messages of a campaign became one person. `undo`: the import that added the person, or recorded
 * their consent, was undone.
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
  | 'person'
  | 'merge'
  | 'undo';

/** An allowed move between two states of a message. */
export interface Arrow {
  from: MessageState;
  to: MessageState;
  by: readonly Mover[];
}

/**
 * The allowed moves between states: the one table that statements, receipts, docs and tests use. Each arrow is a step of the history. A
 * statement may take several arrows at once (`scheduled` to `claimed`, `sent` to `read`), and the trigger writes each of them.
 */
export const arrows: readonly Arrow[] = [
  { from: 'scheduled', to: 'queued', by: ['claim'] },
  { from: 'queued', to: 'claimed', by: ['claim'] },
  { from: 'queued', to: 'calling', by: ['claim'] },
  { from: 'claimed', to: 'calling', by: ['call'] },
  // Provably not accepted by the provider: the message returns to its lane.
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
  // Only when the provider reported the failure after it had accepted the message.
  { from: 'failed', to: 'sent', by: ['evidence'] },
  { from: 'failed', to: 'delivered', by: ['receipt'] },
  // A message of a campaign that a person sends again.
  { from: 'failed', to: 'queued', by: ['person'] },
  { from: 'scheduled', to: 'cancelled', by: ['cancel'] },
  { from: 'queued', to: 'cancelled', by: ['cancel'] },
  { from: 'claimed', to: 'cancelled', by: ['cancel'] },
  { from: 'scheduled', to: 'expired', by: ['expiry', 'claim'] },
  { from: 'queued', to: 'expired', by: ['expiry', 'claim'] },
  { from: 'scheduled', to: 'suppressed', by: ['claim', 'merge', 'undo'] },
  { from: 'queued', to: 'suppressed', by: ['claim', 'merge', 'undo'] },
];

/** States in which a message waits in its lane. */
export const waitingStates = ['queued', 'scheduled'] as const satisfies MessageState[];
/** States in which an attempt is under way or its outcome is unknown. */
export const attemptStates = ['claimed', 'calling', 'uncertain'] as const satisfies MessageState[];
/** States in which WhatsApp has the message, in the order in which receipts raise it. */
export const takenStates = ['sent', 'delivered', 'read', 'played'] as const satisfies MessageState[];
/** Final states of a message that was not sent. Evidence may still undo `failed`, and so may a person, in a campaign. */
export const unsentStates = ['failed', 'cancelled', 'expired', 'suppressed'] as const satisfies MessageState[];
/** States in which the system no longer works on a message. */
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

/** Formats states as a list for SQL's `IN`. */
export const stateList = (states: readonly MessageState[]): string => `(${states.map((state) => `'${state}'`).join(', ')})`;

/**
 * SQL: true where `by` may move a message whose state is `column` to one of `to`.
 * @param only the source states of a statement that moves only some of them
 * @throws when the table has no such arrow
 */
export function mayMove(column: string, to: MessageState | MessageState[], by: Mover, only?: MessageState[]): string {
  const sources = sourcesOf(to, by);
  const foreign = only?.filter((state) => !sources.includes(state)) ?? [];
  if (foreign.length > 0) throw new Error(`No arrow leads from ${foreign.join(', ')} to ${[to].flat().join(', ')} by ${by}.`);
  return `${column} IN ${stateList(only ?? sources)}`;
}

/** SQL: the rank among receipts of the state in `column`; null when WhatsApp does not have the message. */
export const receiptRankOf = (column: string): string =>
  `CASE ${column} ${takenStates.map((state) => `WHEN '${state}' THEN ${receiptRanks[state]}`).join(' ')} END`;

/** SQL: the state to which a receipt of this rank raises a message. */
export const stateOfRank = (rank: string): string =>
  `(ARRAY[${Object.entries(receiptRanks)
    .filter(([status]) => status !== 'error')
    .toSorted(([, a], [, b]) => a - b)
    // WhatsApp accepted the message already when its receipt is `pending`.
    .map(([status]) => `'${status === 'pending' ? 'sent' : status}'`)
    .join(', ')}])[${rank}]`;
