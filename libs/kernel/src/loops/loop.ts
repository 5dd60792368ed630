import { Outage } from './outage';

/** A failing loop rests twice as long after each turn, up to this or its own interval, in ms. */
const maxBackoffMs = 1_000;

/** How a `Loop` turns. */
export interface LoopOptions {
  /** As it stands in logs, metrics and readiness; several loops may share one. */
  name: string;
  /** Rest after a turn that left nothing to do, in ms. */
  everyMs: number;
  /** Rest before the first turn, in ms; default 0. */
  firstMs?: number;
  /** Part of `everyMs` by which a rest is randomly longer or shorter, so that processes do not turn together; default 0. */
  jitter?: number;
  /**
   * One turn. True: there may be more, and the next turn follows at once. `signal` is aborted when the loop is stopped; a turn in
   * hand may end early then.
   */
  work: (signal: AbortSignal) => Promise<unknown>;
  /** Called when the last turn has ended; `stop` waits for it. */
  atEnd?: () => Promise<unknown>;
  /** Called after each turn with whether it failed. */
  turned?: (failed: boolean) => void;
}

/**
 * A background duty that is done again and again: one turn at a time, a rest between turns, a longer one while it fails. An
 * outage is two log lines, one when it begins and one when it is over.
 */
export class Loop {
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;
  private isWoken = false;
  private endRest: (() => void) | null = null;
  private turnSince: number | null = null;
  private readonly outage;

  constructor(private readonly options: LoopOptions) {
    this.outage = new Outage(options.name);
  }

  get name(): string {
    return this.options.name;
  }

  /** Time since the first turn that failed after the last that did not, in ms; 0 while it works. */
  get failingMs(): number {
    return this.outage.failingMs;
  }

  /** Age of the turn in hand, in ms; 0 while it rests. */
  get turnMs(): number {
    return this.turnSince === null ? 0 : performance.now() - this.turnSince;
  }

  start(): this {
    this.running ??= this.run();
    return this;
  }

  /** Ends the rest: something is to be done. During a turn the next one follows at once. A failing loop does not rest less for it. */
  wake(): void {
    this.isWoken = true;
    if (this.failures === 0) this.endRest?.();
  }

  /** Starts no turn any more; resolves when the one in hand has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.endRest?.();
    await this.running;
  }

  private async run(): Promise<void> {
    await this.rest(this.options.firstMs ?? 0);
    while (!this.stopping.signal.aborted) {
      // Before the turn: what is announced while it runs may have been missed by it.
      this.isWoken = false;
      // A turn that never waits must not keep the process from everything else.
      if (await this.turn()) await new Promise((resolve) => setImmediate(resolve));
      else await this.rest(this.restMs());
    }
    await this.options.atEnd?.();
  }

  /** @returns whether there may be more to do */
  private async turn(): Promise<boolean> {
    this.turnSince = performance.now();
    try {
      const isMore = (await this.options.work(this.stopping.signal)) === true;
      this.outage.succeeded();
      this.options.turned?.(false);
      return isMore;
    } catch (error) {
      if (this.stopping.signal.aborted) return false;
      this.outage.failed(error);
      this.options.turned?.(true);
      return false;
    } finally {
      this.turnSince = null;
    }
  }

  private get failures(): number {
    return this.outage.failuresInARow;
  }

  private restMs(): number {
    const { everyMs, jitter = 0 } = this.options;
    const ms = everyMs * (1 + jitter * (2 * Math.random() - 1));
    return this.failures > 1 ? Math.max(ms, Math.min(maxBackoffMs, ms * 2 ** Math.min(this.failures - 1, 10))) : ms;
  }

  private async rest(ms: number): Promise<void> {
    const isOver = this.stopping.signal.aborted || (this.isWoken && this.failures === 0);
    if (isOver || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.endRest = null;
  }
}
