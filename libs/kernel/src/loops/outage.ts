import { Logger } from '@nestjs/common';

/** A key that has not failed for so long is forgotten: what failed under it is gone, in ms. */
const forgetMs = 60_000;

/** Failures in a row of one thing: two log lines, one when they begin and one when they are over. */
export class Outage {
  private readonly log = new Logger('Loop');
  private failures = 0;
  private since = 0;
  private last = 0;

  /** @param of what of the loop fails, when it is not all of it */
  constructor(
    private readonly loop: string,
    private readonly of?: string,
  ) {}

  get failuresInARow(): number {
    return this.failures;
  }

  /** Time since the first of the failures in a row, in ms; 0 without. */
  get failingMs(): number {
    return this.failures > 0 ? performance.now() - this.since : 0;
  }

  /** True when it neither failed nor worked for a minute. */
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

/** Failures in a row of things that a loop does side by side, by key: one that fails is seen beside all that work. */
export class Outages {
  private readonly failing = new Map<string, Outage>();

  constructor(readonly name: string) {}

  /** How long the thing that fails longest has been failing, in ms. */
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
