import { Button } from '@mui/material';
import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import { useClients } from '../providers/clients';
import { chooseTenant, useTenant } from '../providers/tenant';
import { Empty, Page } from './page';
import { ClientTag } from './values';

/** More clients than these are found by typing, in the switcher at the top. */
const maxShown = 12;

/** Says that a page shows one client, and offers clients. */
export function ChooseClient() {
  const translate = useTranslate();
  const { data: clients = [] } = useClients();
  return (
    <div className="table-box">
      <Empty
        title={translate('client.choose')}
        acts={clients.slice(0, maxShown).map(({ id, name }) => (
          <Button key={id} variant="outlined" sx={{ gap: 1 }} onClick={() => chooseTenant(id)}>
            <ClientTag id={id} name={name} />
            <span dir="auto">{name}</span>
          </Button>
        ))}
      >
        {translate('client.choose_text')}
      </Empty>
    </div>
  );
}

/** A page that shows one client: it says so while none is chosen, and starts anew when another one is. */
export function NeedsClient({ title, children }: { title: string; children: ReactNode }) {
  const tenant = useTenant();
  if (tenant) return <div key={tenant}>{children}</div>;
  return (
    <Page title={title}>
      <ChooseClient />
    </Page>
  );
}
