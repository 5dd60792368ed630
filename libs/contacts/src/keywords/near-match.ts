import { normaliseKeyword } from './normalise';
import { nearWords } from './near-words';
import { type KeywordSet, shippedKeywords } from './shipped-keywords';

/** What a message seems to ask for, and in which words of which language. */
export interface NearMatch {
  language: string;
  /** The keyword, as it stands in the set, or the phrase that people use in its place. */
  keyword: string;
}

/** A keyword of one word. */
interface Word {
  word: string;
  match: NearMatch;
}

/** A node of the tree of phrases, a unit a step. */
interface Phrases {
  next: Map<string, Phrases>;
  /** `null`: company, which asks for nothing. Undefined: no phrase ends here. */
  is?: NearMatch | null;
}

/** Shorter words of these scripts stand in too many ordinary sentences: end, ret, dur. */
const shortest = 4;
/** From here on one letter more, less or another rarely makes another word; below it does: stop, top, shop, step; basta, pasta. */
const long = 7;
const alphabets = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u;
/** Written without spaces between words, or with endings on them. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}ー]/gu;

/**
 * Finds messages that probably ask for an end without being a keyword: those in which a keyword, or a phrase that people use in
 * its place, stands with nothing but company (courtesy, and what is to end) from the first word to the last. "Please stop sending
 * me messages" is one; "bus stop?", "stop by tomorrow", "do not stop" and "cancel my order" each have a word that is neither, and
 * are none. Counting the words beside a keyword instead would take all of these, and distances between whole texts are no measure of meaning.
 *
 * A word that is misspelt behind its first letter counts as the keyword: letters held down, two neighbours swapped, and in long ones
 * a single letter more, less or another. Not where it is another keyword or company: *anmelden* is no *abmelden*.
 *
 * Deterministic. Each unit of a text is looked at as often as the longest phrase has units, and one that nothing begins with ends it.
 */
export class NearMatcher {
  private readonly phrases: Phrases = { next: new Map() };
  /** Keywords of one word, which may be misspelt. */
  private readonly words: Word[] = [];
  /** The shortest of them by what is left of it without doubled letters. */
  private readonly squeezed = new Map<string, Word>();
  /** Words that mean the opposite. */
  private readonly wanted = new Set<string>();

  constructor(sets: Readonly<Record<string, KeywordSet>> = shippedKeywords) {
    for (const [language, { optOut, optIn }] of Object.entries(sets)) {
      for (const word of optIn) this.wanted.add(normaliseKeyword(word));
      // A language that is switched off has no phrases either.
      const asks = optOut.length > 0 ? (askUnits.get(language) ?? []) : [];
      for (const { keyword, units } of [...optOut.map(phraseOf), ...asks]) this.add(units, { language, keyword });
    }
    // Of all languages: whoever writes STOP says please in their own.
    for (const { units } of companyUnits) this.put(units, null);
  }

  /** @param text normalised, and no keyword by itself */
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

  /** The longest phrase that begins here, or the keyword that is misspelt here. */
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
    // Longer than the keyword: året is no arrêt.
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

  /** What is a keyword already stays one. */
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

/** Words; where a script has no spaces between them, its letters. */
function unitsOf(text: string): string[] {
  return text.replace(unspaced, ' $& ').split(' ').filter(Boolean);
}

const phraseOf = (keyword: string) => ({ keyword, units: unitsOf(normaliseKeyword(keyword)) });

// Once: a tenant with words of its own has a matcher of its own.
const askUnits = new Map(Object.entries(nearWords).map(([language, { asks }]) => [language, asks.map(phraseOf)]));
const companyUnits = Object.values(nearWords).flatMap(({ company }) => company.map(phraseOf));

/** Letters that were held down, once: stooop. */
const squeeze = (word: string) => word.replace(/(.)\1+/gu, '$1');

/** Whether the one is the other with a slip of the finger in it. One pass: both are equal up to the slip and behind it. */
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
