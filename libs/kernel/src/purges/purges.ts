import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { z } from 'zod';
import { Database, type Tx } from '../database/database';
import { Loops } from '../loops/loops';
import { Metrics } from '../metrics/metrics';

/** Rows one statement looks at and deletes at most. */
const maxRows = 2_000;
const roundMs = 10_000;
/** A table is looked at again after a pass that deleted something, and after one that found nothing, in ms. */
const busyRestMs = 60_000;
const idleRestMs = 15 * 60_000;
/** Longest rest between two chunks, in ms. A purge rests as long as it worked: half of the time the database is left alone. */
const maxBreathMs = 1_000;

/** One statement's part of a purge. */
export interface PurgeChunk {
  /** Rows deleted by table: a row may take others with it. */
  deleted: Record<string, number>;
  /** Place at which the next chunk goes on; null: nothing is left. */
  next: string | null;
}

/** Deletes the old rows of one table. Only rows that are final, and that nothing else needs, may be deleted. */
export interface Purge {
  /** Name of the table; one process at a time purges it. */
  table: string;
  /** Days that rows are kept; 0: for ever. Absent: the rows tell themselves when they end. */
  keptDays?: number;
  /** Looks at no more than so many rows, from the place given on (null: the beginning), and deletes those that may go. */
  purgeSome(tx: Tx, maxRows: number, from: string | null): Promise<PurgeChunk>;
}

/** The end of a purge whose chunks take the oldest rows, whichever they are: one that was not full was the last. */
export function untilNotFull(table: string, deleted: number, limit: number): PurgeChunk {
  return { deleted: { [table]: deleted }, next: deleted < limit ? null : '' };
}

/** A setting in days that rows are kept: 0 for ever, else at least `min`. */
export function keptDays(options: { min: number; default: number }) {
  return z.coerce
    .number()
    .int()
    .min(0)
    .max(36_500)
    .refine((days) => days === 0 || days >= options.min, `must be 0 (kept for ever) or at least ${options.min}`)
    .default(options.default);
}

/**
 * Deletes what is old: every table by small statements, a chunk of each in turn, as many as are needed.
 * Each chunk is a transaction of its own and holds a lock that keeps other processes from purging the same table.
 */
@Injectable()
export class Purges implements OnApplicationBootstrap {
  private readonly log = new Logger(Purges.name);
  private readonly purges: { purge: Purge; dueAt: number }[] = [];
  private readonly failing;
  private readonly rows;

  constructor(
    private readonly db: Database,
    private readonly loops: Loops,
    metrics: Metrics,
  ) {
    this.failing = loops.watch('purge');
    this.rows = metrics.counter('purged_rows_total', 'Old rows deleted, by table.', ['table']);
  }

  /** Adds a table. One that is kept for ever is never looked at. */
  register(purge: Purge): void {
    if (purge.keptDays !== 0) this.purges.push({ purge, dueAt: 0 });
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'purges', everyMs: roundMs, work: async (signal) => void (await this.purgeDue(maxRows, signal)) });
  }

  /** Purges each table that is due to its end, a chunk of each in turn. @returns rows deleted by table */
  async purgeDue(limit = maxRows, signal?: AbortSignal): Promise<Record<string, number>> {
    const total: Record<string, number> = {};
    let open = this.purges.filter(({ dueAt }) => dueAt <= performance.now()).map((one) => ({ one, from: null as string | null, count: 0 }));
    while (open.length > 0) {
      const left: typeof open = [];
      for (const pass of open) {
        if (signal?.aborted) return total;
        const startedAt = performance.now();
        const chunk = await this.purgeChunk(pass.one, limit, pass.from);
        for (const [table, count] of Object.entries(chunk.deleted)) {
          if (count === 0) continue;
          total[table] = (total[table] ?? 0) + count;
          pass.count += count;
          this.rows.inc({ table }, count);
        }
        if (chunk.next === null) pass.one.dueAt = performance.now() + (pass.count > 0 ? busyRestMs : idleRestMs);
        else left.push({ ...pass, from: chunk.next });
        await sleep(Math.min(maxBreathMs, performance.now() - startedAt), undefined, { signal }).catch(() => undefined);
      }
      open = left;
    }
    if (Object.keys(total).length > 0) this.log.log({ event: 'rows.purged', ...total });
    return total;
  }

  /** One chunk. A failure, or another process at work, ends the pass: the other tables go on. */
  private async purgeChunk(one: (typeof this.purges)[number], limit: number, from: string | null): Promise<PurgeChunk> {
    const { purge } = one;
    try {
      const chunk = await this.db.transaction(async (tx): Promise<PurgeChunk> => {
        const [lock] = await tx.query<{ held: boolean }>(
          `SELECT pg_try_advisory_xact_lock(hashtext('heliograph purge'), hashtext($1)) AS held`,
          [purge.table],
        );
        return lock?.held ? purge.purgeSome(tx, limit, from) : { deleted: {}, next: null };
      });
      this.failing.succeeded(purge.table);
      return chunk;
    } catch (error) {
      this.failing.failed(purge.table, error);
      return { deleted: {}, next: null };
    }
  }
}
