const tickMs = 5;

/**
 * Schedules delayed work in ticks of 5 ms with a single timer: a timer for each of several hundred thousand pending receipts would cost
 * more than the receipts.
 */
export class Schedule {
  private readonly ticks = new Map<number, (() => void)[]>();
  private timer: NodeJS.Timeout | null = null;
  private done = Math.floor(performance.now() / tickMs);
  private waiting = 0;

  /** Runs `work` after `ms`, up to a tick early or late. */
  in(ms: number, work: () => void): void {
    const tick = Math.max(this.done + 1, Math.ceil((performance.now() + ms) / tickMs));
    const bucket = this.ticks.get(tick);
    if (bucket) bucket.push(work);
    else this.ticks.set(tick, [work]);
    this.waiting++;
    this.timer ??= this.begin();
  }

  /** Number of scheduled tasks. */
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
