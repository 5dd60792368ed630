/**
 * Normalises a message for the comparison of keywords: folds compatibility forms (full-width letters, ligatures), removes accents and the
 * vowel signs of Arabic and Hebrew, unifies Arabic letters that Persian and Urdu keyboards encode differently, lowers the case in every
 * script, removes punctuation, symbols and emoji, and collapses spaces. Linear in the length of the text.
 */
export function normaliseKeyword(text: string): string {
  return (
    text
      .normalize('NFKD')
      // Also removes variation selectors: an emoji is a symbol with or without one.
      .replace(/[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0640\u20d0-\u20ff\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu, '')
      .replace(/[يى]/g, 'ی')
      .replace(/ك/g, 'ک')
      .normalize('NFC')
      .toLowerCase()
      .replace(/ß/g, 'ss')
      .replace(/ı/g, 'i')
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
      .trim()
  );
}
