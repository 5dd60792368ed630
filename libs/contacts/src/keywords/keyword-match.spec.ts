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
});
