import type { SendOutcome } from '@heliograph/providers';

/**
 * Counts, per session, calls in a row that were not answered readably. In memory and per process: it decides how long a lane
 * pauses, never what became of a message.
 */
export class UnansweredCalls {
  private readonly inARow = new Map<string, number>();

  /** Counts one call in. A call that never left tells nothing. @returns calls in a row, this one included */
  count(sessionId: string, outcome: SendOutcome): number {
    const before = this.inARow.get(sessionId) ?? 0;
    if (outcome.kind === 'not_sent') return before;
    const isUnanswered = outcome.kind === 'unknown' || (outcome.kind === 'accepted' && outcome.providerMessageId === null);
    if (isUnanswered) this.inARow.set(sessionId, before + 1);
    else this.inARow.delete(sessionId);
    return isUnanswered ? before + 1 : 0;
  }
}
