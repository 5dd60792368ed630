import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { Database } from '../database/database';

const syncMs = 200;
const sweepMs = 3_600_000;
/** Rows of windows that began so long ago are removed, in ms. */
const keptMs = 24 * 3_600_000;

interface Window {
  startedAt: number;
  ttlMs: number;
  /** Hits of this process that the database knows not of yet. */
  unsent: number;
  /** Hits of all processes at the last synchronisation. */
  shared: number;
}

/** The record Nest's throttler decides by; times in seconds. */
type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts requests per key over all processes without a round trip per request: each process decides by its own count plus
 * what the others had at the last synchronisation, five times a second, in one folded upsert. While the database is away each
 * process counts alone.
 */
@Injectable()
export class SharedCounterStorage implements ThrottlerStorage, OnApplicationShutdown {
  private readonly log = new Logger(SharedCounterStorage.name);
  private readonly windows = new Map<string, Window>();
  private readonly timer = setInterval(() => void this.synchronise(), syncMs);
  private syncing = false;
  private failing = false;
  private sweptAt = 0;

  constructor(private readonly db: Database) {
    this.timer.unref();
  }

  increment(key: string, ttlMs: number, limit: number): Promise<ThrottlerRecord> {
    const now = Date.now();
    const startedAt = now - (now % ttlMs);
    let window = this.windows.get(key);
    if (!window || window.startedAt !== startedAt) {
      window = { startedAt, ttlMs, unsent: 0, shared: 0 };
      this.windows.set(key, window);
    }
    const totalHits = window.shared + window.unsent + 1;
    const isBlocked = totalHits > limit;
    // A refused request is not counted: a client that keeps knocking is let in when the window ends, not punished for ever.
    if (!isBlocked) window.unsent++;
    const timeToExpire = Math.ceil((startedAt + ttlMs - now) / 1_000);
    return Promise.resolve({ totalHits, timeToExpire, isBlocked, timeToBlockExpire: isBlocked ? timeToExpire : 0 });
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async synchronise(): Promise<void> {
    if (this.syncing) return;
    this.syncing = true;
    try {
      const now = Date.now();
      for (const [key, window] of this.windows) if (window.startedAt + window.ttlMs < now) this.windows.delete(key);
      const active = [...this.windows].filter(([, window]) => window.unsent > 0 || window.shared > 0);
      if (active.length === 0) return;
      const sent = active.map(([, window]) => window.unsent);
      const rows = await this.db.prepared<{ key: string; hits: number }>(
        'throttle_sync',
        `INSERT INTO throttle_counters AS c (key, window_start, hits)
         SELECT * FROM unnest($1::text[], $2::float8[], $3::int[]) ORDER BY 1
         ON CONFLICT (key) DO UPDATE SET hits = CASE WHEN c.window_start = excluded.window_start THEN c.hits ELSE 0 END + excluded.hits, window_start = excluded.window_start
         RETURNING key, hits`,
        [active.map(([key]) => key), active.map(([, window]) => window.startedAt), sent],
      );
      const totals = new Map(rows.map((row) => [row.key, row.hits]));
      active.forEach(([key, window], i) => {
        window.unsent -= sent[i] as number;
        window.shared = totals.get(key) ?? window.shared;
      });
      this.failing = false;
      if (now - this.sweptAt > sweepMs) {
        this.sweptAt = now;
        await this.db.query('DELETE FROM throttle_counters WHERE window_start < $1', [now - keptMs]);
      }
    } catch (error) {
      if (!this.failing) this.log.warn({ event: 'throttle.unshared', error: (error as Error).message });
      this.failing = true;
    } finally {
      this.syncing = false;
    }
  }
}
