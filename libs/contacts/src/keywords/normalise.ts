/**
 * A message as keywords are compared: compatibility forms folded (full-width letters, ligatures), accents and vowel signs of
 * Arabic and Hebrew dropped, Arabic letters that Persian and Urdu keyboards have under another code taken for one, lower case in
 * every script, no punctuation, symbols or emoji, single spaces. Linear in the text.
 */
export function normaliseKeyword(text: string): string {
  return (
    text
      .normalize('NFKD')
      // Marks that only choose how the character before is drawn go too: an emoji is a symbol with one or without.
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
