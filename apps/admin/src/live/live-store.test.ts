import { describe, expect, it, vi } from 'vitest';
import type { LiveCache, LiveRecord } from './live-cache';
import { LiveView } from './live-store';

const record = (id: string, version = 1): LiveRecord => ({ resource: 'sessions', tenant_id: 't', id, version, patch: {} });

function setup() {
  const applied: string[] = [];
  const refreshes: number[] = [];
  const cache = { apply: (records: LiveRecord[]) => applied.push(...records.map(({ id }) => id)), refresh: () => refreshes.push(1) };
  const onSignedOut = vi.fn();
  return { view: new LiveView(cache as unknown as LiveCache, onSignedOut), applied, refreshes, onSignedOut };
}

describe('the live view of a tab', () => {
  it('reconnects until the stream is open, and again when it breaks', () => {
    const { view } = setup();
    const states = [view.get().state];
    for (const isOpen of [true, false, true]) {
      view.take({ kind: 'alive', isOpen });
      states.push(view.get().state);
    }
    expect(states).toEqual(['reconnecting', 'live', 'reconnecting', 'live']);
  });

  it('shows what comes at once', () => {
    const { view, applied } = setup();
    view.take({ kind: 'records', records: [record('a'), record('b')] });
    expect(applied).toEqual(['a', 'b']);
    expect(view.get()).toMatchObject({ state: 'live', waiting: 0 });
  });

  it('keeps what comes while it is paused, counts the records, and shows them when it goes on', () => {
    const { view, applied } = setup();
    view.take({ kind: 'alive', isOpen: true });
    view.pause(true);
    for (let version = 1; version < 5; version++) view.take({ kind: 'records', records: [record('a', version), record('b', version)] });
    expect(applied).toEqual([]);
    expect(view.get()).toMatchObject({ state: 'paused', waiting: 2 });
    view.pause(false);
    expect(applied).toEqual(['a', 'b']);
    expect(view.get()).toMatchObject({ state: 'live', waiting: 0 });
  });

  it('reads everything anew after a break, but not before it goes on', () => {
    const { view, applied, refreshes } = setup();
    view.pause(true);
    view.take({ kind: 'records', records: [record('a')] });
    view.take({ kind: 'resync' });
    expect(refreshes).toEqual([]);
    view.pause(false);
    expect([refreshes, applied]).toEqual([[1], []]);
    view.take({ kind: 'resync' });
    expect(refreshes).toEqual([1, 1]);
  });

  it('tells its readers only of changes that one sees', () => {
    const { view } = setup();
    const draw = vi.fn();
    view.subscribe(draw);
    for (let i = 0; i < 5; i++) view.take({ kind: 'alive', isOpen: true });
    expect(draw).toHaveBeenCalledTimes(1);
  });

  it('asks who is signed in when the sign-in is over', () => {
    const { view, onSignedOut } = setup();
    view.take({ kind: 'signed_out' });
    expect(onSignedOut).toHaveBeenCalledOnce();
    expect(view.get().state).toBe('reconnecting');
  });
});
