/** Failures in a row that open the breaker. */
const opensAfter = 10;
/** Ms for which it stays open before one probe may pass. */
const probeEveryMs = 30_000;

/**
 * Stops calls to a provider that cannot be reached or gives no readable answer, so that an outage does not use up the tries of every
 * message or make a whole broadcast uncertain. Any other answer closes the breaker.
 */
export class ProviderBreaker {
  private failures = 0;
  private openUntil = 0;

  /** Admits a call, or returns the ms until one is admitted; 0: admitted. While the breaker is open, this admits one call in 30 s, the probe. */
  admit(now = performance.now()): number {
    if (this.failures < opensAfter) return 0;
    if (now < this.openUntil) return this.openUntil - now;
    this.openUntil = now + probeEveryMs;
    return 0;
  }

  /** Returns the probe when it made no call: the next caller may pass. */
  giveProbeBack(now = performance.now()): void {
    if (this.isOpen) this.openUntil = Math.min(this.openUntil, now);
  }

  get isOpen(): boolean {
    return this.failures >= opensAfter;
  }

  /** @returns true when this failure opened the breaker */
  failed(now = performance.now()): boolean {
    this.failures++;
    if (this.failures === opensAfter) {
      this.openUntil = now + probeEveryMs;
      return true;
    }
    return false;
  }

  /** @returns true when this answer closed it */
  answered(): boolean {
    const wasOpen = this.isOpen;
    this.failures = 0;
    return wasOpen;
  }
}
