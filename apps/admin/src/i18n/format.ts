import { useLocale } from 'react-admin';
import { useMemo } from 'react';
import { intlOf } from './languages';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Units as the panel writes them in English, where Intl has longer ones. */
const english: Record<string, string> = { millisecond: 'ms', second: 's', minute: 'min', hour: 'h' };

/** Writes figures, shares, durations and times in the language that is chosen, in the zone of the browser. */
export function formatter(language: string) {
  const locale = intlOf(language);
  const whole = new Intl.NumberFormat(locale);
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const exact = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
  });
  const dayMonth = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  const long = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });
  const month = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const withYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
  /** Figure and unit, which never part at the end of a line. */
  const unit = (value: number, name: string, digits = 0): string => {
    const rounding = { maximumFractionDigits: digits };
    const short = language === 'en' ? english[name] : undefined;
    const words = short
      ? `${new Intl.NumberFormat(locale, rounding).format(value)} ${short}`
      : new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: name === 'day' ? 'long' : 'short', ...rounding }).format(
          value,
        );
    return words.replaceAll(' ', '\u00a0');
  };

  return {
    number: (value: number) => whole.format(value),
    /** "640 byte", "12 kB", "1.4 MB". */
    bytes(value: number): string {
      if (value < 1_000) return unit(value, 'byte');
      return value < 1_000_000 ? unit(value / 1_000, 'kilobyte') : unit(value / 1_000_000, 'megabyte', 1);
    },
    /** One decimal below 10 %, else none; what is not nothing is never shown as 0. */
    share(part: number, of: number): string {
      if (of === 0) return '–';
      const ratio = part / of;
      if (part > 0 && ratio < 0.001)
        return `<${new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(0.001)}`;
      return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: ratio < 0.1 ? 1 : 0 }).format(ratio);
    },
    /** "0.8 s", "29 s", "7 min 26 s", "5 h 45 min", "18 days". */
    duration(ms: number): string {
      if (ms < 10_000) return unit(ms / 1_000, 'second', ms < 1_000 ? 2 : 1);
      if (ms < minute) return unit(Math.round(ms / 1_000), 'second');
      if (ms < hour) {
        const seconds = Math.round((ms % minute) / 1_000);
        return seconds && ms < 10 * minute
          ? `${unit(Math.floor(ms / minute), 'minute')} ${unit(seconds, 'second')}`
          : unit(Math.round(ms / minute), 'minute');
      }
      if (ms < day) {
        const minutes = Math.round((ms % hour) / minute);
        return minutes ? `${unit(Math.floor(ms / hour), 'hour')} ${unit(minutes, 'minute')}` : unit(Math.floor(ms / hour), 'hour');
      }
      return unit(Math.floor(ms / day), 'day');
    },
    /** "41 ms", and from a second on as a duration. */
    latency(ms: number): string {
      return ms < 1_000 ? unit(Math.round(ms), 'millisecond') : this.duration(ms);
    },
    /** Today the time, this year day and time, else with the year. */
    when(at: Date, now = new Date()): string {
      if (at.toDateString() === now.toDateString()) return time.format(at);
      const date = (at.getFullYear() === now.getFullYear() ? dayMonth : withYear).format(at);
      return `${date}${language === 'ar' ? '،' : ','} ${time.format(at)}`;
    },
    date: (at: Date) => long.format(at),
    /** A month in UTC, with its year. */
    month: (at: Date) => month.format(at),
    /** With weekday, without the year. */
    weekday: (at: Date) => weekday.format(at),
    /** To the millisecond. */
    exact: (at: Date) => exact.format(at),
    /** With weekday, seconds and zone. */
    full: (at: Date) => full.format(at),
  };
}

/** The formatter of the language that is chosen. */
export function useFormat(): ReturnType<typeof formatter> {
  const locale = useLocale();
  return useMemo(() => formatter(locale), [locale]);
}
