import { NearMatcher, type NearMatch } from './near-match';
import { normaliseKeyword } from './normalise';
import { type KeywordSet, shippedKeywords } from './shipped-keywords';

/** Consent expressed by a message, with the matching keyword. */
export interface KeywordMatch {
  action: 'opt_out' | 'opt_in';
  language: string;
  /** Keyword as written in the set. */
  keyword: string;
}

/** Maximum characters of a keyword message, whatever its punctuation and emoji; longer texts are not scanned. */
const maxChars = 256;

/** Matches messages that consist of a keyword and nothing else. A keyword for both opt-in and opt-out, in two languages, is an opt-out. */
export class KeywordMatcher {
  private readonly byText = new Map<string, KeywordMatch>();
  /** Created on first use: most batches have no short text besides keywords. */
  private nearMatcher: NearMatcher | null = null;

  constructor(private readonly sets: Readonly<Record<string, KeywordSet>> = shippedKeywords) {
    const add = (action: KeywordMatch['action']) => {
      for (const [language, set] of Object.entries(sets)) {
        for (const keyword of action === 'opt_out' ? set.optOut : set.optIn) {
          const text = normaliseKeyword(keyword);
          if (text !== '' && !this.byText.has(text)) this.byText.set(text, { action, language, keyword });
        }
      }
    };
    add('opt_out');
    add('opt_in');
  }

  match(text: string | null): KeywordMatch | null {
    if (text === null || text.length > maxChars) return null;
    return this.byText.get(normaliseKeyword(text)) ?? null;
  }

  /** Returns the keyword that a message probably means without being one: see `NearMatcher`. A person decides about it. */
  near(text: string | null): NearMatch | null {
    if (text === null || text.length > maxChars) return null;
    const words = normaliseKeyword(text);
    if (words === '' || this.byText.has(words)) return null;
    this.nearMatcher ??= new NearMatcher(this.sets);
    return this.nearMatcher.match(words);
  }
}
