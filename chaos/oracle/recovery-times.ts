import type { Blow } from '../havoc';
import type { Accept } from './oracle';

/** Times after kills in which some session did not send, in ms. */
export interface Recovery {
  median: number;
  longest: number;
  /** The longest, without the time for which other blows held a worker, a lane or the machine meanwhile. */
  unheld: number;
}

/** Writes into each kill the time until every session sent again, in ms. */
export function recoveryOf(blows: Blow[], accepts: Pick<Accept, 'sessionId' | 'wallMs'>[]): Recovery {
  const bySession = [...Map.groupBy(accepts, (accept) => accept.sessionId).values()].map((lines) =>
    lines.map((line) => line.wallMs).sort((a, b) => a - b),
  );
  const kills = blows.filter((blow) => blow.isKill);
  for (const kill of kills)
    kill.recoveryMs = Math.max(
      0,
      ...bySession.flatMap((times) => {
        const next = times.find((at) => at >= kill.atMs);
        return next === undefined ? [] : [next - kill.atMs];
      }),
    );
  const waits = kills.map(({ recoveryMs = 0 }) => recoveryMs).sort((a, b) => a - b);
  const unheld = kills.map(({ atMs, recoveryMs = 0 }) => recoveryMs - heldMs(blows, atMs, atMs + recoveryMs));
  return { median: waits[Math.floor(waits.length / 2)] ?? 0, longest: waits.at(-1) ?? 0, unheld: Math.max(0, ...unheld) };
}

/** Time between two points in which at least one blow held something, in ms. */
function heldMs(blows: Blow[], from: number, to: number): number {
  let held = 0;
  let end = from;
  for (const { atMs, holdsMs = 0 } of blows.toSorted((a, b) => a.atMs - b.atMs)) {
    const until = Math.min(to, atMs + holdsMs);
    held += Math.max(0, until - Math.max(end, atMs));
    end = Math.max(end, until);
  }
  return held;
}
