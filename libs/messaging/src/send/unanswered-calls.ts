import type { SendOutcome } from '@heliograph/providers';

/**
 * Counts, per session, the calls in a row without a readable answer. In memory and per process: the count decides only how long a lane
 * pauses, never the outcome of a message.
 */
export class UnansweredCalls {
  private readonly inARow = new Map<string, number>();

  /** Counts one call. A call that never left changes nothing. @returns calls in a row, this one included */
  count(sessionId: string, outcome: SendOutcome): number {
    const before = this.inARow.get(sessionId) ?? 0;
    if (outcome.kind === 'not_sent') return before;
    const isUnanswered = outcome.kind === 'unknown' || (outcome.kind === 'accepted' && outcome.providerMessageId === null);
    if (isUnanswered) this.inARow.set(sessionId, before + 1);
    else this.inARow.delete(sessionId);
    return isUnanswered ? before + 1 : 0;
  }
}
