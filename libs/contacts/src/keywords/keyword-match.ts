import { NearMatcher, type NearMatch } from './near-match';
import { normaliseKeyword } from './normalise';
import { type KeywordSet, shippedKeywords } from './shipped-keywords';

/** What a message says about consent, and in which words. */
export interface KeywordMatch {
  action: 'opt_out' | 'opt_in';
  language: string;
  /** As it stands in the set. */
  keyword: string;
}

/** Longer texts are no keyword, however much punctuation and emoji is in them; looking at them would only cost time. */
const longest = 256;

/** Finds the messages that are a keyword and nothing else. A word that both asks and declines, in two languages, declines. */
export class KeywordMatcher {
  private readonly byText = new Map<string, KeywordMatch>();
  /** Made when it is asked for: most batches have no text that is short enough and no keyword. */
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
    if (text === null || text.length > longest) return null;
    return this.byText.get(normaliseKeyword(text)) ?? null;
  }

  /** The keyword that a message is none of, but probably means: see `NearMatcher`. It is for a person to decide. */
  near(text: string | null): NearMatch | null {
    if (text === null || text.length > longest) return null;
    const words = normaliseKeyword(text);
    if (words === '' || this.byText.has(words)) return null;
    this.nearMatcher ??= new NearMatcher(this.sets);
    return this.nearMatcher.match(words);
  }
}
