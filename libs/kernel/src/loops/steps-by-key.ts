import { setTimeout } from 'node:timers/promises';

/** Time for which a turn waits for the steps that it began, in ms. */
const turnMs = 1_000;

/**
 * Runs steps of a loop side by side, one at a time for each key. A step that takes long goes on beside the next turns: its key waits for it,
 * and no other one.
 */
export class StepsByKey {
  private readonly inHand = new Map<string, Promise<boolean>>();

  /** @param atOnce steps at the same time */
  constructor(private readonly atOnce: number) {}

  /**
   * Begins a step for each item whose key has none in hand.
   * @param step returns whether there may be more
   * @returns whether there may be more, of the steps that ended within the turn. Rejects when one of them fails
   */
  async turn<T>(items: readonly T[], keyOf: (item: T) => string, step: (item: T) => Promise<boolean>): Promise<boolean> {
    let isMore = false;
    const begun: Promise<boolean>[] = [];
    for (const item of items) {
      const key = keyOf(item);
      if (this.inHand.has(key) || this.inHand.size >= this.atOnce) continue;
      const run = step(item)
        .then((more) => (isMore = more || isMore))
        .finally(() => this.inHand.delete(key));
      this.inHand.set(key, run);
      begun.push(run);
    }
    const rest = new AbortController();
    const patience = setTimeout(turnMs, undefined, { signal: rest.signal }).catch(() => undefined);
    await Promise.race([Promise.all(begun), patience]).finally(() => rest.abort());
    return isMore;
  }

  /** Resolves when no step is in hand. */
  async end(): Promise<void> {
    await Promise.allSettled(this.inHand.values());
  }
}
