import { outsideAudit } from '../audit/audit-scope';
import { doubledMs } from './doubled-ms';
import { Outage } from './outage';

/** Maximum rest of a failing loop, in ms, unless its interval is longer. The rest doubles after each failed turn. */
const maxBackoffMs = 1_000;
/** Maximum rest of a failing loop, in ms, however long its interval is: a duty of once a day is not left undone for a day by one lost connection. */
const maxFailedRestMs = 300_000;

/** Options of a `Loop`. */
export interface LoopOptions {
  /** Name in logs, metrics and readiness; several loops may share one. */
  name: string;
  /** Rest after a turn that left no work, in ms. */
  everyMs: number;
  /** Rest before the first turn, in ms; default 0. */
  firstMs?: number;
  /** Fraction of `everyMs` by which a rest varies at random, so that processes do not run in step; default 0. */
  jitter?: number;
  /**
   * Runs one turn. True: there may be more work, and the next turn follows at once. `signal` is aborted when the loop is stopped;
   * the current turn may then end early.
   */
  work: (signal: AbortSignal) => Promise<unknown>;
  /** Called when the last turn has ended; `stop` waits for it. */
  atEnd?: () => Promise<unknown>;
  /** Called after each turn with whether it failed. */
  turned?: (failed: boolean) => void;
}

/**
 * A repeated background duty: one turn at a time, a rest between turns, a longer rest while it fails. An outage is logged in two
 * lines, one when it starts and one when it ends.
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

  /** Time since the first of the consecutive failed turns, in ms; 0 while the loop works. */
  get failingMs(): number {
    return this.outage.failingMs;
  }

  /** Age of the current turn, in ms; 0 during a rest. */
  get turnMs(): number {
    return this.turnSince === null ? 0 : performance.now() - this.turnSince;
  }

  start(): this {
    this.running ??= outsideAudit(() => this.run());
    return this;
  }

  /** Ends the rest because there is work. During a turn, the next turn follows at once. The rest of a failing loop is not shortened. */
  wake(): void {
    this.isWoken = true;
    if (this.failures === 0) this.endRest?.();
  }

  /** Starts no further turn; resolves when the current one has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.endRest?.();
    await this.running;
  }

  private async run(): Promise<void> {
    await this.rest(this.options.firstMs ?? 0);
    while (!this.stopping.signal.aborted) {
      // Cleared before the turn: the turn may miss work that is announced while it runs.
      this.isWoken = false;
      // A turn that never awaits must not block the rest of the process.
      if (await this.turn()) await new Promise((resolve) => setImmediate(resolve));
      else await this.rest(this.restMs());
    }
    await this.options.atEnd?.();
  }

  /** @returns whether there may be more work */
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
    if (this.failures === 0) return ms;
    return Math.min(maxFailedRestMs, Math.max(ms, doubledMs(ms, this.failures - 1, maxBackoffMs)));
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
