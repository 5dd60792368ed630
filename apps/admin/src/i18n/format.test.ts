import { formatter } from './format';
import { chooseLanguage, languages, pluralRules } from './languages';

/** No-break spaces as spaces. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

describe('a duration', () => {
  it.each([
    [42, '0.04 s'],
    [800, '0.8 s'],
    [2_400, '2.4 s'],
    [29 * second, '29 s'],
    [7 * minute + 26 * second, '7 min 26 s'],
    [40 * minute + 10 * second, '40 min'],
    [5 * hour + 45 * minute, '5 h 45 min'],
    [3 * hour, '3 h'],
    [24 * hour, '1 day'],
    [18 * 24 * hour, '18 days'],
  ])('of %i ms is %s in English', (ms, words) => {
    expect(plain(formatter('en').duration(ms))).toBe(words);
  });

  it('that is a latency has whole ms below a second', () => {
    expect([41.4, 999, 1_000].map((ms) => plain(formatter('en').latency(ms)))).toEqual(['41 ms', '999 ms', '1 s']);
  });

  it.each([
    ['pt-BR', '7 min 26 s'],
    ['es', '7 min 26 s'],
    ['fr', '7 min 26 s'],
    ['ar', '7 د 26 ث'],
  ])('has the units of %s', (locale, words) => {
    expect(plain(formatter(locale).duration(7 * minute + 26 * second)).replace(/[\u200e\u200f]/g, '')).toBe(words);
  });

  it('never parts a figure from its unit', () => {
    for (const { locale } of languages) expect(formatter(locale).duration(29 * second)).not.toMatch(/ /);
  });
});

describe('a figure', () => {
  it('is grouped as the language does, in digits that phones and ids have too', () => {
    expect(formatter('en').number(12_345)).toBe('12,345');
    expect(formatter('pt-BR').number(12_345)).toBe('12.345');
    expect(plain(formatter('fr').number(12_345))).toBe('12 345');
    expect(formatter('ar').number(12_345)).toBe('12,345');
  });

  it('as a share is never 0 when there is something', () => {
    const share = (part: number, of: number) => formatter('en').share(part, of);
    expect([share(0, 0), share(0, 10), share(1, 100_000), share(7, 200), share(90, 200)]).toEqual(['–', '0%', '<0.1%', '3.5%', '45%']);
  });
});

describe('a time', () => {
  const now = new Date(2026, 10, 29, 23, 30);
  const when = (at: Date, by: Date) => formatter('en').when(at, by);
  it('of today has no date, of this year no year', () => {
    expect(when(new Date(2026, 10, 29, 0, 5), now)).toBe('00:05');
    expect(when(new Date(2026, 10, 24, 14, 32), now)).toBe('24 Nov, 14:32');
    expect(when(new Date(2025, 0, 2, 9, 0), now)).toBe('2 Jan 2025, 09:00');
  });

  it('has digits that phones have too, in Arabic', () => {
    expect(formatter('ar').when(new Date(2026, 10, 24, 14, 32), now)).toBe('24 نوفمبر، 14:32');
  });
});

describe('the language of a browser', () => {
  it.each([
    [['pt-BR'], 'pt-BR'],
    [['pt-PT'], 'pt-BR'],
    [['fr-CA', 'en'], 'fr'],
    [['de', 'ar-EG'], 'ar'],
    [['de'], 'en'],
    [[], 'en'],
  ])('%j is %s', (wanted, locale) => {
    expect(chooseLanguage(wanted)).toBe(locale);
  });
});

describe('the form of a number', () => {
  const formOf = (locale: string, count: number) => pluralRules.pluralTypes[locale]?.(count);
  it('is one of two where a language has two, whatever the number', () => {
    for (const locale of ['en', 'pt-BR', 'es', 'fr'])
      expect([1, 2, 11, 1_000_000].map((count) => formOf(locale, count))).toEqual([0, 1, 1, 1]);
    expect([formOf('en', 0), formOf('fr', 0), formOf('pt-BR', 0)]).toEqual([1, 0, 0]);
  });

  it('is one of six in Arabic', () => {
    expect([0, 1, 2, 3, 10, 11, 99, 100, 102, 103].map((count) => formOf('ar', count))).toEqual([0, 1, 2, 3, 3, 4, 4, 5, 5, 3]);
  });
});
