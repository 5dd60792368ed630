import type { LiveRecord } from './live-cache';

/** News that one tab gets from the stream and hands to all tabs of the browser. */
export type LiveNews =
  | { kind: 'records'; records: LiveRecord[] }
  | { kind: 'resync' }
  | { kind: 'signed_out' }
  | { kind: 'alive'; isOpen: boolean }
  | { kind: 'who' };

const name = 'heliograph-live';
const batchMs = 250;
/** Time without an event after which the stream counts as broken, in ms: the api beats every 10 s. */
const silentMs = 20_000;

/** Returns the midnight from which on counts are shown. */
export function midnight(now = new Date()): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate());
}

/**
 * The browser's one stream of changes. The tab that holds a lock opens it and hands every batch to the others; when it closes, the next tab
 * gets the lock. Browsers without locks open a stream a tab.
 */
export class LiveLine {
  private readonly abort = new AbortController();
  private readonly channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(name);
  private source: EventSource | null = null;
  private batch: LiveRecord[] = [];
  private batchTimer: ReturnType<typeof setTimeout> | null = null;
  private watchTimer: ReturnType<typeof setInterval> | null = null;
  private heardAt = 0;
  private from = '';
  private wasBroken = false;
  /** True once another tab was received, whose stream this one may follow. */
  private hasFollowed = false;
  private isOpen = false;

  constructor(private readonly onNews: (news: LiveNews) => void) {
    this.channel?.addEventListener('message', ({ data }: MessageEvent<LiveNews>) => {
      if (data.kind !== 'who') {
        this.hasFollowed = true;
        this.onNews(data);
      } else if (this.source) this.tell({ kind: 'alive', isOpen: this.isOpen });
    });
  }

  start(): void {
    this.tell({ kind: 'who' });
    if (!('locks' in navigator)) return this.open();
    const lead = () =>
      new Promise<void>((done) => {
        // The lock may be granted after the end.
        if (this.abort.signal.aborted) return done();
        this.open();
        this.abort.signal.addEventListener('abort', () => done());
      });
    navigator.locks.request(name, { signal: this.abort.signal }, lead).catch((error: unknown) => {
      if ((error as Error).name !== 'AbortError') throw error;
    });
  }

  stop(): void {
    this.abort.abort();
    if (this.watchTimer) clearInterval(this.watchTimer);
    if (this.batchTimer) clearTimeout(this.batchTimer);
    this.source?.close();
    this.source = null;
    this.channel?.close();
  }

  private open(): void {
    if (this.abort.signal.aborted) return;
    // What happens between the end of another tab's stream and the begin of this one comes by neither.
    this.wasBroken = this.hasFollowed;
    this.connect();
    this.watchTimer = setInterval(() => this.watch(), 1_000);
  }

  private connect(): void {
    this.source?.close();
    this.from = midnight().toISOString();
    this.heardAt = performance.now();
    const source = new EventSource(`/admin/v1/live?${new URLSearchParams({ from: this.from }).toString()}`);
    this.source = source;
    const on = (event: string, act: (data: string) => void) =>
      source.addEventListener(event, (message) => {
        if (source !== this.source) return;
        this.heardAt = performance.now();
        if (!this.isOpen) this.opened(true);
        act((message as MessageEvent<string>).data);
      });
    on('hello', () => {
      // Whatever came before a break may not be known to the process that answers now.
      if (this.wasBroken) this.say({ kind: 'resync' });
      this.wasBroken = false;
      this.opened(true);
    });
    on('heartbeat', () => this.opened(true));
    on('record', (data) => this.gather(JSON.parse(data) as LiveRecord));
    on('resync', () => this.say({ kind: 'resync' }));
    on('signed_out', () => this.say({ kind: 'signed_out' }));
    on('draining', () => this.broken());
    source.addEventListener('error', () => source === this.source && this.broken());
  }

  /** Opens the stream anew after silence, after an answer that the browser does not try again, and after midnight. */
  private watch(): void {
    const isSilent = performance.now() - this.heardAt > silentMs;
    const isDead = this.source?.readyState === EventSource.CLOSED && performance.now() - this.heardAt > 3_000;
    if (isSilent && this.isOpen) this.broken();
    if (isSilent || isDead || this.from !== midnight().toISOString()) {
      this.wasBroken = true;
      this.connect();
    }
  }

  private broken(): void {
    this.wasBroken = true;
    this.opened(false);
  }

  private opened(isOpen: boolean): void {
    this.isOpen = isOpen;
    this.say({ kind: 'alive', isOpen });
  }

  private gather(record: LiveRecord): void {
    this.batch.push(record);
    this.batchTimer ??= setTimeout(() => {
      this.batchTimer = null;
      this.say({ kind: 'records', records: this.batch.splice(0) });
    }, batchMs);
  }

  private say(news: LiveNews): void {
    if (this.abort.signal.aborted) return;
    this.onNews(news);
    this.tell(news);
  }

  private tell(news: LiveNews): void {
    if (!this.abort.signal.aborted) this.channel?.postMessage(news);
  }
}
