import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { doubledMs, redactText } from '@heliograph/kernel';
import type { LineState } from './ingest-source';

const firstMs = 500;
const maxMs = 30_000;

/** Returns the wait before the given try, counted from 1, in ms: doubled each time, with jitter, at most 30 s. */
export function backoffMs(attempt: number): number {
  return doubledMs(firstMs, attempt - 1, maxMs) * (0.75 + Math.random() / 2);
}

/** Connection state of a broker: logs once that it is down and once that it is back, and retries forever. */
export class SourceLine {
  private readonly log = new Logger('IngestSource');
  private state: 'new' | 'up' | 'down' = 'new';
  private readonly ending = new AbortController();
  private since = new Date();
  private error: string | null = null;

  constructor(
    private readonly name: string,
    private readonly kind: string,
  ) {}

  get isUp(): boolean {
    return this.state === 'up';
  }

  /** State of the connection, since when, and the error if it is down. */
  get now(): LineState {
    return { isUp: this.isUp, since: this.since, error: this.error };
  }

  /** Aborted once the source stops. */
  get stopping(): AbortSignal {
    return this.ending.signal;
  }

  up(): void {
    if (this.state === 'up' || this.stopping.aborted) return;
    this.log.log({ event: 'broker.up', source: this.name, kind: this.kind });
    this.state = 'up';
    this.since = new Date();
    this.error = null;
  }

  /** @param error logged with its type and message; the log masks credentials in a URL */
  down(error: unknown): void {
    if (this.stopping.aborted) return;
    const words = wordsOf(error);
    this.error = redactText(words);
    if (this.state === 'down') return;
    this.log.warn({ event: 'broker.down', source: this.name, kind: this.kind, error: words });
    this.state = 'down';
    this.since = new Date();
  }

  end(): void {
    this.ending.abort();
    this.state = 'new';
  }

  /** Runs `work` until it succeeds. @throws when the source stops */
  async insist<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      this.stopping.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        this.down(error);
        await sleep(backoffMs(attempt), undefined, { signal: this.stopping });
      }
    }
  }
}

function wordsOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return [typeof code === 'string' ? code : '', typeof message === 'string' ? message.slice(0, 300) : ''].filter(Boolean).join(': ');
}
