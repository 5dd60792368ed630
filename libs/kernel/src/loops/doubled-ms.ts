/** Returns the time of a back-off: `firstMs`, doubled so many times, and at most `maxMs`. Callers add their own jitter. */
export function doubledMs(firstMs: number, times: number, maxMs: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.max(0, times));
}
