import { Injectable, Logger } from '@nestjs/common';
import { Invariants } from '../invariants/invariants.repository';
import { LaneBell } from '../lanes/lane-bell';
import { LaneRunner } from '../lanes/lane-runner';
import { WorkerLease } from '../lanes/worker-lease';
import { MessagingMetrics } from '../messaging.metrics';
import { RecoveryRepository } from './recovery.repository';

const sweepMs = 2_000;
const housekeepMs = 60_000;
/** Lanes one sweep takes up at most. */
const lanesPerSweep = 500;
const expiredPerSweep = 1_000;

/**
 * A plain timer in every worker that finds what a dead process or a lost doorbell left, and drains it itself: liveness never
 * depends on the queue.
 */
@Injectable()
export class Recovery {
  private readonly log = new Logger(Recovery.name);
  private timer: NodeJS.Timeout | null = null;
  private sweeping: Promise<void> | null = null;
  private housekeptAt = 0;

  constructor(
    private readonly rows: RecoveryRepository,
    private readonly lanes: LaneRunner,
    private readonly bell: LaneBell,
    private readonly lease: WorkerLease,
    private readonly invariants: Invariants,
    private readonly metrics: MessagingMetrics,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.sweep(), sweepMs);
  }

  /** Ends the timer and waits for a sweep under way. */
  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.sweeping;
  }

  /** One sweep; joins the one that is running. */
  sweep(): Promise<void> {
    this.sweeping ??= this.runSweep().finally(() => (this.sweeping = null));
    return this.sweeping;
  }

  /** Each duty by itself: one that fails costs none of the others. */
  private async runSweep(): Promise<void> {
    await this.attempt('take_over', () => this.takeOver());
    await this.attempt('drain', async () => {
      const lease = this.lease.current();
      if (!lease) return;
      for (const sessionId of await this.rows.undrainedLanes(lease.workerId, lanesPerSweep)) {
        if (!this.lanes.hasTurn(sessionId)) this.metrics.laneFoundBySweep();
        this.drain(sessionId);
      }
    });
    await this.attempt('expire', async () => {
      while ((await this.rows.expire(expiredPerSweep)) === expiredPerSweep);
    });
    if (performance.now() - this.housekeptAt > housekeepMs) {
      this.housekeptAt = performance.now();
      await this.attempt('bound_times', async () => {
        const lanes = await this.rows.boundTimes();
        if (lanes > 0) this.log.warn({ event: 'lanes.times_bounded', lanes });
      });
      await this.attempt('check', async () => {
        const breaches = await this.invariants.checkLanes();
        this.metrics.checked(breaches);
        for (const { invariant, count, examples } of breaches) this.log.error({ event: 'invariant.broken', invariant, count, examples });
      });
    }
  }

  private async takeOver(): Promise<void> {
    for (let remains = await this.rows.takeOverDeadWorker(); remains; remains = await this.rows.takeOverDeadWorker()) {
      const { workerId, requeued, uncertain, sessionIds } = remains;
      this.log.warn({ event: 'worker.taken_over', worker: workerId, lanes: sessionIds.length, requeued, uncertain });
      sessionIds.forEach((sessionId) => this.drain(sessionId));
    }
  }

  private async attempt(duty: string, work: () => Promise<void>): Promise<void> {
    await work().catch((error: Error) => this.log.warn({ event: 'recovery.failed', duty, error: error.message }));
  }

  /** Takes the lane's turn here and now; afterwards the bell is enough. */
  private drain(sessionId: string): void {
    this.lanes.takeTurn(sessionId).then(
      (end) => {
        if (end.kind === 'due') this.bell.ring(sessionId, end.inMs);
      },
      (error: Error) => this.log.warn({ event: 'lane.turn_failed', session: sessionId, error: error.message }),
    );
  }
}
