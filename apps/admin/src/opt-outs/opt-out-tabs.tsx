import { useTranslate } from 'react-admin';
import { PageTabs } from '../parts/page-tabs';

const pages = { reviews: '/opt-outs', suppressions: '/opt-outs/suppressions', keywords: '/opt-outs/keywords' } as const;

/** Pages about people who want no messages. */
export function OptOutTabs() {
  const translate = useTranslate();
  const tabs = Object.entries(pages).map(([name, to]) => ({ to, label: translate(`opt_outs.${name}`) }));
  return <PageTabs label={translate('opt_outs.pages')} pages={tabs} />;
}
