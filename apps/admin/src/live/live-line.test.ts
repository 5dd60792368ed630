import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveLine, type LiveNews } from './live-line';

/** Stands in for the stream of the browser. */
class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static open: FakeSource[] = [];
  readyState = 1;

  constructor(readonly url: string) {
    super();
    FakeSource.open.push(this);
  }

  gets(event: string, data: object = {}): void {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }));
  }

  close(): void {
    this.readyState = FakeSource.CLOSED;
    FakeSource.open = FakeSource.open.filter((one) => one !== this);
  }
}

/** Stands in for the locks of the browser: one holder at a time, then the next. */
class FakeLocks {
  private readonly waiting: (() => void)[] = [];
  private isHeld = false;

  request(_name: string, { signal }: { signal: AbortSignal }, hold: () => Promise<void>): Promise<void> {
    return new Promise((done, fail) => {
      const take = (): void => {
        this.isHeld = true;
        void hold().then(() => {
          this.isHeld = false;
          done();
          this.waiting.shift()?.();
        });
      };
      signal.addEventListener('abort', () => {
        const at = this.waiting.indexOf(take);
        if (at === -1) return;
        this.waiting.splice(at, 1);
        fail(new DOMException('given up', 'AbortError'));
      });
      if (this.isHeld) this.waiting.push(take);
      else take();
    });
  }
}

/** Stands in for the channel between tabs. */
class FakeChannel extends EventTarget {
  static all = new Set<FakeChannel>();
  constructor() {
    super();
    FakeChannel.all.add(this);
  }
  postMessage(data: unknown): void {
    for (const other of FakeChannel.all) if (other !== this) other.dispatchEvent(new MessageEvent('message', { data }));
  }
  close(): void {
    FakeChannel.all.delete(this);
  }
}

const record = (id: string, version = 1) => ({ resource: 'sessions', tenant_id: 't', id, version, patch: {} });

describe('the stream of a browser', () => {
  const lines: LiveLine[] = [];
  beforeEach(() => {
    vi.useFakeTimers();
    FakeSource.open = [];
    FakeChannel.all.clear();
    vi.stubGlobal('EventSource', FakeSource);
    vi.stubGlobal('BroadcastChannel', FakeChannel);
    vi.stubGlobal('navigator', { locks: new FakeLocks() });
  });
  afterEach(() => {
    lines.splice(0).forEach((line) => line.stop());
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  function tab() {
    const news: LiveNews[] = [];
    const line = new LiveLine((one) => news.push(one));
    lines.push(line);
    line.start();
    return { line, news, records: () => news.flatMap((one) => (one.kind === 'records' ? one.records : [])).map(({ id }) => id) };
  }
  const source = () => FakeSource.open[0] as FakeSource;

  it('is one for all tabs, and hands everything to each of them', () => {
    const tabs = [tab(), tab(), tab()];
    expect(FakeSource.open).toHaveLength(1);
    source().gets('hello');
    source().gets('record', record('a'));
    vi.advanceTimersByTime(250);
    for (const { records, news } of tabs) {
      expect(records()).toEqual(['a']);
      expect(news).toContainEqual({ kind: 'alive', isOpen: true });
    }
  });

  it('goes to the next tab when the one that holds it closes', async () => {
    const [first, second, third] = [tab(), tab(), tab()];
    source().gets('hello');
    const before = source();
    first.line.stop();
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeSource.open).toHaveLength(1);
    expect(source()).not.toBe(before);
    expect(second.news).not.toContainEqual({ kind: 'resync' });
    source().gets('hello');
    source().gets('record', record('b'));
    vi.advanceTimersByTime(250);
    expect(second.records()).toEqual(['b']);
    // Changes between the two streams came by neither.
    expect([third, second].map(({ news }) => news.filter(({ kind }) => kind === 'resync').length)).toEqual([1, 1]);
  });

  it('opens nothing when the tab was closed before it got the lock', async () => {
    const [first, second] = [tab(), tab()];
    second?.line.stop();
    first?.line.stop();
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeSource.open).toEqual([]);
  });

  it('tells a new tab that the stream is open', () => {
    tab();
    source().gets('hello');
    expect(tab().news).toContainEqual({ kind: 'alive', isOpen: true });
  });

  it('gathers what comes at once into one batch', () => {
    const { news } = tab();
    source().gets('hello');
    for (let i = 0; i < 30; i++) source().gets('record', record(`r${i}`));
    vi.advanceTimersByTime(250);
    expect(news.filter(({ kind }) => kind === 'records')).toHaveLength(1);
  });

  it('reads everything anew after a break, and not when it opens first', () => {
    const { news } = tab();
    const resyncs = () => news.filter(({ kind }) => kind === 'resync').length;
    source().gets('hello');
    expect(resyncs()).toBe(0);
    source().dispatchEvent(new Event('error'));
    expect(news.at(-1)).toEqual({ kind: 'alive', isOpen: false });
    source().gets('hello');
    expect(resyncs()).toBe(1);
    source().gets('resync');
    expect(resyncs()).toBe(2);
  });

  it('counts as broken after silence, and is opened anew', () => {
    const { news } = tab();
    source().gets('hello');
    const before = source();
    vi.advanceTimersByTime(19_000);
    source().gets('heartbeat');
    vi.advanceTimersByTime(19_000);
    expect(source()).toBe(before);
    vi.advanceTimersByTime(3_000);
    expect(news.at(-1)).toEqual({ kind: 'alive', isOpen: false });
    expect(source()).not.toBe(before);
  });

  it('is opened anew at midnight, for the counts of the new day', () => {
    vi.setSystemTime(new Date(2026, 10, 24, 23, 59, 55));
    tab();
    source().gets('hello');
    const before = source().url;
    vi.advanceTimersByTime(8_000);
    expect(source().url).not.toBe(before);
  });
});
