import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Folder, JobProducer } from '@heliograph/kernel';
import { laneQueue } from './lane.queue';

/**
 * After a ring a process keeps still about the lane for so long; a ring in between is kept and rung at its end, never dropped.
 * Doubles while rings keep coming: a single message is not held up, a flood does not flood the queue.
 */
const shortestQuietMs = 25;
const longestQuietMs = 200;

/**
 * Rings lanes. A ring is a hint: when the queue store is down the ring is lost, the caller is not troubled, and recovery's
 * sweep finds the due lane within seconds.
 */
@Injectable()
export class LaneBell implements OnApplicationShutdown {
  private readonly log = new Logger(LaneBell.name);
  private readonly rung = new Map<string, { timer: NodeJS.Timeout; again: boolean }>();
  private readonly folder: Folder<string, undefined>;
  private failures = 0;

  constructor(jobs: JobProducer) {
    this.folder = new Folder({
      maxBatch: 500,
      concurrency: 2,
      write: async (sessionIds) => {
        await jobs.addMany(
          laneQueue,
          [...new Set(sessionIds)].map((sessionId) => ({ payload: { sessionId }, options: { reschedule: true } })),
        );
        this.failures = 0;
        return sessionIds.map(() => undefined);
      },
    });
  }

  /** Brings the lane's next turn forward to now. */
  ring(sessionId: string): void {
    const recent = this.rung.get(sessionId);
    if (recent) recent.again = true;
    else this.add(sessionId, shortestQuietMs);
  }

  private add(sessionId: string, quietMs: number): void {
    const timer = setTimeout(() => {
      const again = this.rung.get(sessionId)?.again;
      this.rung.delete(sessionId);
      if (again) this.add(sessionId, Math.min(longestQuietMs, quietMs * 2));
    }, quietMs);
    this.rung.set(sessionId, { timer, again: false });
    this.folder.add(sessionId).catch((error: Error) => {
      // One line when the store goes away, not one per message.
      if (this.failures++ === 0) this.log.warn({ event: 'bell.unheard', error: error.message });
    });
  }

  onApplicationShutdown(): void {
    for (const { timer } of this.rung.values()) clearTimeout(timer);
    this.rung.clear();
  }
}
