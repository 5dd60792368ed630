import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import { useTenant } from '../providers/tenant';
import { Empty, Page } from './page';

/** A page that shows one client: it says so while none is chosen, and starts anew when another one is. */
export function NeedsClient({ title, children }: { title: string; children: ReactNode }) {
  const translate = useTranslate();
  const tenant = useTenant();
  if (tenant) return <div key={tenant}>{children}</div>;
  return (
    <Page title={title}>
      <div className="table-box">
        <Empty title={translate('client.choose')}>{translate('client.choose_text')}</Empty>
      </div>
    </Page>
  );
}
