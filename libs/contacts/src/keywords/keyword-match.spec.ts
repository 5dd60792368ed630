import fc from 'fast-check';
import { KeywordMatcher } from './keyword-match';
import { normaliseKeyword } from './normalise';
import { shippedKeywords } from './shipped-keywords';

const matcher = new KeywordMatcher();

describe('keywords', () => {
  it('ship for more than twenty languages, none of them empty', () => {
    expect(Object.keys(shippedKeywords).length).toBeGreaterThanOrEqual(20);
    for (const [language, { optOut, optIn }] of Object.entries(shippedKeywords)) {
      for (const word of [...optOut, ...optIn]) expect([language, word, normaliseKeyword(word)]).not.toContain('');
      for (const word of optOut) expect([language, word, matcher.match(word)?.action]).toEqual([language, word, 'opt_out']);
      for (const word of optIn) expect([language, word, matcher.match(word)?.action]).toEqual([language, word, 'opt_in']);
    }
  });

  it.each([
    'STOP',
    ' stop. ',
    'Stop!!! 🙏',
    'ＳＴＯＰ',
    'S\u0301top',
    'Arrêt',
    'ARRET',
    'Kündigen',
    'إلغاء',
    'Стоп.',
    '停止',
    'ストップ',
    'İPTAL',
    '“stop”',
    '*STOP*',
    'STOP 🛑️',
    'stop ❤️👍🏽',
    '\u200eSTOP\u200f',
    `Stop${'\n'.repeat(100)}`,
    'لغو‌اشتراک',
    'بند کرو',
    'بند كرو',
    'REVOKE',
    'Stop promotions',
    'Werbung stoppen',
  ])('match %j as an opt-out', (text) => expect(matcher.match(text)?.action).toBe('opt_out'));

  it.each([
    'stop by tomorrow',
    'do not stop',
    'non-stop',
    'bus stop?',
    'I want to cancel my order 4711',
    '',
    '🛑',
    'stopp-uhr kaufen',
    null,
  ])('leave %j alone', (text) => expect(matcher.match(text)).toBeNull());

  it('are compared without case, spacing and decoration', () => {
    const words = Object.values(shippedKeywords).flatMap(({ optOut }) => optOut);
    const decoration = fc.constantFrom('', ' ', '!', '...', '🙏', ' \n', '*', '"');
    fc.assert(
      fc.property(fc.constantFrom(...words), decoration, decoration, fc.boolean(), (word, before, after, upper) => {
        expect(matcher.match(`${before}${upper ? word.toUpperCase() : word}${after}`)?.action).toBe('opt_out');
      }),
      { numRuns: 2_000 },
    );
  });

  it('are matched in short texts only; a long text is skipped by its length', () => {
    const looked = jest.spyOn(String.prototype, 'normalize');
    try {
      for (const text of hostile) expect(matcher.match(text)).toBeNull();
      expect(looked).not.toHaveBeenCalled();
    } finally {
      looked.mockRestore();
    }
  });

  it('are normalised in linear time, and normalising twice changes nothing', () => {
    for (const text of hostile) {
      const once = normaliseKeyword(text);
      expect(normaliseKeyword(once)).toBe(once);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const once = normaliseKeyword(text);
        expect(normaliseKeyword(once)).toBe(once);
        expect(once).not.toMatch(/ {2}|^ | $|[A-Z.!?]/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of a tenant replace those of a language, and an empty set switches it off', () => {
    const own = new KeywordMatcher({ ...shippedKeywords, en: { optOut: ['Halt!'], optIn: [] }, es: { optOut: [], optIn: [] } });
    expect(['halt', 'stop', 'start', 'baja', 'стоп'].map((word) => own.match(word)?.action ?? null)).toEqual([
      'opt_out',
      null,
      null,
      null,
      'opt_out',
    ]);
  });

  it('opt out when two languages have a word for both actions', () => {
    const both = new KeywordMatcher({ a: { optOut: [], optIn: ['ja'] }, b: { optOut: ['ja'], optIn: [] } });
    expect(both.match('JA')).toMatchObject({ action: 'opt_out', language: 'b' });
  });
});

/** 50 kB each: runs of characters that the steps treat alike, and texts that expand when normalised. */
const hostile = ['a', ' ', '!', '\u0301', 'a\u0301', '\ufdfa', '🏳️‍🌈', 'stop ', '. a', '\ud800', 'ﷺ!'].map((part) =>
  part.repeat(Math.ceil(50_000 / part.length)),
);
