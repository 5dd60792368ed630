import { LRUCache } from 'lru-cache';
import { outsideAudit } from '../audit/audit-scope';
import type { ChangeFeed } from './change-feed';

/** Settings of a `CachedLookup`. */
export interface CachedLookupOptions<V> {
  /** Reads the current value from the database. */
  load: (key: string) => Promise<V>;
  /** Maximum age of a value that is returned, in ms; a second safeguard beside the change feed. */
  maxAgeMs?: number;
  /** Maximum number of cached values; the least recently used one is dropped first. */
  maxEntries?: number;
}

/**
 * Caches values of the database in memory and drops each one when its row changes. While the change feed is not live, every
 * call reads the database. Concurrent calls for one key share one read. A read that began before a change is returned, not kept:
 * the cache holds the read itself from its start on, so that `forget` drops it at any stage.
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
    // The age counts from the start of the read. `ttlResolution` 0 reads the clock at each call.
    this.reads = new LRUCache({ max: options.maxEntries ?? 50_000, ttl: this.maxAgeMs, ttlResolution: 0 });
    feed.onReset(() => this.clear());
  }

  /** Number of values in memory. */
  get size(): number {
    return this.reads.size;
  }

  get(key: string): Promise<V> {
    if (!this.feed.isLive()) return this.options.load(key);
    this.dropOld();
    const known = this.reads.get(key);
    if (known) return known;
    // The value is for all who ask, so that reading it is no part of one act.
    const read = outsideAudit(() => this.options.load(key));
    this.reads.set(key, read);
    // A failure is not cached. The read may have been dropped, and another one started, before it failed.
    read.catch(() => this.reads.peek(key) === read && this.reads.delete(key));
    return read;
  }

  /** Drops expired values, even those that nobody requests: secrets stay in memory no longer than twice their maximum age. */
  private dropOld(): void {
    if (performance.now() - this.sweptAt < this.maxAgeMs) return;
    this.sweptAt = performance.now();
    this.reads.purgeStale();
  }

  forget(key: string): void {
    this.reads.delete(key);
  }

  clear(): void {
    // Clearing costs as much for an empty cache as for a full one.
    if (this.reads.size > 0) this.reads.clear();
  }
}
