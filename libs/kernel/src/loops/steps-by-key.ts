import { setTimeout } from 'node:timers/promises';

/** Keys whose last step is remembered. */
const maxRemembered = 10_000;
/** Time for which a turn waits for the steps that it began, in ms. */
const turnMs = 1_000;

/**
 * Runs steps of a loop side by side, one at a time for each key. A step that takes long goes on beside the next turns: its key waits for it,
 * and no other one. After its step a key goes to the back of the queue, so that a few with much work cannot keep the others out.
 */
export class StepsByKey {
  private readonly inHand = new Map<string, Promise<boolean>>();
  /** Place in the order in which steps ended, by key, the oldest first. A key that is not in it goes first. */
  private readonly ended = new Map<string, number>();
  private count = 0;

  /** @param atOnce steps at the same time */
  constructor(private readonly atOnce: number) {}

  /**
   * Begins a step for each item whose key has none in hand, first for the keys that waited longest.
   * @param step returns whether there may be more
   * @returns whether there may be more, of the steps that ended within the turn. Rejects when one of them fails
   */
  async turn<T>(items: readonly T[], keyOf: (item: T) => string, step: (item: T) => Promise<boolean>): Promise<boolean> {
    let isMore = false;
    const begun: Promise<boolean>[] = [];
    const placeOf = (item: T): number => this.ended.get(keyOf(item)) ?? 0;
    for (const item of [...items].sort((a, b) => placeOf(a) - placeOf(b))) {
      const key = keyOf(item);
      if (this.inHand.has(key) || this.inHand.size >= this.atOnce) continue;
      const run = step(item)
        .then((more) => (isMore = more || isMore))
        .finally(() => this.leave(key));
      this.inHand.set(key, run);
      begun.push(run);
    }
    const rest = new AbortController();
    const patience = setTimeout(turnMs, undefined, { signal: rest.signal }).catch(() => undefined);
    await Promise.race([Promise.all(begun), patience]).finally(() => rest.abort());
    return isMore;
  }

  private leave(key: string): void {
    this.inHand.delete(key);
    this.ended.delete(key);
    this.ended.set(key, ++this.count);
    const [oldest] = this.ended.keys();
    if (this.ended.size > maxRemembered && oldest !== undefined) this.ended.delete(oldest);
  }

  /** Resolves when no step is in hand. */
  async end(): Promise<void> {
    await Promise.allSettled(this.inHand.values());
  }
}
