import polyglotI18nProvider from 'ra-i18n-polyglot';
import type { I18nProvider, TranslationMessages } from 'react-admin';
import type { en } from './en';
import { shownBrand } from '../providers/brand';
import { chooseLanguage, languages, pluralRules } from './languages';
import type { Words } from './words';

export { languages };

type Dictionary = Words<typeof en>;

/** Words of each language: a chunk of its own, fetched when the language is chosen. */
const loaders: Record<string, () => Promise<Dictionary>> = {
  en: async () => (await import('./en')).en,
  'pt-BR': async () => (await import('./pt-BR')).words,
  es: async () => (await import('./es')).words,
  fr: async () => (await import('./fr')).words,
  ar: async () => (await import('./ar')).words,
};

/** The language that a person has chosen in this browser, else the browser's. */
function firstLanguage(): string {
  let stored: unknown = null;
  try {
    stored = JSON.parse(localStorage.getItem('RaStore.locale') ?? 'null');
  } catch {
    // A store that cannot be read is as good as none.
  }
  return chooseLanguage(typeof stored === 'string' ? [stored] : navigator.languages);
}

/** Words of all screens, with those of a first language at hand. */
export function i18nOf(first: string, words: Dictionary): I18nProvider {
  const wordsOf = (locale: string) => (locale === first ? words : (loaders[locale]?.() ?? words));
  // React-Admin has words for parts that the panel does not use; those are left out.
  const provider = polyglotI18nProvider(wordsOf as unknown as (locale: string) => TranslationMessages, first, [...languages], {
    allowMissing: false,
    pluralRules,
  });
  // Sentences name the panel as its brand does.
  return { ...provider, translate: (key, options) => provider.translate(key, { brand: shownBrand().name, ...(options as object) }) };
}

/** Fetches the words of the first language. */
export async function loadI18n(): Promise<I18nProvider> {
  const locale = firstLanguage();
  const load = loaders[locale] as () => Promise<Dictionary>;
  return i18nOf(locale, await load());
}
