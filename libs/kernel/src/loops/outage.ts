import { Logger } from '@nestjs/common';

/** Time without a failure or success after which a key is dropped, in ms: the thing that failed no longer exists. */
const forgetMs = 60_000;

/** Consecutive failures of one thing. Logs two lines: one when the failures start and one when they end. */
export class Outage {
  private readonly log = new Logger('Loop');
  private failures = 0;
  private since = 0;
  private last = 0;

  /** @param of the part of the loop that fails, unless the whole loop does */
  constructor(
    private readonly loop: string,
    private readonly of?: string,
  ) {}

  get failuresInARow(): number {
    return this.failures;
  }

  /** Time since the first of the consecutive failures, in ms; 0 without failures. */
  get failingMs(): number {
    return this.failures > 0 ? performance.now() - this.since : 0;
  }

  /** True when it neither failed nor succeeded for a minute. */
  get isOld(): boolean {
    return performance.now() - this.last > forgetMs;
  }

  failed(error: unknown): void {
    this.last = performance.now();
    if (this.failures++ > 0) return;
    this.since = this.last;
    this.log.warn({ event: 'loop.failed', loop: this.loop, of: this.of, error: error instanceof Error ? error.message : String(error) });
  }

  succeeded(): void {
    if (this.failures > 0) {
      const seconds = Math.round(this.failingMs / 1_000);
      this.log.log({ event: 'loop.recovered', loop: this.loop, of: this.of, failures: this.failures, seconds });
    }
    this.failures = 0;
  }
}

/** Consecutive failures of things that a loop handles side by side, by key: one that fails is visible beside all that succeed. */
export class Outages {
  private readonly failing = new Map<string, Outage>();

  constructor(readonly name: string) {}

  /** Returns the time since the oldest outage began, in ms. */
  get failingMs(): number {
    for (const [key, outage] of this.failing) if (outage.isOld) this.failing.delete(key);
    return Math.max(0, ...[...this.failing.values()].map((outage) => outage.failingMs));
  }

  failed(key: string, error: unknown): void {
    const outage = this.failing.get(key) ?? new Outage(this.name, key);
    this.failing.set(key, outage);
    outage.failed(error);
  }

  succeeded(key: string): void {
    this.failing.get(key)?.succeeded();
    this.failing.delete(key);
  }
}
