/** Forms of a number that tell words apart, in the order in which phrases list them, e.g. `%{smart_count} vote |||| %{smart_count} votes`. */
const two = ['one', 'other'] as const;

interface Language {
  locale: string;
  /** Name of the language in the language itself. */
  name: string;
  /** Digits and calendar of figures and times. Arabic figures stand beside phones and ids, so they use the same digits. */
  intl: string;
  /** Forms of `||||` phrases. What `Intl.PluralRules` calls by another name takes the last one. */
  forms: readonly Intl.LDMLPluralRule[];
}

/** Languages of the panel. */
export const languages: readonly Language[] = [
  { locale: 'en', name: 'English', intl: 'en-GB', forms: two },
  { locale: 'pt-BR', name: 'Português (Brasil)', intl: 'pt-BR', forms: two },
  { locale: 'es', name: 'Español', intl: 'es', forms: two },
  { locale: 'fr', name: 'Français', intl: 'fr', forms: two },
  { locale: 'ar', name: 'العربية', intl: 'ar-u-nu-latn-ca-gregory', forms: ['zero', 'one', 'two', 'few', 'many', 'other'] },
];

/** Returns the locale that `Intl` takes for a language of the panel. */
export function intlOf(locale: string): string {
  return languages.find((language) => language.locale === locale)?.intl ?? locale;
}

/** Returns the panel's language that answers one of these best, English if none does. */
export function chooseLanguage(wanted: readonly string[]): string {
  const base = (locale: string): string => locale.toLowerCase().split('-')[0] ?? '';
  for (const asked of wanted) {
    const found =
      languages.find(({ locale }) => locale.toLowerCase() === asked.toLowerCase()) ??
      languages.find(({ locale }) => base(locale) === base(asked));
    if (found) return found.locale;
  }
  return 'en';
}

/** Plural rules in the form that Polyglot takes, decided by `Intl`. */
export const pluralRules = {
  pluralTypes: Object.fromEntries(
    languages.map(({ locale, forms }) => {
      const rules = new Intl.PluralRules(locale);
      return [
        locale,
        (count: number): number => {
          const at = forms.indexOf(rules.select(count));
          return at < 0 ? forms.length - 1 : at;
        },
      ];
    }),
  ),
  pluralTypeToLanguages: Object.fromEntries(languages.map(({ locale }) => [locale, [locale]])),
};
