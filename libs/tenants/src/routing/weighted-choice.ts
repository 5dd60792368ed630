import { createHash } from 'node:crypto';

/** Returns a number in (0, 1) that depends on the two texts alone. */
function unitHash(key: string, id: string): number {
  const bits = createHash('sha256').update(key).update('\0').update(id).digest().readBigUInt64BE() >> 11n;
  return (Number(bits) + 0.5) / 2 ** 53;
}

/**
 * Picks a member of the pool by weight, always the same one for the same key (weighted rendezvous hashing). All processes agree
 * without communication, keys are spread by weight, and when a member leaves, only its keys move. Null when no weight is above 0.
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
