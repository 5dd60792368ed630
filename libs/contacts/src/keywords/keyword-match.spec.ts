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
  ])('take %j for an opt-out', (text) => expect(matcher.match(text)?.action).toBe('opt_out'));

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

  it('are compared the same however they are cased, spaced and decorated', () => {
    const words = Object.values(shippedKeywords).flatMap(({ optOut }) => optOut);
    const decoration = fc.constantFrom('', ' ', '!', '...', '🙏', ' \n', '*', '"');
    fc.assert(
      fc.property(fc.constantFrom(...words), decoration, decoration, fc.boolean(), (word, before, after, upper) => {
        expect(matcher.match(`${before}${upper ? word.toUpperCase() : word}${after}`)?.action).toBe('opt_out');
      }),
      { numRuns: 2_000 },
    );
  });

  it('are looked for in short texts alone; a long one is let go by its length', () => {
    const looked = jest.spyOn(String.prototype, 'normalize');
    try {
      for (const text of hostile) expect(matcher.match(text)).toBeNull();
      expect(looked).not.toHaveBeenCalled();
    } finally {
      looked.mockRestore();
    }
  });

  it('are normalised by steps that each read a text once: no pattern can look back, and what is folded is folded for good', () => {
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

  it('of a tenant take the place of a language’s, and none switch it off', () => {
    const own = new KeywordMatcher({ ...shippedKeywords, en: { optOut: ['Halt!'], optIn: [] }, es: { optOut: [], optIn: [] } });
    expect(['halt', 'stop', 'start', 'baja', 'стоп'].map((word) => own.match(word)?.action ?? null)).toEqual([
      'opt_out',
      null,
      null,
      null,
      'opt_out',
    ]);
  });

  it('decline when two languages have a word for both', () => {
    const both = new KeywordMatcher({ a: { optOut: [], optIn: ['ja'] }, b: { optOut: ['ja'], optIn: [] } });
    expect(both.match('JA')).toMatchObject({ action: 'opt_out', language: 'b' });
  });
});

/** 50 kB each: runs of what the steps treat alike, and texts that expand when they are normalised. */
const hostile = ['a', ' ', '!', '\u0301', 'a\u0301', '\ufdfa', '🏳️‍🌈', 'stop ', '. a', '\ud800', 'ﷺ!'].map((part) =>
  part.repeat(Math.ceil(50_000 / part.length)),
);
