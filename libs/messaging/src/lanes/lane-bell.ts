import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Folder, JobProducer } from '@heliograph/kernel';
import { laneQueue } from './lane.queue';

/**
 * After a ring a process keeps still about the lane for so long; a ring in between is kept and rung at its end, never dropped.
 * Doubles while rings keep coming: a single message is not held up, a flood does not flood the queue.
 */
const shortestQuietMs = 25;
const longestQuietMs = 200;
/** Rings that are less apart are one. */
const sameRingMs = 5;
/** Nothing is rung longer ahead: what is due later is found by recovery's sweep. */
export const longestDelayMs = 60_000;

interface Ring {
  sessionId: string;
  inMs: number;
}

/** The last ring of a lane. Times are of `performance.now()`. */
interface Rung {
  timer: NodeJS.Timeout;
  /** When it is due. */
  at: number;
  quietUntil: number;
  /** When the lane is to be rung after it; Infinity: no more. */
  againAt: number;
}

/**
 * Rings lanes. A ring is a hint: when the queue store is down the ring is lost, the caller is not troubled, and recovery's
 * sweep finds the due lane within seconds.
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

  /** Brings the lane's next turn forward to `inMs` from now. */
  ring(sessionId: string, inMs = 0): void {
    if (inMs > longestDelayMs) return;
    const now = performance.now();
    const at = now + inMs;
    const rung = this.rung.get(sessionId);
    // A ring that is still to come finds this work too.
    if (rung && rung.at > now && rung.at - sameRingMs <= at) return;
    if (rung && rung.quietUntil > now) rung.againAt = Math.min(rung.againAt, at);
    else this.add(sessionId, inMs, shortestQuietMs);
  }

  private add(sessionId: string, inMs: number, quietMs: number): void {
    clearTimeout(this.rung.get(sessionId)?.timer);
    const now = performance.now();
    const timer = setTimeout(() => this.quietEnds(sessionId, quietMs), quietMs);
    this.rung.set(sessionId, { timer, at: now + inMs, quietUntil: now + quietMs, againAt: Infinity });
    this.folder.add({ sessionId, inMs }).catch((error: Error) => {
      // One line when the store goes away, not one per message.
      if (this.failures++ === 0) this.log.warn({ event: 'bell.unheard', error: error.message });
    });
  }

  private quietEnds(sessionId: string, quietMs: number): void {
    const rung = this.rung.get(sessionId) as Rung;
    const now = performance.now();
    if (rung.againAt < Infinity) this.add(sessionId, Math.max(0, rung.againAt - now), Math.min(longestQuietMs, quietMs * 2));
    else if (rung.at > now) rung.timer = setTimeout(() => this.rung.delete(sessionId), rung.at - now);
    else this.rung.delete(sessionId);
  }

  onApplicationShutdown(): void {
    for (const { timer } of this.rung.values()) clearTimeout(timer);
    this.rung.clear();
  }
}
