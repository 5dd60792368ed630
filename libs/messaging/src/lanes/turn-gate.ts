/**
 * Lets so many lanes be served at the same time; those that wait are taken round-robin by tenant, so that a tenant with 200
 * lanes does not starve one with a single lane.
 */
export class TurnGate {
  private inside = 0;
  private readonly waiting = new Map<string, (() => void)[]>();

  constructor(private readonly places: number) {}

  /** Resolves when the lane may go on; each entry needs its `leave`. */
  enter(tenantId: string): Promise<void> {
    if (this.inside < this.places) {
      this.inside++;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const queue = this.waiting.get(tenantId);
      if (queue) queue.push(resolve);
      else this.waiting.set(tenantId, [resolve]);
    });
  }

  leave(): void {
    const next = this.waiting.entries().next();
    if (next.done) {
      this.inside--;
      return;
    }
    // The tenant served goes to the end of the round; its place inside is handed over.
    const [tenantId, queue] = next.value;
    const go = queue.shift();
    this.waiting.delete(tenantId);
    if (queue.length > 0) this.waiting.set(tenantId, queue);
    go?.();
  }

  /** Lanes that wait for a place. */
  get depth(): number {
    let depth = 0;
    for (const queue of this.waiting.values()) depth += queue.length;
    return depth;
  }
}
