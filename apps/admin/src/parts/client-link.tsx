import type { ReactNode } from 'react';
import { Link } from 'react-router-dom';
import { useClients } from '../layout/client-switcher';
import { chooseTenant } from '../providers/tenant';
import { ClientTag } from './values';

/** Address of a page of the panel as a client sees it: whoever opens it acts for that client. */
export function pathOfClient(tenant: string, path: string): string {
  const [before = '', query = ''] = path.split('?');
  const search = new URLSearchParams(query);
  search.set('client', tenant);
  return `${before}?${search.toString()}`;
}

/** A link to a page of one client. It chooses the client. */
export function ClientLink({
  tenant,
  to,
  className = 'linked',
  children,
}: {
  tenant: string;
  to: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <Link className={className} to={pathOfClient(tenant, to)} onClick={(event) => !event.metaKey && !event.ctrlKey && chooseTenant(tenant)}>
      {children}
    </Link>
  );
}

/** Tag and name of a client by its id. */
export function ClientName({ id }: { id: string }) {
  const { data: clients = [] } = useClients();
  const name = clients.find((client) => client.id === id)?.name ?? id;
  return (
    <span className="row" style={{ flexWrap: 'nowrap', gap: 8, minWidth: 0 }}>
      <ClientTag id={id} name={name} />
      <span className="cut" dir="auto">
        {name}
      </span>
    </span>
  );
}
