import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { LRUCache } from 'lru-cache';
import { Database } from '../database/database';

const syncMs = 200;
const purgeMs = 60_000;
/** Time for which a counter is kept after its end, in ms. A window counts until the end of the next one. */
const keptMs = 4 * 60_000;
/** Maximum number of keys and addresses in memory; the least recently used one is dropped first. */
const maxWindows = 20_000;

interface Window {
  startedAt: number;
  ttlMs: number;
  /** Hits of this process that are not in the database yet. */
  unsent: number;
  /** Hits of all processes in this window at the last synchronisation. */
  shared: number;
  /** Hits of all processes in the previous window. */
  previous: number;
  /** True when it was checked since the last synchronisation. */
  isAsked: boolean;
}

/** Result for a request: whether it may continue, and the rest of the limit. */
export interface Count {
  isBlocked: boolean;
  /** Number of further requests that would be allowed now. */
  left: number;
  /** Time until a request is allowed again when blocked, else until this window ends, in ms. */
  resetMs: number;
}

/**
 * Counts requests per key over all processes in a sliding window, without a round trip per request. The count is that of the
 * current window plus the part of the previous one that still overlaps. A process decides by its own hits and by those of the
 * others at the last synchronisation, which runs five times a second and writes only changes. So n processes exceed the limit by
 * at most what n - 1 of them admit in 200 ms. While the database is down, each process counts alone.
 */
@Injectable()
export class SharedCounters implements ThrottlerStorage, OnApplicationShutdown {
  private readonly log = new Logger(SharedCounters.name);
  private readonly windows = new LRUCache<string, Window>({ max: maxWindows });
  private readonly timer = setInterval(() => void this.synchronise(), syncMs);
  private syncing = false;
  private failing = false;
  private purgedAt = 0;

  constructor(private readonly db: Database) {
    this.timer.unref();
  }

  /** Counts one request in the form that the guard expects, times in seconds. `timeToExpire` is `resetMs`, also for a refused request. */
  increment(key: string, ttl: number, limit: number): ReturnType<ThrottlerStorage['increment']> {
    const { isBlocked, left, resetMs } = this.hit(key, ttl, limit);
    const seconds = Math.ceil(resetMs / 1_000);
    return Promise.resolve({ totalHits: limit - left, timeToExpire: seconds, isBlocked, timeToBlockExpire: isBlocked ? seconds : 0 });
  }

  /** Counts one request unless it exceeds the limit. */
  hit(key: string, ttlMs: number, limit: number): Count {
    const count = this.look(key, ttlMs, limit);
    // A refused request is not counted: a client that keeps trying is admitted once its earlier hits have aged.
    if (!count.isBlocked) this.windowOf(key, ttlMs, Date.now()).unsent++;
    return count;
  }

  /** Returns what `hit` would return for a request now, without counting one. */
  look(key: string, ttlMs: number, limit: number): Count {
    const now = Date.now();
    const window = this.windowOf(key, ttlMs, now);
    window.isAsked = true;
    const passed = (now - window.startedAt) / ttlMs;
    const current = window.shared + window.unsent;
    const used = current + window.previous * (1 - passed);
    const isBlocked = used + 1 > limit;
    const left = Math.max(0, Math.floor(limit - used - (isBlocked ? 0 : 1)));
    const resetMs = isBlocked ? (freeAt(current, window.previous, limit) - passed) * ttlMs : (1 - passed) * ttlMs;
    return { isBlocked, left, resetMs: Math.max(1, resetMs) };
  }

  /** Takes back a request that `hit` counted in the present window. */
  takeBack(key: string, ttlMs: number): void {
    const window = this.windowOf(key, ttlMs, Date.now());
    if (window.shared + window.unsent > 0) window.unsent--;
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private windowOf(key: string, ttlMs: number, now: number): Window {
    const startedAt = now - (now % ttlMs);
    const known = this.windows.get(key);
    if (known?.startedAt === startedAt && known.ttlMs === ttlMs) return known;
    const previous = known?.startedAt === startedAt - ttlMs ? known.shared + known.unsent : 0;
    const window = { startedAt, ttlMs, unsent: 0, shared: 0, previous, isAsked: true };
    this.windows.set(key, window);
    return window;
  }

  private async synchronise(): Promise<void> {
    if (this.syncing) return;
    this.syncing = true;
    try {
      const asked = [...this.windows.entries()].filter(([, window]) => window.isAsked);
      for (const [, window] of asked) window.isAsked = false;
      await this.write(asked.filter(([, window]) => window.unsent !== 0));
      await this.read(asked.filter(([, window]) => window.unsent === 0 && window.shared > 0));
      await this.purge();
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.log.warn({ event: 'throttle.unshared', error: (error as Error).message });
      this.failing = true;
    } finally {
      this.syncing = false;
    }
  }

  private async write(changed: [string, Window][]): Promise<void> {
    if (changed.length === 0) return;
    const sent = changed.map(([, window]) => window.unsent);
    const rows = await this.db.prepared<{ key: string; hits: number; previous: number; started: number }>(
      'throttle_sync',
      `INSERT INTO throttle_counters AS c (key, window_start, hits, window_ms)
       SELECT key, started, hits, ms FROM unnest($1::text[], $2::float8[], $3::int[], $4::float8[]) AS u(key, started, hits, ms) ORDER BY 1
       ON CONFLICT (key) DO UPDATE SET
         hits = greatest(0, CASE WHEN c.window_start = excluded.window_start THEN c.hits ELSE 0 END + excluded.hits),
         previous_hits = CASE c.window_start
           WHEN excluded.window_start THEN c.previous_hits
           WHEN excluded.window_start - excluded.window_ms THEN c.hits
           ELSE 0 END,
         window_start = excluded.window_start, window_ms = excluded.window_ms
       RETURNING key, hits, previous_hits AS previous, window_start AS started`,
      [changed.map(([key]) => key), changed.map(([, window]) => window.startedAt), sent, changed.map(([, window]) => window.ttlMs)],
    );
    changed.forEach(([, window], i) => (window.unsent -= sent[i] as number));
    learn(changed, rows);
  }

  /** A key whose requests are all refused is not written; the count of the other processes is read. */
  private async read(refused: [string, Window][]): Promise<void> {
    if (refused.length === 0) return;
    learn(
      refused,
      await this.db.prepared<{ key: string; hits: number; previous: number; started: number }>(
        'throttle_read',
        `SELECT key, hits, previous_hits AS previous, window_start AS started FROM throttle_counters WHERE key = ANY($1::text[])`,
        [refused.map(([key]) => key)],
      ),
    );
  }

  /** Deletes the counters of all processes that have ended. */
  private async purge(): Promise<void> {
    const now = Date.now();
    if (now - this.purgedAt < purgeMs) return;
    this.purgedAt = now;
    await this.db.query('DELETE FROM throttle_counters WHERE window_start + 2 * window_ms < $1', [now - keptMs]);
  }
}

function learn(windows: [string, Window][], rows: { key: string; hits: number; previous: number; started: number }[]): void {
  const found = new Map(rows.map((row) => [row.key, row]));
  for (const [key, window] of windows) {
    const row = found.get(key);
    if (row?.started !== window.startedAt) continue;
    window.shared = row.hits;
    window.previous = row.previous;
  }
}

/** Returns the time at which one more request fits, in windows since the current one began. */
function freeAt(current: number, previous: number, limit: number): number {
  const room = limit - 1 - current;
  if (room >= 0 && previous > 0) return Math.max(0, 1 - room / previous);
  return 1 + Math.max(0, 1 - (limit - 1) / Math.max(1, current));
}
