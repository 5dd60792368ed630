import { Injectable, Logger } from '@nestjs/common';
import { type Loop, Loops } from '@heliograph/kernel';
import { GroupSettling } from '../groups/group-settling.repository';
import { Invariants } from '../invariants/invariants.repository';
import { LaneBell } from '../lanes/lane-bell';
import { LaneRunner } from '../lanes/lane-runner';
import { WorkerLease } from '../lanes/worker-lease';
import { MessagingMetrics } from '../messaging.metrics';
import { RecoveryRepository } from './recovery.repository';

const sweepMs = 2_000;
const housekeepMs = 60_000;
/** Maximum number of lanes that one sweep serves. */
const lanesPerSweep = 500;
const expiredPerSweep = 1_000;

/**
 * Loops in every worker that find and drain what a dead process or a lost ring left: progress never depends on the queue. Each duty has its
 * own loop, so that a failing one does not stop the others.
 */
@Injectable()
export class Recovery {
  private readonly log = new Logger(Recovery.name);
  private started: Loop[] = [];

  constructor(
    private readonly rows: RecoveryRepository,
    private readonly lanes: LaneRunner,
    private readonly bell: LaneBell,
    private readonly lease: WorkerLease,
    private readonly groups: GroupSettling,
    private readonly invariants: Invariants,
    private readonly metrics: MessagingMetrics,
    private readonly loops: Loops,
  ) {}

  start(): void {
    const duty = (name: string, everyMs: number, work: (signal: AbortSignal) => Promise<unknown>) =>
      this.started.push(this.loops.startOwned({ name, everyMs, firstMs: everyMs, work }));
    duty('take_over', sweepMs, () => this.takeOver());
    duty('lane_sweep', sweepMs, () => this.drainLanes());
    duty('message_expiry', sweepMs, () => this.rows.expire(expiredPerSweep));
    duty('group_settling', sweepMs, () => this.groups.settle());
    duty('lane_times', housekeepMs, () => this.boundTimes());
    duty('invariants', housekeepMs, () => this.check());
  }

  /** Ends the loops and waits for the turns under way. */
  async stop(): Promise<void> {
    await Promise.all(this.started.map((loop) => loop.stop()));
  }

  private async drainLanes(): Promise<void> {
    const lease = this.lease.current();
    if (!lease) return;
    for (const sessionId of await this.rows.undrainedLanes(lease.workerId, lanesPerSweep)) {
      if (!this.lanes.hasTurn(sessionId)) this.metrics.laneFoundBySweep();
      this.drain(sessionId);
    }
  }

  private async boundTimes(): Promise<void> {
    const lanes = await this.rows.boundTimes();
    if (lanes > 0) this.log.warn({ event: 'lanes.times_bounded', lanes });
  }

  private async check(): Promise<void> {
    const breaches = await this.invariants.checkLanes();
    this.metrics.checked(breaches);
    for (const { invariant, count, examples } of breaches) this.log.error({ event: 'invariant.broken', invariant, count, examples });
  }

  private async takeOver(): Promise<void> {
    for (let remains = await this.rows.takeOverDeadWorker(); remains; remains = await this.rows.takeOverDeadWorker()) {
      const { workerId, requeued, uncertain, sessionIds } = remains;
      this.log.warn({ event: 'worker.taken_over', worker: workerId, lanes: sessionIds.length, requeued, uncertain });
      sessionIds.forEach((sessionId) => this.drain(sessionId));
    }
  }

  /** Runs the lane's turn in this process. Rings continue from there. */
  private drain(sessionId: string): void {
    this.lanes.takeTurn(sessionId).then(
      (end) => {
        if (end.kind === 'due') this.bell.ring(sessionId, end.inMs);
      },
      (error: Error) => this.log.warn({ event: 'lane.turn_failed', session: sessionId, error: error.message }),
    );
  }
}
