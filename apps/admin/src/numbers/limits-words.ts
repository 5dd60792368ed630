import { useLocale, useTranslate } from 'react-admin';
import { useMemo } from 'react';
import { useFormat } from '../i18n/format';
import { intlOf } from '../i18n/languages';
import type { Lane } from './number-state';

/** The hours in which a number sends. */
export interface SendWindow {
  days: number[];
  from: string;
  to: string;
  exempt_classes?: string[];
}

/** Names of Monday to Sunday in a language. */
export function useDayNames(width: 'long' | 'short'): string[] {
  const locale = useLocale();
  return useMemo(() => {
    const format = new Intl.DateTimeFormat(intlOf(locale), { weekday: width, timeZone: 'UTC' });
    // 1 January 2024 was a Monday.
    return Array.from({ length: 7 }, (_, day) => format.format(Date.UTC(2024, 0, 1 + day)));
  }, [locale, width]);
}

/** The limits of a lane as one sentence. */
export function useLimitsSentence(lane: Lane): string {
  const translate = useTranslate();
  const format = useFormat();
  const locale = useLocale();
  const dayNames = useDayNames('long');
  const parts: string[] = [];
  const { window_ms, window_limit, jitter_ms, burst_size, burst_pause_ms, hourly_cap, daily_cap, warm_up, cap_pool } = lane;
  if (window_limit === 0) parts.push(translate('numbers.limit.no_pace'));
  else
    parts.push(
      window_ms === 60_000 && window_limit > 1
        ? translate('numbers.limit.minute', { count: format.number(window_limit) })
        : translate('numbers.limit.window', {
            smart_count: window_limit,
            count: format.number(window_limit),
            time: format.duration(window_ms),
          }),
    );
  if (jitter_ms > 0) parts.push(translate('numbers.limit.jitter', { time: format.duration(jitter_ms) }));
  if (burst_size > 0)
    parts.push(
      translate('numbers.limit.burst', {
        smart_count: burst_size,
        count: format.number(burst_size),
        time: format.duration(burst_pause_ms),
      }),
    );
  if (hourly_cap !== null) parts.push(translate('numbers.limit.hour', { count: format.number(hourly_cap) }));
  if (daily_cap !== null) parts.push(translate('numbers.limit.day', { count: format.number(daily_cap) }));
  if (warm_up) parts.push(translate('numbers.limit.warm_up', { smart_count: warm_up.length }));
  if (cap_pool !== null) parts.push(translate('numbers.limit.pool', { name: cap_pool }));
  const hours = lane.send_window as SendWindow | null;
  if (hours) {
    const days = hours.days.toSorted((a, b) => a - b);
    const first = days[0] ?? 1;
    const last = days.at(-1) ?? 7;
    const isRun = days.length > 2 && last - first === days.length - 1;
    const named =
      days.length === 7
        ? translate('numbers.limit.every_day')
        : isRun
          ? translate('numbers.limit.days', { first: dayNames[first - 1], last: dayNames[last - 1] })
          : new Intl.ListFormat(intlOf(locale)).format(days.map((day) => dayNames[day - 1] ?? ''));
    parts.push(translate('numbers.limit.hours', { days: named, from: hours.from, to: hours.to, zone: zoneName(lane.time_zone) }));
  }
  return `${parts.join(translate('numbers.limit.joint'))}${translate('numbers.limit.end')}`;
}

/** "London" of "Europe/London". */
export const zoneName = (zone: string): string => zone.split('/').at(-1)?.replaceAll('_', ' ') ?? zone;
