import { useSyncExternalStore } from 'react';
import { forgetMe } from '../providers/me';
import { queryClient } from '../providers/query-client';
import { LiveCache, type LiveRecord, merged } from './live-cache';
import { LiveLine, type LiveNews } from './live-line';

/** State of the stream as a person sees it. */
export interface LiveState {
  state: 'live' | 'reconnecting' | 'paused';
  /** Time of the last event. */
  lastAt: number | null;
  /** Records that wait while the view is paused. */
  waiting: number;
}

/** Live view of this tab: takes news, or keeps it while the person reads. */
export class LiveView {
  private readonly listeners = new Set<() => void>();
  private kept: LiveRecord[] = [];
  private mustRefresh = false;
  private isOpen = false;
  private isPaused = false;
  private lastAt: number | null = null;
  private shown: LiveState = { state: 'reconnecting', lastAt: null, waiting: 0 };

  constructor(
    private readonly cache: LiveCache,
    private readonly onSignedOut: () => void,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly get = (): LiveState => this.shown;

  take(news: LiveNews): void {
    switch (news.kind) {
      case 'alive':
        this.isOpen = news.isOpen;
        if (news.isOpen) this.lastAt = Date.now();
        break;
      case 'records':
        this.isOpen = true;
        this.lastAt = Date.now();
        if (this.isPaused) this.kept = merged([...this.kept, ...news.records]);
        else this.cache.apply(news.records);
        break;
      case 'resync':
        if (this.isPaused) this.mustRefresh = true;
        else this.cache.refresh();
        break;
      case 'signed_out':
        this.isOpen = false;
        this.onSignedOut();
        break;
      case 'who':
        break;
    }
    this.show();
  }

  /** Stops or goes on. What came meanwhile is shown at once. */
  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    if (!isPaused) {
      if (this.mustRefresh) this.cache.refresh();
      else this.cache.apply(this.kept);
      this.kept = [];
      this.mustRefresh = false;
    }
    this.show();
  }

  private show(): void {
    const state = this.isPaused ? 'paused' : this.isOpen ? 'live' : 'reconnecting';
    const waiting = this.kept.length;
    const { shown } = this;
    // A beat a second is no reason to draw anew.
    const isSame = shown.state === state && shown.waiting === waiting && (this.lastAt ?? 0) - (shown.lastAt ?? 0) < 1_000;
    if (isSame) return;
    this.shown = { state, lastAt: this.lastAt, waiting };
    for (const listener of this.listeners) listener();
  }
}

const view = new LiveView(new LiveCache(queryClient), () => {
  forgetMe();
  // The next question of the panel is answered by 401, and the sign-in page follows.
  void queryClient.invalidateQueries();
});

/** Opens the stream of this browser while a person is signed in. Returns a function that ends it. */
export function startLive(): () => void {
  const line = new LiveLine((news) => view.take(news));
  line.start();
  const onShow = (): void => {
    if (document.visibilityState === 'visible' && view.get().state === 'reconnecting') view.take({ kind: 'resync' });
  };
  document.addEventListener('visibilitychange', onShow);
  return () => {
    document.removeEventListener('visibilitychange', onShow);
    line.stop();
  };
}

export const pauseLive = (isPaused: boolean): void => view.pause(isPaused);

/** The state of the live view. */
export function useLive(): LiveState {
  return useSyncExternalStore(view.subscribe, view.get);
}

/** Time between two reads at a steady pace, in ms; never while the person reads. */
export const useEveryMs = (ms: number): number | false => usePollMs(true, { live: ms, otherwise: ms });

/** Time between two reads of what may have changed, in ms: rarely while the stream tells of changes, never while the person reads, else often. */
export function usePollMs(moves = true, { live = 10_000, otherwise = 2_000 }: { live?: number; otherwise?: number } = {}): number | false {
  const { state } = useLive();
  if (!moves || state === 'paused') return false;
  return state === 'live' ? live : otherwise;
}
