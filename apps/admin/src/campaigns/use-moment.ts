import { useLocale, useTranslate } from 'react-admin';
import { momentOf } from './plan-words';

/** Returns the words of a time to come. */
export function useMoment(): (at: Date) => string {
  const translate = useTranslate();
  const locale = useLocale();
  return (at) => translate('campaigns.plan.moment', momentOf(locale, at));
}
