import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Folder, JobProducer } from '@heliograph/kernel';
import { laneQueue } from './lane.queue';

/**
 * Ms after a ring in which the process does not ring the lane again. A ring in between is kept and sent at the end, never dropped. The time
 * doubles while rings keep coming: a single message is not delayed, and a flood of messages does not flood the queue.
 */
const minQuietMs = 25;
const maxQuietMs = 200;
/** Rings that lie closer together are one, in ms. */
const sameRingMs = 5;
/** Maximum delay of a ring. The sweep of recovery finds work that is due later. */
export const maxDelayMs = 60_000;

interface Ring {
  sessionId: string;
  inMs: number;
}

/** The last ring of a lane. Times are of `performance.now()`. */
interface Rung {
  timer: NodeJS.Timeout;
  /** Time at which it is due. */
  at: number;
  quietUntil: number;
  /** Time at which the lane is rung after it; Infinity: never. */
  againAt: number;
}

/**
 * Rings lanes. A ring is a hint: while the queue store is down, rings are lost without an error for the caller, and the sweep of recovery
 * finds the due lane within seconds.
 */
@Injectable()
export class LaneBell implements OnApplicationShutdown {
  private readonly log = new Logger(LaneBell.name);
  private readonly rung = new Map<string, Rung>();
  private readonly folder: Folder<Ring, undefined>;
  private failures = 0;

  constructor(jobs: JobProducer) {
    this.folder = new Folder({
      maxBatch: 500,
      concurrency: 2,
      write: async (rings) => {
        await jobs.addMany(
          laneQueue,
          [...new Map(rings.map((ring) => [ring.sessionId, ring])).values()].map(({ sessionId, inMs }) => ({
            payload: { sessionId },
            options: { reschedule: true, delayMs: inMs },
          })),
        );
        this.failures = 0;
        return rings.map(() => undefined);
      },
    });
  }

  /** Moves the lane's next turn forward to `inMs` from now. */
  ring(sessionId: string, inMs = 0): void {
    if (inMs > maxDelayMs) return;
    const now = performance.now();
    const at = now + inMs;
    const rung = this.rung.get(sessionId);
    // A ring that is still scheduled covers this work too.
    if (rung && rung.at > now && rung.at - sameRingMs <= at) return;
    if (rung && rung.quietUntil > now) rung.againAt = Math.min(rung.againAt, at);
    else this.add(sessionId, inMs, minQuietMs);
  }

  private add(sessionId: string, inMs: number, quietMs: number): void {
    clearTimeout(this.rung.get(sessionId)?.timer);
    const now = performance.now();
    const timer = setTimeout(() => this.quietEnds(sessionId, quietMs), quietMs);
    this.rung.set(sessionId, { timer, at: now + inMs, quietUntil: now + quietMs, againAt: Infinity });
    this.folder.add({ sessionId, inMs }).catch((error: Error) => {
      // One line when the store becomes unavailable, not one per message.
      if (this.failures++ === 0) this.log.warn({ event: 'bell.unheard', error: error.message });
    });
  }

  private quietEnds(sessionId: string, quietMs: number): void {
    const rung = this.rung.get(sessionId) as Rung;
    const now = performance.now();
    if (rung.againAt < Infinity) this.add(sessionId, Math.max(0, rung.againAt - now), Math.min(maxQuietMs, quietMs * 2));
    else if (rung.at > now) rung.timer = setTimeout(() => this.rung.delete(sessionId), rung.at - now);
    else this.rung.delete(sessionId);
  }

  onApplicationShutdown(): void {
    for (const { timer } of this.rung.values()) clearTimeout(timer);
    this.rung.clear();
  }
}
