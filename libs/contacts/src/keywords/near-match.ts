import { normaliseKeyword } from './normalise';
import { nearWords } from './near-words';
import { type KeywordSet, shippedKeywords } from './shipped-keywords';

/** Probable request of a message, with the matching words and their language. */
export interface NearMatch {
  language: string;
  /** Keyword as written in the set, or a phrase that people use instead of it. */
  keyword: string;
}

/** A keyword of one word. */
interface Word {
  word: string;
  match: NearMatch;
}

/** A node of the tree of phrases; each edge is one unit. */
interface Phrases {
  next: Map<string, Phrases>;
  /** `null`: company, i.e. words without a request. Undefined: no phrase ends here. */
  is?: NearMatch | null;
}

/** Minimum letters of a keyword in these scripts; shorter words occur in too many ordinary sentences: end, ret, dur. */
const shortest = 4;
/**
 * Minimum letters of a word that may have one letter added, removed or replaced. In a shorter word this often gives another word: stop,
 * top, shop, step; basta, pasta.
 */
const long = 7;
const alphabets = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u;
/** Scripts written without spaces between words, or with suffixes attached. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}ー]/gu;

/**
 * Matches messages that probably ask to stop without being a keyword: messages that consist of a keyword, or a phrase that people use
 * instead of it, and company (courtesy, and the object to stop) only. "Please stop sending me messages" matches. "bus stop?", "stop by
 * tomorrow", "do not stop" and "cancel my order" each contain a word that is neither, and do not match. A count of words beside a keyword
 * would match all of these, and distances between whole texts do not measure meaning.
 *
 * A word that is misspelt after its first letter counts as the keyword: repeated letters, two swapped neighbours, and in long words one
 * letter added, removed or replaced. It does not when it is another keyword or company: *anmelden* is not *abmelden*.
 *
 * Deterministic. The matcher visits each unit of a text at most once per unit of the longest phrase, and stops at a unit that starts no
 * phrase.
 */
export class NearMatcher {
  private readonly phrases: Phrases = { next: new Map() };
  /** Keywords of one word, which may be misspelt. */
  private readonly words: Word[] = [];
  /** The shortest of them, by its form without repeated letters. */
  private readonly squeezed = new Map<string, Word>();
  /** Words with the opposite meaning. */
  private readonly wanted = new Set<string>();

  constructor(sets: Readonly<Record<string, KeywordSet>> = shippedKeywords) {
    for (const [language, { optOut, optIn }] of Object.entries(sets)) {
      for (const word of optIn) this.wanted.add(normaliseKeyword(word));
      // A language that is switched off has no phrases either.
      const asks = optOut.length > 0 ? (askUnits.get(language) ?? []) : [];
      for (const { keyword, units } of [...optOut.map(phraseOf), ...asks]) this.add(units, { language, keyword });
    }
    // Includes all languages: people combine STOP with courtesy in their own language.
    for (const { units } of companyUnits) this.put(units, null);
  }

  /** @param text normalised text that is not a keyword itself */
  match(text: string): NearMatch | null {
    const units = unitsOf(text);
    let found: NearMatch | null = null;
    for (let at = 0; at < units.length;) {
      const phrase = this.longestAt(units, at);
      if (!phrase) return null;
      found ??= phrase.is;
      at += phrase.length;
    }
    return found;
  }

  /** Returns the longest phrase that starts here, or the misspelt keyword here. */
  private longestAt(units: string[], at: number): { is: NearMatch | null; length: number } | null {
    let longest: { is: NearMatch | null; length: number } | null = null;
    let node = this.phrases.next.get(units[at] as string);
    for (let length = 1; node; node = node.next.get(units[at + length++] as string)) {
      if (node.is !== undefined) longest = { is: node.is, length };
    }
    if (longest) return longest;
    const is = this.misspelt(units[at] as string);
    return is && { is, length: 1 };
  }

  private misspelt(word: string): NearMatch | null {
    if (word.length < shortest || this.wanted.has(word)) return null;
    const held = this.squeezed.get(squeeze(word));
    // Longer than the keyword: året is not arrêt.
    const slip = held && held.word.length < word.length ? held : this.words.find((known) => isSlipOf(word, known.word));
    return slip?.match ?? null;
  }

  private add(units: string[], match: NearMatch): void {
    const [word = ''] = units;
    if (units.length === 1 && alphabets.test(word)) {
      if (word.length < shortest) return;
      const known = { word, match };
      this.words.push(known);
      const held = this.squeezed.get(squeeze(word));
      if (!held || word.length < held.word.length) this.squeezed.set(squeeze(word), known);
    }
    this.put(units, match);
  }

  /** Adds a phrase; an existing keyword stays. */
  private put(units: string[], is: NearMatch | null): void {
    let node = this.phrases;
    for (const unit of units) {
      let next = node.next.get(unit);
      if (!next) node.next.set(unit, (next = { next: new Map() }));
      node = next;
    }
    if (node !== this.phrases) node.is ??= is;
  }
}

/** Splits a text into words; in a script without spaces, into letters. */
function unitsOf(text: string): string[] {
  return text.replace(unspaced, ' $& ').split(' ').filter(Boolean);
}

const phraseOf = (keyword: string) => ({ keyword, units: unitsOf(normaliseKeyword(keyword)) });

// Built once; a tenant with own keywords has its own matcher.
const askUnits = new Map(Object.entries(nearWords).map(([language, { asks }]) => [language, asks.map(phraseOf)]));
const companyUnits = Object.values(nearWords).flatMap(({ company }) => company.map(phraseOf));

/** Reduces repeated letters to one: stooop. */
const squeeze = (word: string) => word.replace(/(.)\1+/gu, '$1');

/** True when one word equals the other with one typing error. One pass: both are equal before and after the error. */
function isSlipOf(word: string, known: string): boolean {
  const longer = word.length - known.length;
  if (longer < -1 || longer > 1) return false;
  let at = 0;
  while (at < known.length && word[at] === known[at]) at++;
  if (at === 0) return false;
  const behind = (inWord: number, inKnown: number) => word.slice(at + inWord) === known.slice(at + inKnown);
  if (longer === 0 && word[at] === known[at + 1] && word[at + 1] === known[at] && behind(2, 2)) return true;
  return known.length >= long && behind(longer < 0 ? 0 : 1, longer > 0 ? 0 : 1);
}
