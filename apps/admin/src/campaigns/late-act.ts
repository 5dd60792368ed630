/** An act that waits a moment, so that it can be taken back, then is under way; one that failed stays until it is dismissed. */
export type LateAct = { key: string } & ({ phase: 'waiting'; at: number } | { phase: 'doing' } | { phase: 'failed'; error: unknown });

/**
 * Does something after a moment unless it is taken back before. It lives beside the pages, so it happens also when the person goes to
 * another page of the panel meanwhile.
 */
export class LateActs {
  private readonly acts = new Map<string, { state: LateAct; timer: ReturnType<typeof setTimeout>; act: () => Promise<unknown> }>();
  private readonly listeners = new Set<() => void>();
  private shown: readonly LateAct[] = [];

  constructor(private readonly delayMs = 10_000) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly get = (): readonly LateAct[] => this.shown;

  /** Begins the wait, of `waitMs` if given. Nothing changes while one with the key waits or is under way. */
  begin(key: string, act: () => Promise<unknown>, waitMs = this.delayMs): void {
    const known = this.acts.get(key);
    if (known && known.state.phase !== 'failed') return;
    const timer = setTimeout(() => void this.now(key), waitMs);
    this.acts.set(key, { state: { key, phase: 'waiting', at: Date.now() + waitMs }, timer, act });
    this.show();
  }

  /** Takes it back, or dismisses one that failed. @returns false when it is under way or over */
  undo(key: string): boolean {
    const found = this.acts.get(key);
    if (!found || found.state.phase === 'doing') return false;
    clearTimeout(found.timer);
    this.acts.delete(key);
    this.show();
    return true;
  }

  /** Does it at once. */
  async now(key: string): Promise<void> {
    const found = this.acts.get(key);
    if (found?.state.phase !== 'waiting') return;
    clearTimeout(found.timer);
    found.state = { key, phase: 'doing' };
    this.show();
    try {
      await found.act();
      this.acts.delete(key);
    } catch (error) {
      found.state = { key, phase: 'failed', error };
    }
    this.show();
  }

  private show(): void {
    this.shown = [...this.acts.values()].map(({ state }) => state);
    for (const listener of this.listeners) listener();
  }
}
