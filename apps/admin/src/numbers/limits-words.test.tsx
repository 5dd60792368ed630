import { renderHook } from '@testing-library/react';
import { I18nContextProvider, StoreContextProvider, memoryStore } from 'react-admin';
import type { ReactNode } from 'react';
import { i18nOf } from '../i18n';
import { en } from '../i18n/en';
import { words as ar } from '../i18n/ar';
import { words as fr } from '../i18n/fr';
import { useLimitsSentence, zoneName } from './limits-words';
import type { Lane } from './number-state';

const lane = (over: Partial<Lane>) =>
  ({
    window_ms: 60_000,
    window_limit: 12,
    jitter_ms: 0,
    burst_size: 0,
    burst_pause_ms: 0,
    hourly_cap: null,
    daily_cap: null,
    warm_up: null,
    cap_pool: null,
    send_window: null,
    time_zone: 'Europe/London',
    ...over,
  }) as Lane;

function sentence(over: Partial<Lane>, [locale, words]: [string, typeof en] = ['en', en]): string {
  const i18n = i18nOf(locale, words);
  const wrapper = ({ children }: { children: ReactNode }) => (
    <StoreContextProvider value={memoryStore({ locale })}>
      <I18nContextProvider value={i18n}>{children}</I18nContextProvider>
    </StoreContextProvider>
  );
  return renderHook(() => useLimitsSentence(lane(over)), { wrapper }).result.current.replace(/[\u00a0\u202f]/g, ' ');
}

describe('the limits of a number', () => {
  it('are one sentence, which names only what limits', () => {
    expect(sentence({})).toBe('At most 12 messages a minute.');
    expect(sentence({ window_limit: 0 })).toBe('No limit of pace.');
    expect(sentence({ window_limit: 1, window_ms: 5_000, jitter_ms: 2_000, daily_cap: 4_000 })).toBe(
      'One message every 5 s, with up to 2 s of jitter, at most 4,000 a day.',
    );
    expect(sentence({ burst_size: 20, burst_pause_ms: 90_000, hourly_cap: 300, warm_up: [10, 20, 40], cap_pool: 'Norwich' })).toBe(
      'At most 12 messages a minute, a pause of 1 min 30 s after every 20 messages, at most 300 an hour, less on the 3 days of warm-up, within the pool Norwich.',
    );
  });

  it('name days that follow each other by the first and the last, others one by one', () => {
    const hours = { from: '09:00', to: '18:00' };
    expect(sentence({ send_window: { days: [5, 1, 2, 3, 4], ...hours } })).toContain('Monday to Friday from 09:00 to 18:00 London time');
    expect(sentence({ send_window: { days: [1, 3], ...hours } })).toContain('Monday and Wednesday from');
    expect(sentence({ send_window: { days: [1, 2, 3, 4, 5, 6, 7], ...hours } })).toContain('every day from');
  });

  it('are said in the language that is chosen', () => {
    expect(sentence({ window_limit: 1, window_ms: 5_000 }, ['fr', fr])).toBe('Un message toutes les 5 s.');
    expect(sentence({ window_limit: 2, window_ms: 5_000 }, ['ar', ar])).toMatch(/^رسالتان على الأكثر كل 5/);
  });
});

describe('the name of a zone', () => {
  it('is its place', () => {
    expect([zoneName('Europe/London'), zoneName('America/Argentina/Buenos_Aires'), zoneName('UTC')]).toEqual([
      'London',
      'Buenos Aires',
      'UTC',
    ]);
  });
});
