import { useMemo } from 'react';
import { useLocale } from 'react-admin';
import { intlOf } from './languages';

/** Returns a function that names a country in the language of the panel; one without a name is its code. */
export function useCountryNames(): (code: string) => string {
  const locale = useLocale();
  return useMemo(() => {
    const names = new Intl.DisplayNames([intlOf(locale)], { type: 'region' });
    return (code) => {
      try {
        return names.of(code) ?? code;
      } catch {
        // A code that no standard knows.
        return code;
      }
    };
  }, [locale]);
}
