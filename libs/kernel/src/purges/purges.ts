import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { z } from 'zod';
import { Database, type Tx } from '../database/database';
import { Loops } from '../loops/loops';
import { Metrics } from '../metrics/metrics';

/** Maximum number of rows that one statement examines and deletes. */
const maxRows = 2_000;
const roundMs = 10_000;
/** Delay before a table is purged again: after a pass that deleted rows, and after one that found none, in ms. */
const busyRestMs = 60_000;
const idleRestMs = 15 * 60_000;
/** Maximum pause between two chunks, in ms. A purge pauses for as long as the last chunk took, so that it uses at most half of the time. */
const maxPauseMs = 1_000;

/** Result of one statement of a purge. */
export interface PurgeChunk {
  /** Rows deleted, by table. Deleting a row may delete rows of other tables too. */
  deleted: Record<string, number>;
  /** Position where the next chunk continues; null: no rows are left. */
  next: string | null;
}

/** Deletes the old rows of one table. It may delete only rows that are final and that nothing else needs. */
export interface Purge {
  /** Name of the table. One process at a time purges it. */
  table: string;
  /** Days that rows are kept; 0: for ever. Absent: each row holds the time at which it expires. */
  keptDays?: number;
  /** Examines up to `maxRows` rows from the position on (null: from the start) and deletes those that have expired. */
  purgeSome(tx: Tx, maxRows: number, from: string | null): Promise<PurgeChunk>;
}

/** Ends a purge whose chunks take the oldest rows in any order: a chunk that is not full is the last one. */
export function untilNotFull(table: string, deleted: number, limit: number): PurgeChunk {
  return { deleted: { [table]: deleted }, next: deleted < limit ? null : '' };
}

/** A setting for the days that rows are kept: 0 for ever, otherwise at least `min`. */
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
 * Deletes old rows of every registered table in small statements, one chunk of each table in turn, until no old rows are left.
 * Each chunk is a transaction of its own. It holds a lock, so that no other process purges the same table at the same time.
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

  /** Registers a table. A table whose rows are kept for ever is never examined. */
  register(purge: Purge): void {
    if (purge.keptDays !== 0) this.purges.push({ purge, dueAt: 0 });
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'purges', everyMs: roundMs, work: async (signal) => void (await this.purgeDue(maxRows, signal)) });
  }

  /** Purges every due table completely, one chunk of each in turn. @returns rows deleted by table */
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
        await sleep(Math.min(maxPauseMs, performance.now() - startedAt), undefined, { signal }).catch(() => undefined);
      }
      open = left;
    }
    if (Object.keys(total).length > 0) this.log.log({ event: 'rows.purged', ...total });
    return total;
  }

  /** Purges one chunk. When it fails or another process holds the lock, the pass of this table ends; the other tables continue. */
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
