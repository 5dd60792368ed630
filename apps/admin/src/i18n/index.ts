import polyglotI18nProvider from 'ra-i18n-polyglot';
import type { I18nProvider, TranslationMessages } from 'react-admin';
import { en } from './en';
import { chooseLanguage, languages, pluralRules } from './languages';
import type { Words } from './words';

export { languages };

/** Words of a language other than English: a chunk of its own, fetched when the language is chosen. */
const loaders: Record<string, () => Promise<Words<typeof en>>> = {
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

/** Words of all screens, with those of the first language at hand. Where they cannot be fetched, the panel starts in English. */
export async function loadI18n(): Promise<I18nProvider> {
  const wanted = firstLanguage();
  const words = await loaders[wanted]?.().catch(() => null);
  const first = words ? wanted : 'en';
  const wordsOf = (locale: string) => (locale === first ? (words ?? en) : (loaders[locale]?.() ?? en));
  // React-Admin has words for parts that the panel does not use; those are left out.
  return polyglotI18nProvider(wordsOf as unknown as (locale: string) => TranslationMessages, first, [...languages], {
    allowMissing: false,
    pluralRules,
  });
}
