import { Injectable } from '@nestjs/common';
import { actorColumn } from '../actors/actor';
import { Database, inHalves, isItemFault, isStorageDown, type Sql } from '../database/database';
import { AppError } from '../errors/app-error';
import { type PurgeChunk, untilNotFull } from '../purges/purges';
import type { BulkTask } from './bulk-verb';
import { BulkVerbs } from './bulk-verbs';

/** Items per chunk. */
const chunkSize = 500;
/** Days that ended jobs are kept. */
export const keptJobDays = 30;
/** Ids of failed items that a job keeps. */
const maxFailedIds = 100;
/** Seconds of work that a chunk of a paced job holds. */
const pacedChunkS = 5;
/** Seconds by which each try of a chunk that failed for a cause that may pass waits longer than the one before. */
const faultDelayS = 10;
/** Tries of a chunk in a row after which the job ends: the last one comes after about 8 minutes. */
export const maxChunkTries = 10;
/** Reason of items that matched when the job was requested and no longer when their turn came. */
export const changedSince = 'changed_since';

/** A job with work left. */
export interface OpenJob {
  tenantId: string;
  id: string;
}

type Row = BulkTask & {
  kind: string;
  position: string | null;
  perMinute: number | null;
  total: number;
  done: number;
  skipped: Record<string, number>;
  failed: number;
};

/**
 * Runs jobs in chunks. A chunk is one transaction that changes the items and stores the position it reached, under the lock of the job's
 * row: a process that dies leaves nothing of its chunk, and the next process starts the chunk again.
 */
@Injectable()
export class BulkJobSteps {
  constructor(
    private readonly db: Database,
    private readonly verbs: BulkVerbs,
  ) {}

  /** Returns the oldest job of every tenant that may continue now. */
  open(): Promise<OpenJob[]> {
    return this.db.query<OpenJob>(
      `SELECT DISTINCT ON (tenant_id) tenant_id AS "tenantId", id FROM bulk_jobs WHERE ended_at IS NULL AND due_at <= heliograph_now() ORDER BY tenant_id, id`,
    );
  }

  /** Runs the next chunk. @returns whether there may be more; false also while another process works on the job */
  async step(open: OpenJob, maxItems = chunkSize): Promise<boolean> {
    try {
      return await this.run(open, maxItems);
    } catch (error) {
      const isFinal = isItemFault(error) || (error instanceof AppError && error.code !== 'unavailable');
      if (!isFinal) {
        if (!isStorageDown(error) && (await this.delay(open)) >= maxChunkTries)
          await this.fail(open, `A chunk failed ${maxChunkTries} times in a row; the log of the worker has the cause.`);
        throw error;
      }
      // It would fail again at every try, and hold up the later jobs of its tenant.
      await this.fail(open, error instanceof AppError ? error.message : 'The filter of the job cannot be evaluated.');
      return true;
    }
  }

  /** Deletes old jobs. */
  async purgeSome(tx: Sql, limit: number): Promise<PurgeChunk> {
    const gone = await tx.query(
      `DELETE FROM bulk_jobs j USING (SELECT tenant_id, id FROM bulk_jobs WHERE ended_at <= heliograph_now() - $1 * interval '1 day' LIMIT $2) x
       WHERE j.tenant_id = x.tenant_id AND j.id = x.id RETURNING 1`,
      [keptJobDays, limit],
    );
    return untilNotFull('bulk_jobs', gone.length, limit);
  }

  private run({ tenantId, id }: OpenJob, maxItems: number): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const [job] = await tx.query<Row>(
        `SELECT tenant_id AS "tenantId", id, kind, filter, options, ${actorColumn('actor')} AS actor, created_at AS "createdAt", position, per_minute AS "perMinute",
           total, done, skipped, failed
         FROM bulk_jobs WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL AND due_at <= heliograph_now() FOR UPDATE SKIP LOCKED`,
        [tenantId, id],
      );
      const verb = job && this.verbs.find(job.kind);
      if (!job || !verb) return false;
      const limit = job.perMinute === null ? maxItems : Math.min(maxItems, Math.max(1, Math.floor((job.perMinute / 60) * pacedChunkS)));
      const { items, position } = await verb.next(tx, job, job.position, limit);
      const skipped = new Map(Object.entries(job.skipped));
      let done = job.done;
      const poisoned = await inHalves(tx, items, async (some) => {
        const outcome = await verb.apply(tx, job, some);
        done += outcome.done;
        for (const [reason, count] of Object.entries(outcome.skipped)) skipped.set(reason, (skipped.get(reason) ?? 0) + count);
      });
      const failed = job.failed + poisoned.length;
      const sum = () => done + failed + [...skipped.values()].reduce((all, count) => all + count, 0);
      if (position === null && sum() < job.total) skipped.set(changedSince, (skipped.get(changedSince) ?? 0) + job.total - sum());
      await tx.query(
        `UPDATE bulk_jobs SET state = CASE WHEN $3::text IS NULL THEN 'done' ELSE 'running' END, started_at = coalesce(started_at, heliograph_now()),
           ended_at = CASE WHEN $3::text IS NULL THEN heliograph_now() END, position = coalesce($3, position), done = $4, skipped = $5, failed = $6,
           failed_ids = (failed_ids || $7::text[])[1:${maxFailedIds}], total = greatest(total, $8), tries = 0,
           due_at = heliograph_now() + $9 * interval '1 s' WHERE tenant_id = $1 AND id = $2`,
        [
          tenantId,
          id,
          position,
          done,
          JSON.stringify(Object.fromEntries(skipped)),
          failed,
          poisoned.map(({ item }) => item.id),
          sum(),
          job.perMinute === null ? 0 : (items.length / job.perMinute) * 60,
        ],
      );
      return position !== null && job.perMinute === null;
    });
  }

  /** Lets the later jobs of its tenant go first. @returns failed tries of the chunk so far */
  private async delay({ tenantId, id }: OpenJob): Promise<number> {
    const [row] = await this.db.query<{ tries: number }>(
      `UPDATE bulk_jobs SET tries = tries + 1, due_at = heliograph_now() + (tries + 1) * $3 * interval '1 s' WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL RETURNING tries`,
      [tenantId, id, faultDelayS],
    );
    return row?.tries ?? 0;
  }

  private async fail({ tenantId, id }: OpenJob, error: string): Promise<void> {
    await this.db.query(
      `UPDATE bulk_jobs SET state = 'failed', error = $3, started_at = coalesce(started_at, heliograph_now()), ended_at = heliograph_now()
       WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL`,
      [tenantId, id, error],
    );
  }
}
