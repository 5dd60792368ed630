import { AppError } from '@heliograph/kernel';

/** Hashes made at once: the pool of threads has four, and files and host names need it too. */
const maxHashes = 2;
/** Tries to sign in under way, most of which wait for their hash. */
const maxTries = 64;

/** Bounds the memory and the time that passwords take of one process, however many try to sign in. */
export class PasswordWork {
  private hashes = 0;
  private tries = 0;
  private readonly waiting: (() => void)[] = [];

  /** Makes or compares a hash as soon as a place is free, in the order of the calls. */
  async hash<T>(work: () => Promise<T>): Promise<T> {
    if (this.hashes < maxHashes) this.hashes++;
    // A place that becomes free is handed over.
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.hashes--;
    }
  }

  /** Runs a try to sign in. @throws AppError `busy` when too many are under way */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.tries >= maxTries)
      throw new AppError('unavailable', 'busy', 'Too many people sign in at once. Try again in a moment.', { retryAfterSeconds: 2 });
    this.tries++;
    try {
      return await work();
    } finally {
      this.tries--;
    }
  }
}

/** The one of this process, whose threads it bounds. */
export const passwordWork = new PasswordWork();
