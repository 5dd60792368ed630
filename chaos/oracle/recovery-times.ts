import type { Blow } from '../havoc';
import { type Accept, digitsOf, type Intent } from './oracle';

/** One send that the provider took. */
export interface Send extends Pick<Accept, 'sessionId' | 'wallMs'> {
  /**
   * Time at which its message was stored, in epoch ms. Before then its session had no reason to send it. Infinity for a message of a campaign,
   * which also waits for its pace and its pauses: its session had no reason to send it at once, but sends.
   */
  storedMs: number;
}

/** Times after kills in which some session had messages and did not send, in ms. */
export interface Recovery {
  median: number;
  longest: number;
  /** The longest, without the time for which other blows held a worker, a lane or the machine meanwhile. */
  unheld: number;
}

/** Returns what the provider took, as sends of these messages and of a campaign. The ids of messages are UUIDv7, which tell when they were stored. */
export function sendsOf(intents: Pick<Intent, 'to' | 'messageId'>[], accepts: Accept[]): Send[] {
  const stored = new Map<string, number>();
  for (const { to, messageId } of intents) {
    const atMs = messageId === null ? 0 : Number.parseInt(messageId.replace('-', '').slice(0, 12), 16);
    stored.set(digitsOf(to), Math.min(atMs, stored.get(digitsOf(to)) ?? Infinity));
  }
  return accepts.map(({ sessionId, wallMs, recipient }) => ({ sessionId, wallMs, storedMs: stored.get(recipient) ?? Infinity }));
}

/** Writes into each kill the time until every session that had a message sent again, in ms. */
export function recoveryOf(blows: Blow[], sends: Send[]): Recovery {
  const sessions = [...Map.groupBy(sends, ({ sessionId }) => sessionId).values()].map((all) => all.toSorted((a, b) => a.wallMs - b.wallMs));
  // The oldest message of a send and of those after it: the session waits with it.
  const oldest = sessions.map((all) => {
    let least = Infinity;
    return all
      .toReversed()
      .map(({ storedMs }) => (least = Math.min(least, storedMs)))
      .toReversed();
  });
  const kills = blows.filter((blow) => blow.isKill);
  const unheld = kills.map((kill) => {
    const silences = sessions.flatMap((all, place) => {
      const at = all.findIndex(({ wallMs }) => wallMs >= kill.atMs);
      return at < 0 ? [] : [{ fromMs: Math.max(kill.atMs, oldest[place]?.[at] ?? 0), untilMs: all[at]?.wallMs ?? 0 }];
    });
    kill.recoveryMs = Math.max(0, ...silences.map(({ fromMs, untilMs }) => untilMs - fromMs));
    // Not of the longest one alone: another may have been held for less of its time.
    return Math.max(0, ...silences.map(({ fromMs, untilMs }) => untilMs - fromMs - heldMs(blows, fromMs, untilMs)));
  });
  const waits = kills.map(({ recoveryMs = 0 }) => recoveryMs).sort((a, b) => a - b);
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
