import { createHash } from 'node:crypto';

/** A number in (0, 1) that follows from the two texts alone. */
function unitHash(key: string, id: string): number {
  const bits = createHash('sha256').update(key).update('\0').update(id).digest().readBigUInt64BE() >> 11n;
  return (Number(bits) + 0.5) / 2 ** 53;
}

/**
 * Picks one of the pool by weight, always the same one for the same key (weighted rendezvous hashing): every process agrees
 * without talking, keys spread by weight, and when one leaves the pool only its own keys move. Null when no weight is above 0.
 */
export function weightedChoice<T extends { id: string; weight: number }>(key: string, pool: readonly T[]): T | null {
  let best: T | null = null;
  let bestScore = Infinity;
  for (const one of pool) {
    if (one.weight <= 0) continue;
    const score = -Math.log(unitHash(key, one.id)) / one.weight;
    if (score < bestScore || (score === bestScore && best !== null && one.id < best.id)) {
      best = one;
      bestScore = score;
    }
  }
  return best;
}
