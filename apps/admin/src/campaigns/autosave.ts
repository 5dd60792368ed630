/** Fate of what was typed last. */
export type SaveState =
  | { kind: 'saved'; at: number | null }
  | { kind: 'waiting' }
  | { kind: 'saving' }
  /** Not saved. It is tried again with the next change, or by `retry`. */
  | { kind: 'failed'; error: unknown }
  /** Somebody else changed the record: nothing is saved before `goOn`. */
  | { kind: 'stale' };

/**
 * Saves the members of a record that change, a moment after the last change, with at most one request under way. Members that change
 * meanwhile go with the next request; those of a request that failed are kept, under what was typed since.
 */
export class Autosave<P extends object> {
  private unsaved: Partial<P> = {};
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running: Promise<void> | null = null;
  private state: SaveState = { kind: 'saved', at: null };

  constructor(
    private readonly save: (patch: Partial<P>) => Promise<void>,
    private readonly isStale: (error: unknown) => boolean,
    private readonly onState: (state: SaveState) => void,
    private readonly delayMs = 700,
  ) {}

  /** Members that are not saved yet. */
  get pending(): Partial<P> {
    return this.unsaved;
  }

  change(patch: Partial<P>): void {
    this.unsaved = { ...this.unsaved, ...patch };
    if (this.state.kind === 'stale') return;
    if (!this.running) this.set({ kind: 'waiting' });
    this.ring();
  }

  /** Saves what is unsaved now. @returns true when everything is saved */
  async flush(): Promise<boolean> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    await this.running;
    if (this.state.kind === 'stale') return false;
    if (Object.keys(this.unsaved).length > 0) await this.run();
    return this.state.kind === 'saved';
  }

  retry(): void {
    void this.flush();
  }

  /** Goes on after the record was read anew. `keep`: what is unsaved is put on top of it; else it is dropped. */
  goOn(keep: boolean): void {
    if (!keep) this.unsaved = {};
    this.set({ kind: 'saved', at: null });
    if (keep) void this.flush();
  }

  private ring(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      if (!this.running) void this.run();
    }, this.delayMs);
  }

  private run(): Promise<void> {
    const patch = this.unsaved;
    this.unsaved = {};
    this.set({ kind: 'saving' });
    this.running = this.save(patch).then(
      () => {
        this.running = null;
        if (Object.keys(this.unsaved).length === 0) return this.set({ kind: 'saved', at: Date.now() });
        this.set({ kind: 'waiting' });
        if (!this.timer) this.ring();
      },
      (error: unknown) => {
        this.running = null;
        this.unsaved = { ...patch, ...this.unsaved };
        this.set(this.isStale(error) ? { kind: 'stale' } : { kind: 'failed', error });
      },
    );
    return this.running;
  }

  private set(state: SaveState): void {
    this.state = state;
    this.onState(state);
  }
}
