/** Failures in a row that open the breaker. */
const opensAfter = 10;
/** How long it stays open before one probe is let through, in ms. */
const probeEveryMs = 30_000;

/**
 * Stops calling a provider that cannot be reached or answers nothing readable, so that an outage costs time and not the tries
 * of every message, nor leaves a whole broadcast uncertain. Any other answer closes it.
 */
export class ProviderBreaker {
  private failures = 0;
  private openUntil = 0;

  /** Ms until a call may be made; 0: now. While open, one caller in 30 s is let through as the probe. */
  waitMs(now = performance.now()): number {
    if (this.failures < opensAfter) return 0;
    if (now < this.openUntil) return this.openUntil - now;
    this.openUntil = now + probeEveryMs;
    return 0;
  }

  /** Gives the probe back when no call came of it: the next caller is let through. */
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
