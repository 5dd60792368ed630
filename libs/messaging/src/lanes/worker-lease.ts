import { hostname } from 'node:os';
import { Injectable, Logger, Optional } from '@nestjs/common';
import { Database, type Loop, Loops, newId } from '@heliograph/kernel';
import { LedgerWatch } from '../installation/ledger-watch';
import { endWorker, insertWorker, renewWorker } from './workers.repository';

/** Ms for which a worker counts as alive after its last heartbeat. */
export const leaseMs = 8_000;
const beatMs = 1_500;

/** The right to call for messages claimed under `workerId`, as far as this process can prove it by its monotonic clock. */
export interface Lease {
  readonly workerId: string;
  /**
   * False once another process may have declared the worker dead, for example when this process was suspended for longer than its lease.
   */
  isValid(): boolean;
}

/**
 * The heartbeat of this process in `workers`. Messages and lanes are leased to a worker as a whole: one small update every 1.5 s instead of
 * one per message. A worker that lost its lease takes a new identity and never writes to messages of the old one.
 */
@Injectable()
export class WorkerLease {
  private readonly log = new Logger(WorkerLease.name);
  private held: { workerId: string; validUntil: number } | null = null;
  private loop: Loop | null = null;

  constructor(
    private readonly db: Database,
    private readonly loops: Loops,
    @Optional() private readonly watch?: LedgerWatch,
  ) {}

  /** Takes an identity and keeps it alive until `stop`. Resolves after the first attempt to take one, successful or not. */
  async start(): Promise<void> {
    await new Promise<void>((begun) => {
      this.loop = this.loops.startOwned({ name: 'worker_heartbeat', everyMs: beatMs, work: () => this.renew().finally(begun) });
    });
  }

  /** Returns the current lease, or null while there is none (database down, lease just lost, or the ledger refused). */
  current(): Lease | null {
    const held = this.held;
    const isValid = () => held !== null && performance.now() < held.validUntil && !this.watch?.isRefused;
    return held && isValid() ? { workerId: held.workerId, isValid } : null;
  }

  /** Gives up this identity at once: recovery takes back its messages. The next heartbeat takes a new identity. */
  forfeit({ workerId }: Lease): void {
    if (this.held?.workerId !== workerId) return;
    this.held.validUntil = 0;
    this.held = null;
    this.loop?.wake();
  }

  /** Ends the heartbeat and gives up the identity. Call it when nothing is in flight any more. */
  async stop(): Promise<void> {
    await this.loop?.stop();
    if (this.held) await endWorker(this.db, this.held.workerId);
    this.held = null;
  }

  private async renew(): Promise<void> {
    // Read before the statement is sent: the database reads its clock later, so this process always ends the lease first.
    const sentAt = performance.now();
    const held = this.held;
    if (held) {
      const isRenewed = await renewWorker(this.db, held.workerId, leaseMs);
      // The identity was given up in the meantime and stays given up.
      const isKept = isRenewed && this.held === held;
      if (isKept) held.validUntil = sentAt + leaseMs;
      if (isKept) return;
      this.log.warn({ event: 'worker.lease_lost', worker: held.workerId });
    }
    // The database may have been restored from a copy: the ledger is checked before anything is claimed.
    await this.watch?.check();
    const workerId = newId();
    await insertWorker(this.db, { id: workerId, name: `${hostname()}:${process.pid}` }, leaseMs);
    this.held = { workerId, validUntil: sentAt + leaseMs };
  }
}
