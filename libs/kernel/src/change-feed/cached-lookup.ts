import type { ChangeFeed } from './change-feed';

/** How a `CachedLookup` reads and forgets. */
export interface CachedLookupOptions<V> {
  /** Reads the current value from the database. */
  load: (key: string) => Promise<V>;
  /** Oldest value that is still given out, in ms; a second line behind the change feed. */
  maxAgeMs?: number;
  /** Values kept at most; the oldest goes first. */
  maxEntries?: number;
}

interface Entry<V> {
  value: Promise<V>;
  at: number;
}

/**
 * Values from the database, kept in memory and forgotten the moment their row changes. While the change feed is not live every
 * call reads the database. Concurrent calls for one key share one read; a read that began before a change is not kept.
 */
export class CachedLookup<V> {
  private readonly entries = new Map<string, Entry<V>>();

  constructor(
    private readonly feed: ChangeFeed,
    private readonly options: CachedLookupOptions<V>,
  ) {
    feed.onReset(() => this.clear());
  }

  /** Values in memory. */
  get size(): number {
    return this.entries.size;
  }

  get(key: string): Promise<V> {
    if (!this.feed.isLive()) return this.options.load(key);
    const now = performance.now();
    const oldest = now - (this.options.maxAgeMs ?? 60_000);
    const known = this.entries.get(key);
    if (known && known.at > oldest) return known.value;
    const entry: Entry<V> = { value: this.options.load(key), at: now };
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.value.catch(() => this.entries.get(key) === entry && this.entries.delete(key));
    this.dropUnused(oldest);
    return entry.value;
  }

  /** Entries stand in the order of their reading: the first one that is young enough ends the search. */
  private dropUnused(oldest: number): void {
    let excess = this.entries.size - (this.options.maxEntries ?? 50_000);
    for (const [key, { at }] of this.entries) {
      if (at > oldest && excess <= 0) return;
      this.entries.delete(key);
      excess--;
    }
  }

  forget(key: string): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
