import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DrainService } from '@heliograph/kernel';
import { SessionOpenings } from '@heliograph/tenants';
import { Recovery } from '../recovery/recovery';
import { LedgerReconciliation } from '../installation/ledger-reconciliation';
import { LedgerWatch } from '../installation/ledger-watch';
import { TransitionLog } from '../history/transition-log';
import { UncertainResolver } from '../uncertain/uncertain-resolver';
import { LaneBell } from './lane-bell';
import { LaneRunner } from './lane-runner';
import { WorkerLease } from './worker-lease';

/** Starts and stops the sending part of a worker: heartbeat, recovery, and the wake-up of lanes whose session returns. */
@Injectable()
export class LanesRole implements OnApplicationBootstrap {
  private readonly log = new Logger(LanesRole.name);

  constructor(
    private readonly lease: WorkerLease,
    private readonly recovery: Recovery,
    private readonly resolver: UncertainResolver,
    private readonly transitions: TransitionLog,
    private readonly lanes: LaneRunner,
    private readonly bell: LaneBell,
    private readonly openings: SessionOpenings,
    private readonly drains: DrainService,
    private readonly watch: LedgerWatch,
    private readonly reconciliation: LedgerReconciliation,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.drains.onDrain('lanes', () => this.drain());
    this.openings.subscribe((_tenantId, sessionId) => this.bell.ring(sessionId));
    await this.watch.start();
    await this.lease.start();
    this.recovery.start();
    this.resolver.start();
    this.reconciliation.start();
    this.transitions.start();
    this.log.log({ event: 'lanes.started' });
  }

  /** Stops claiming, waits until the calls in flight are made and written, then gives up the identity. */
  private async drain(): Promise<void> {
    await Promise.all([this.recovery.stop(), this.resolver.stop(), this.reconciliation.stop()]);
    await this.lanes.drain();
    await this.transitions.stop();
    await this.lease.stop();
    this.log.log({ event: 'lanes.stopped' });
  }
}
