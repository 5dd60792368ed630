import { useLocaleState, useTranslate } from 'react-admin';
import { languages } from '../i18n';

/** Chooses the language on a page without a sign-in: the browser's own list, since the menu would weigh more than the page. */
export function LanguageSelect() {
  const translate = useTranslate();
  const [locale, setLocale] = useLocaleState();
  return (
    <select
      className="language-select"
      aria-label={translate('frame.language')}
      value={locale}
      onChange={(event) => setLocale(event.target.value)}
    >
      {languages.map(({ locale: of, name }) => (
        <option key={of} value={of} lang={of}>
          {name}
        </option>
      ))}
    </select>
  );
}
