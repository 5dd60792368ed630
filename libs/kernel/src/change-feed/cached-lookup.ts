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

  get(key: string): Promise<V> {
    if (!this.feed.isLive()) return this.options.load(key);
    const known = this.entries.get(key);
    if (known && performance.now() - known.at < (this.options.maxAgeMs ?? 60_000)) return known.value;
    const entry: Entry<V> = { value: this.options.load(key), at: performance.now() };
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.value.catch(() => this.entries.get(key) === entry && this.entries.delete(key));
    if (this.entries.size > (this.options.maxEntries ?? 50_000)) this.entries.delete(this.entries.keys().next().value as string);
    return entry.value;
  }

  forget(key: string): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
