import { outsideAudit } from '../audit/audit-scope';
import { isRetryable, isValueFault, withRetries } from '../database/database';

/** Options of a `Folder`. */
export interface FolderOptions<In, Out> {
  /** Writes the batch in one statement and returns one result per item, in order. Its promise settles after the commit. */
  write: (batch: In[]) => Promise<Out[]>;
  /** Maximum number of items in a batch. */
  maxBatch: number;
  /** Maximum number of concurrent batches; while all are busy, the next one grows. */
  concurrency: number;
  /** Time that the first item of a batch waits for others, in ms; 0 collects only items of the same event-loop turn. */
  lingerMs?: number;
}

interface Waiting<In, Out> {
  item: In;
  resolve: (result: Out) => void;
  reject: (error: unknown) => void;
}

/**
 * Writes items of the last few milliseconds in one statement. Every caller still waits for the commit of its item, so a
 * result means "stored". A deadlocked batch is repeated. A batch that fails because of one item is split in halves
 * until that item is isolated, so that one bad row never makes others fail.
 */
export class Folder<In, Out> {
  private waiting: Waiting<In, Out>[] = [];
  private running = 0;
  private timer: NodeJS.Immediate | NodeJS.Timeout | null = null;
  private idle: (() => void)[] = [];

  constructor(private readonly options: FolderOptions<In, Out>) {}

  /** Resolves with the item's result once its batch is committed; rejects with the error of the write. */
  add(item: In): Promise<Out> {
    return new Promise<Out>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      // A batch holds items of many callers, so it is no part of the act of one of them.
      outsideAudit(() => this.schedule());
    });
  }

  /** Number of items that wait for a batch. */
  get depth(): number {
    return this.waiting.length;
  }

  /** Resolves when no item is waiting or being written. */
  async drained(): Promise<void> {
    if (this.running === 0 && this.waiting.length === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private schedule(): void {
    if (this.running >= this.options.concurrency) return;
    if (this.waiting.length >= this.options.maxBatch) return this.flush();
    if (this.timer) return;
    const linger = this.options.lingerMs ?? 0;
    this.timer = linger > 0 ? setTimeout(() => this.flush(), linger) : setImmediate(() => this.flush());
  }

  private flush(): void {
    if (this.timer) {
      clearTimeout(this.timer as NodeJS.Timeout);
      clearImmediate(this.timer as NodeJS.Immediate);
      this.timer = null;
    }
    while (this.waiting.length > 0 && this.running < this.options.concurrency) {
      const batch = this.waiting.splice(0, this.options.maxBatch);
      this.running++;
      void this.write(batch).finally(() => {
        this.running--;
        if (this.waiting.length > 0) this.schedule();
        else if (this.running === 0) this.idle.splice(0).forEach((done) => done());
      });
      if (this.waiting.length < this.options.maxBatch) break;
    }
    if (this.waiting.length > 0) this.schedule();
  }

  private async write(batch: Waiting<In, Out>[]): Promise<void> {
    try {
      const results = await withRetries(() => this.options.write(batch.map((w) => w.item)));
      batch.forEach((w, i) => w.resolve(results[i] as Out));
    } catch (error) {
      if (batch.length > 1 && !isRetryable(error) && isValueFault(error)) {
        const half = Math.ceil(batch.length / 2);
        await this.write(batch.slice(0, half));
        await this.write(batch.slice(half));
      } else {
        batch.forEach((w) => w.reject(error));
      }
    }
  }
}
