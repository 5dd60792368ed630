import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { isStorageDown } from '../database/database';
import { Loops } from '../loops/loops';
import { Purges } from '../purges/purges';
import { BulkJobSteps } from './bulk-job-steps.repository';

const lookMs = 500;

/** Runs the jobs of bulk verbs in the role `housekeeping`; several processes share them. */
@Injectable()
export class BulkJobRunner implements OnApplicationBootstrap {
  private readonly failing;

  constructor(
    private readonly steps: BulkJobSteps,
    private readonly loops: Loops,
    purges: Purges,
  ) {
    purges.register({ table: 'bulk_jobs', purgeSome: (tx, limit) => steps.purgeSome(tx, limit) });
    this.failing = loops.watch('bulk_job');
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'bulk_jobs', everyMs: lookMs, work: (signal) => this.round(signal) });
  }

  /** Runs one chunk for every tenant, so that no tenant waits for another. @returns whether there may be more */
  private async round(signal: AbortSignal): Promise<boolean> {
    let isMore = false;
    for (const job of await this.steps.open()) {
      if (signal.aborted) return false;
      try {
        isMore = (await this.steps.step(job)) || isMore;
        this.failing.succeeded(job.id);
      } catch (error) {
        if (isStorageDown(error)) throw error;
        // The other tenants continue.
        this.failing.failed(job.id, error);
      }
    }
    return isMore;
  }
}
