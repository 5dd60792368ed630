import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import {
  addDurations,
  addDurationsSql,
  Database,
  durationClass,
  Loops,
  Metrics,
  noDurations,
  percentileOf,
  type PurgeChunk,
  Purges,
  type Sql,
  untilNotFull,
} from '@heliograph/kernel';

const writeMs = 5_000;
const keptDays = 7;

/** Hooks answered in some time, and the ms within which a share of them was answered; null without hooks. */
export interface HookAnswerTimes {
  answered: number;
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
}

/**
 * Counts the time until a hook is answered. Counted in memory: no hook waits for its count. Every process adds its counts to the same
 * rows every few seconds, so that the classes of all processes are summed before a percentile is taken.
 */
@Injectable()
export class HookAnswers implements OnApplicationBootstrap {
  private counts = noDurations();
  private isEmpty = true;
  private readonly seconds;

  constructor(
    private readonly db: Database,
    private readonly loops: Loops,
    metrics: Metrics,
  ) {
    this.seconds = metrics.histogram('hook_answer_seconds', 'Time until a hook was stored and answered.');
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'hook_answers', everyMs: writeMs, work: () => this.write(), atEnd: () => this.write() });
  }

  /** Counts a hook that was answered after this time. */
  add(ms: number): void {
    this.seconds.observe(ms / 1_000);
    const at = durationClass(ms);
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.isEmpty = false;
  }

  /** Adds what was counted since the last time to the row of this minute. */
  async write(): Promise<void> {
    if (this.isEmpty) return;
    const counted = this.counts;
    this.counts = noDurations();
    this.isEmpty = true;
    try {
      await this.db.query(
        `INSERT INTO hook_answers AS h (minute, durations) VALUES (date_trunc('minute', heliograph_now()), $1::bigint[])
         ON CONFLICT (minute) DO UPDATE SET durations = ${addDurationsSql('h.durations', 'excluded.durations')}`,
        [counted],
      );
    } catch (error) {
      this.counts = addDurations(this.counts, counted);
      this.isEmpty = false;
      throw error;
    }
  }
}

/** Returns how long answers to hooks took in the last hour, in all processes together. */
export async function hookAnswerTimes(sql: Sql): Promise<HookAnswerTimes> {
  const rows = await sql.query<{ durations: string[] }>(
    `SELECT durations FROM hook_answers WHERE minute > heliograph_now() - interval '1 hour'`,
  );
  const all = rows.reduce((sum, { durations }) => addDurations(sum, durations.map(Number)), noDurations());
  return {
    answered: all.reduce((sum, count) => sum + count, 0),
    p50Ms: percentileOf(all, 0.5),
    p95Ms: percentileOf(all, 0.95),
    p99Ms: percentileOf(all, 0.99),
  };
}

/** Purges old counts. */
@Injectable()
export class HookAnswerRetention {
  constructor(purges: Purges) {
    purges.register({
      table: 'hook_answers',
      keptDays,
      purgeSome: async (tx, limit): Promise<PurgeChunk> => {
        const rows = await tx.query(
          `DELETE FROM hook_answers WHERE ctid = ANY (ARRAY(SELECT ctid FROM hook_answers WHERE minute < heliograph_now() - $1 * interval '1 day' LIMIT $2)) RETURNING 1`,
          [keptDays, limit],
        );
        return untilNotFull('hook_answers', rows.length, limit);
      },
    });
  }
}
