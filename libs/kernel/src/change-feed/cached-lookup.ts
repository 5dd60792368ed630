import { LRUCache } from 'lru-cache';
import type { ChangeFeed } from './change-feed';

/** How a `CachedLookup` reads and forgets. */
export interface CachedLookupOptions<V> {
  /** Reads the current value from the database. */
  load: (key: string) => Promise<V>;
  /** Oldest value that is still given out, in ms; a second line behind the change feed. */
  maxAgeMs?: number;
  /** Values kept at most; the one that was not asked for the longest goes first. */
  maxEntries?: number;
}

/**
 * Values from the database, kept in memory and forgotten the moment their row changes. While the change feed is not live every
 * call reads the database. Concurrent calls for one key share one read; a read that began before a change is answered, not kept:
 * what is kept is the read itself, from its beginning on, so `forget` drops it wherever it stands.
 */
export class CachedLookup<V> {
  private readonly reads: LRUCache<string, Promise<V>>;
  private readonly maxAgeMs: number;
  private sweptAt = performance.now();

  constructor(
    private readonly feed: ChangeFeed,
    private readonly options: CachedLookupOptions<V>,
  ) {
    this.maxAgeMs = options.maxAgeMs ?? 60_000;
    // The age counts from the beginning of the read. `ttlResolution` 0: a clock that is read anew at each call.
    this.reads = new LRUCache({ max: options.maxEntries ?? 50_000, ttl: this.maxAgeMs, ttlResolution: 0 });
    feed.onReset(() => this.clear());
  }

  /** Values in memory. */
  get size(): number {
    return this.reads.size;
  }

  get(key: string): Promise<V> {
    if (!this.feed.isLive()) return this.options.load(key);
    this.dropOld();
    const known = this.reads.get(key);
    if (known) return known;
    const read = this.options.load(key);
    this.reads.set(key, read);
    // A failure is not remembered. The read may have been forgotten, and another begun, before it failed.
    read.catch(() => this.reads.peek(key) === read && this.reads.delete(key));
    return read;
  }

  /** Drops what is too old, asked for or not: secrets stay in memory no longer than twice their age. */
  private dropOld(): void {
    if (performance.now() - this.sweptAt < this.maxAgeMs) return;
    this.sweptAt = performance.now();
    this.reads.purgeStale();
  }

  forget(key: string): void {
    this.reads.delete(key);
  }

  clear(): void {
    this.reads.clear();
  }
}
