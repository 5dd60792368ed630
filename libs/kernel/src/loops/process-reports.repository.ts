import { hostname } from 'node:os';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Database } from '../database/database';
import { newId } from '../database/new-id';
import { Loops } from './loops';

/** Name of this process's service: `api` or `worker`. */
export const SERVICE_NAME = Symbol('service name');

const reportMs = 10_000;
/** Seconds after which a process that reported nothing counts as gone. */
const goneS = 60;

/** A background loop that fails in a process. */
export interface FailingLoop {
  service: string;
  host: string;
  loop: string;
  /** Time of the first of the consecutive failed turns. */
  since: Date;
}

/**
 * Writes every few seconds which loops of this process fail, as readiness shows it. A process that has ended, or cannot reach the
 * database, reports nothing, and its last report is forgotten after a minute.
 */
@Injectable()
export class ProcessReports implements OnApplicationBootstrap {
  private readonly id = newId();

  constructor(
    private readonly db: Database,
    private readonly loops: Loops,
    @Inject(SERVICE_NAME) private readonly service: string,
  ) {}

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'process_report', everyMs: reportMs, jitter: 0.1, work: () => this.report() });
  }

  /** Writes what this process knows of its loops, and deletes reports of processes that are gone. */
  async report(): Promise<void> {
    const failing = this.loops.degraded().map(({ name, ms }) => ({ loop: name, seconds: Math.floor(ms / 1_000) }));
    await this.db.query(
      `WITH gone AS (DELETE FROM process_reports WHERE reported_at < heliograph_now() - 10 * interval '${goneS} seconds' AND id <> $1)
       INSERT INTO process_reports (id, service, host, failing) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET reported_at = heliograph_now(), failing = excluded.failing`,
      [this.id, this.service, hostname(), JSON.stringify(failing)],
    );
  }

  /** Returns the failing loops of all processes that are alive, the longest first. */
  failing(): Promise<FailingLoop[]> {
    return this.db.query<FailingLoop>(
      `SELECT p.service, p.host, f.loop, p.reported_at - f.seconds * interval '1 second' AS since
       FROM process_reports p CROSS JOIN jsonb_to_recordset(p.failing) AS f(loop text, seconds float8)
       WHERE p.reported_at > heliograph_now() - interval '${goneS} seconds' ORDER BY since, p.service, p.host, f.loop`,
    );
  }
}
