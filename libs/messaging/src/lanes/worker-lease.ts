import { hostname } from 'node:os';
import { Injectable, Logger, Optional } from '@nestjs/common';
import { Database, type Loop, Loops, newId } from '@heliograph/kernel';
import { LedgerWatch } from '../installation/ledger-watch';
import { endWorker, insertWorker, renewWorker } from './workers.repository';

/** How long a worker is believed alive after its last heartbeat, in ms. */
export const leaseMs = 8_000;
const beatMs = 1_500;

/** The right to call for messages claimed under `workerId`, as far as this process can prove it by its monotonic clock. */
export interface Lease {
  readonly workerId: string;
  /** False once another process may have declared the worker dead. A process that slept past its lease reads false here. */
  isValid(): boolean;
}

/**
 * This process's heartbeat in `workers`. Messages and lanes are leased to a worker as a whole: one small update every 1.5 s
 * instead of one per message. A worker that lost its lease takes a new identity and never touches what the old one held.
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

  /** Takes an identity and keeps it alive until `stop`. Resolves when the first one is held, or could not be taken. */
  async start(): Promise<void> {
    await new Promise<void>((begun) => {
      this.loop = this.loops.startOwned({ name: 'worker_heartbeat', everyMs: beatMs, work: () => this.renew().finally(begun) });
    });
  }

  /** The lease of now, or null while there is none (database away, lease just lost, or the ledger refused). */
  current(): Lease | null {
    const held = this.held;
    const isValid = () => held !== null && performance.now() < held.validUntil && !this.watch?.isRefused;
    return held && isValid() ? { workerId: held.workerId, isValid } : null;
  }

  /** Gives this identity up at once: what it holds goes through recovery. The next heartbeat takes a new one. */
  forfeit({ workerId }: Lease): void {
    if (this.held?.workerId !== workerId) return;
    this.held.validUntil = 0;
    this.held = null;
    this.loop?.wake();
  }

  /** Ends the heartbeat and gives the identity up; call when nothing is in flight any more. */
  async stop(): Promise<void> {
    await this.loop?.stop();
    if (this.held) await endWorker(this.db, this.held.workerId);
    this.held = null;
  }

  private async renew(): Promise<void> {
    // Taken before the statement is sent: the database's reading is later, so our belief always ends first.
    const sentAt = performance.now();
    const held = this.held;
    if (held) {
      const isRenewed = await renewWorker(this.db, held.workerId, leaseMs);
      // Given up meanwhile: it stays given up.
      const isKept = isRenewed && this.held === held;
      if (isKept) held.validUntil = sentAt + leaseMs;
      if (isKept) return;
      this.log.warn({ event: 'worker.lease_lost', worker: held.workerId });
    }
    // The database may have been put back from a copy: nothing is claimed of it before that is known.
    await this.watch?.check();
    const workerId = newId();
    await insertWorker(this.db, { id: workerId, name: `${hostname()}:${process.pid}` }, leaseMs);
    this.held = { workerId, validUntil: sentAt + leaseMs };
  }
}
