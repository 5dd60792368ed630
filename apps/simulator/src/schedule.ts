const tickMs = 5;

/**
 * Work for later in ticks of 5 ms: one timer for all of it, because a timer for each of some hundred thousand pending
 * receipts costs more than the receipts.
 */
export class Schedule {
  private readonly ticks = new Map<number, (() => void)[]>();
  private timer: NodeJS.Timeout | null = null;
  private done = Math.floor(performance.now() / tickMs);
  private waiting = 0;

  /** Runs `work` after `ms`, a tick early or late. */
  in(ms: number, work: () => void): void {
    const tick = Math.max(this.done + 1, Math.ceil((performance.now() + ms) / tickMs));
    const bucket = this.ticks.get(tick);
    if (bucket) bucket.push(work);
    else this.ticks.set(tick, [work]);
    this.waiting++;
    this.timer ??= this.begin();
  }

  /** Pieces of work that are still to come. */
  get size(): number {
    return this.waiting;
  }

  clear(): void {
    this.ticks.clear();
    this.waiting = 0;
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  private begin(): NodeJS.Timeout {
    this.done = Math.max(this.done, Math.floor(performance.now() / tickMs) - 1);
    return setInterval(() => this.run(), tickMs);
  }

  private run(): void {
    const now = Math.floor(performance.now() / tickMs);
    while (this.done < now) {
      this.done++;
      const bucket = this.ticks.get(this.done);
      if (!bucket) continue;
      this.ticks.delete(this.done);
      this.waiting -= bucket.length;
      for (const work of bucket) work();
    }
    if (this.waiting === 0) this.clear();
  }
}
