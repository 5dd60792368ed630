import polyglotI18nProvider from 'ra-i18n-polyglot';
import { en } from './en';

/** Languages of the panel, each under its own name. */
export const languages = [{ locale: 'en', name: 'English' }];

const loaders: Record<string, () => Promise<typeof en>> = {};

/** The language of the browser that the panel has, English if none. */
export function browserLanguage(): string {
  for (const wanted of navigator.languages ?? []) {
    const found = languages.find(({ locale }) => locale === wanted || locale.split('-')[0] === wanted.split('-')[0]);
    if (found) return found.locale;
  }
  return 'en';
}

/** Words of all screens. A language is fetched when it is chosen. */
export const i18nProvider = polyglotI18nProvider((locale) => (loaders[locale] ? loaders[locale]() : en), 'en', languages, {
  allowMissing: false,
});
