/**
 * Limits the number of lanes that are served at the same time. Waiting lanes enter round-robin by tenant, so that a tenant with 200 lanes
 * does not starve a tenant with one lane.
 */
export class TurnGate {
  private inside = 0;
  private readonly waiting = new Map<string, (() => void)[]>();

  constructor(private readonly places: number) {}

  /** Resolves when the lane may enter. Each entry needs its `leave`. */
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
    // The served tenant moves to the end of the round; its place is handed over.
    const [tenantId, queue] = next.value;
    const go = queue.shift();
    this.waiting.delete(tenantId);
    if (queue.length > 0) this.waiting.set(tenantId, queue);
    go?.();
  }

  /** Number of lanes that wait for a place. */
  get depth(): number {
    let depth = 0;
    for (const queue of this.waiting.values()) depth += queue.length;
    return depth;
  }
}
