/**
 * A message as keywords are compared: compatibility forms folded (full-width letters, ligatures), accents and vowel signs of
 * Arabic and Hebrew dropped, lower case in every script, no punctuation, symbols or emoji, single spaces. Linear in the text.
 */
export function normaliseKeyword(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0640]/g, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/ı/g, 'i')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}
