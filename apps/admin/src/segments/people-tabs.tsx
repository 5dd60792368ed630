import { useTranslate } from 'react-admin';
import { PageTabs } from '../parts/page-tabs';

/** Segments and lists: people by rules, and people that somebody put together. */
export function PeopleTabs() {
  const translate = useTranslate();
  const pages = (['segments', 'lists'] as const).map((name) => ({ to: `/${name}`, label: translate(`segments.tab.${name}`) }));
  return <PageTabs label={translate('segments.pages')} pages={pages} />;
}
