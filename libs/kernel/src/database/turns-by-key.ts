import { AppError } from '../errors/app-error';

interface Waiting {
  key: string;
  start: () => void;
}

/** Limits of work that holds up others. */
export interface TurnLimits {
  /** Pieces of work at the same time, and those with one key. */
  atOnce: number;
  ofKey: number;
  /** Time to wait for a turn, in ms. */
  maxWaitMs: number;
}

/** Lets pieces of work start in their order, at most so many at a time, and fewer with the same key: one tenant cannot take every turn. */
export class TurnsByKey {
  private readonly running = new Map<string, number>();
  private readonly waiting: Waiting[] = [];
  private count = 0;

  constructor(private readonly limits: TurnLimits) {}

  /** Runs the work when its turn comes. @throws AppError `busy` when none comes in time */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    await this.turn(key);
    try {
      return await work();
    } finally {
      this.move(key, -1);
      this.startNext();
    }
  }

  private async turn(key: string): Promise<void> {
    if (this.isFree(key)) return this.move(key, 1);
    await new Promise<void>((resolve, reject) => {
      const own: Waiting = {
        key,
        start: () => {
          clearTimeout(timer);
          this.move(key, 1);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(own), 1);
        reject(new AppError('unavailable', 'busy', 'Other work of this kind is under way. Try again.', { retryAfterSeconds: 5 }));
      }, this.limits.maxWaitMs);
      this.waiting.push(own);
    });
  }

  private startNext(): void {
    const next = this.waiting.findIndex(({ key }) => this.isFree(key));
    if (next >= 0) this.waiting.splice(next, 1)[0]?.start();
  }

  private isFree(key: string): boolean {
    return this.count < this.limits.atOnce && (this.running.get(key) ?? 0) < this.limits.ofKey;
  }

  private move(key: string, by: 1 | -1): void {
    this.count += by;
    const now = (this.running.get(key) ?? 0) + by;
    if (now === 0) this.running.delete(key);
    else this.running.set(key, now);
  }
}
