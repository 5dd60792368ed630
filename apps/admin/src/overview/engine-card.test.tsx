import { render, screen } from '@testing-library/react';
import { I18nContextProvider, memoryStore, StoreContextProvider } from 'react-admin';
import { MemoryRouter } from 'react-router-dom';
import { describe, expect, it } from 'vitest';
import { i18nOf } from '../i18n';
import { en } from '../i18n/en';
import { filterOf } from '../live/live-alerts';
import { EngineCard } from './engine-card';
import type { Overview } from './overview-queries';

type Engine = Overview['engine'];
const engine: Engine = {
  workers_alive: 2,
  oldest_due_seconds: 0.8,
  lanes_due: 3,
  throttled_last_hour: 14,
  open_dead_letters: 12,
  sessions: 16,
  sessions_sending: 11,
  callbacks: { calls: 100, p95_ms: 312 },
  installation: { hooks: { answered: 9, p50_ms: 4, p95_ms: 41, p99_ms: 1_200 }, failing_loops: [] },
};

function show(over: Partial<Engine> = {}): void {
  render(
    <StoreContextProvider value={memoryStore({ locale: 'en' })}>
      <I18nContextProvider value={i18nOf('en', en)}>
        <MemoryRouter>
          <EngineCard engine={{ ...engine, ...over }} />
        </MemoryRouter>
      </I18nContextProvider>
    </StoreContextProvider>,
  );
}
/** The text beside a label, with plain blanks. */
const beside = (label: string) => screen.getByText(label).nextElementSibling?.textContent?.replace(/\u00a0/g, ' ');

describe('the engine', () => {
  it('shows within which times hooks and callbacks are answered', () => {
    show();
    expect(beside('Hooks answered: 50, 95 and 99% within')).toBe('4 ms · 41 ms · 1.2 s');
    expect(beside('Callbacks answered: 95% within')).toBe('312 ms');
    expect(screen.getByText('All background loops work')).toBeTruthy();
  });

  it('links its figures to lists without filters, whatever was filtered at the last visit', () => {
    show();
    for (const [figure, path] of [
      ['12', '/dead-letters'],
      ['of 16', '/numbers'],
    ] as const)
      expect(screen.getByRole('link', { name: figure }).getAttribute('href')).toBe(`${path}?filter=%7B%7D`);
  });

  it('links what may send and what is due to the numbers that it counts', () => {
    show();
    for (const [figure, filter] of [
      ['11', { sending: 'true' }],
      ['3', { due: 'true' }],
    ] as const)
      expect(screen.getByRole('link', { name: figure }).getAttribute('href')).toBe(`/numbers?${filterOf(filter)}`);
  });

  it('names the loops that fail, each with its process', () => {
    const since = new Date(Date.now() - 90_000).toISOString();
    const failing_loops = [{ service: 'worker', host: 'worker-2', loop: 'message_counts', since }];
    show({ installation: { hooks: { answered: 0, p50_ms: null, p95_ms: null, p99_ms: null }, failing_loops } });
    expect(screen.getByText('1 background loop fails')).toBeTruthy();
    expect(screen.getByText('message_counts').closest('li')?.textContent).toContain('worker, worker-2');
    expect(screen.queryByText('All background loops work')).toBeNull();
  });

  it('shows nothing of the installation to people who may not see it', () => {
    show({ installation: null, callbacks: null });
    for (const text of [/Hooks answered/, /Callbacks answered/, /background loop/]) expect(screen.queryByText(text)).toBeNull();
  });
});
