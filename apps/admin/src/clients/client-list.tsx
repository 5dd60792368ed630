import AddOutlined from '@mui/icons-material/AddOutlined';
import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import { Button } from '@mui/material';
import { useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { useCountryNames } from '../i18n/country-names';
import { useFormat } from '../i18n/format';
import { filterOf } from '../live/live-alerts';
import { listOf } from '../overview/outcomes';
import { beginOf } from '../overview/overview-queries';
import { ActButton } from '../parts/act-button';
import { ClientLink } from '../parts/client-link';
import { ListPage } from '../parts/list';
import { StateChip } from '../parts/state-chip';
import { ClientName, Dash, Time } from '../parts/values';
import type { Client } from '../providers/clients';
import { mayDoAnywhere, useMe } from '../providers/me';
import { ClientForm } from './client-form';
import { usageFile } from './usage';
import { type Health, useAcceptedToday, useHealth, useMayManageClients } from './client-queries';

/** Clients of the agency with their health. */
export function ClientList() {
  const translate = useTranslate();
  const navigate = useNavigate();
  const mayManage = useMayManageClients();
  const [isAdding, setAdding] = useState(false);
  const countryName = useCountryNames();
  const me = useMe();
  const add = (
    <ActButton
      variant="contained"
      startIcon={<AddOutlined />}
      off={mayManage === false ? translate('clients.may_not') : null}
      onClick={() => setAdding(true)}
    >
      {translate('clients.add')}
    </ActButton>
  );
  return (
    <ListPage<Client>
      resource="clients"
      title={translate('menu.clients')}
      needsClient={false}
      perPage={50}
      acts={
        <>
          {mayDoAnywhere(me, 'overview:read') && (
            <Button variant="outlined" startIcon={<DownloadOutlined />} component="a" href={usageFile(null)} download>
              {translate('clients.usage.download_all')}
            </Button>
          )}
          {add}
        </>
      }
      linkOf={({ id }) => `/clients/${id}`}
      columns={[
        { key: 'name', label: translate('clients.name'), render: ({ id, name }) => <ClientName id={id} name={name} /> },
        {
          key: 'state',
          label: translate('clients.state'),
          render: ({ suspended_at }) => <StateChip kind="client" state={suspended_at ? 'suspended' : 'active'} />,
        },
        { key: 'numbers', label: translate('clients.numbers'), render: ({ id }) => <InList id={id} show={Numbers} />, narrowHide: true },
        {
          key: 'letters',
          label: translate('clients.letters'),
          render: ({ id }) => <InList id={id} show={Letters} />,
          end: true,
          narrowHide: true,
        },
        { key: 'today', label: translate('clients.today'), render: ({ id }) => <Today id={id} />, end: true, narrowHide: true },
        {
          key: 'country',
          label: translate('clients.country'),
          render: ({ default_country }) => countryName(default_country),
          low: true,
          narrowHide: true,
        },
        {
          key: 'since',
          label: translate('clients.since'),
          render: ({ created_at }) => <Time at={created_at} />,
          low: true,
          narrowHide: true,
        },
      ]}
      empty={{ title: translate('clients.empty'), text: translate('clients.empty_text'), acts: add }}
    >
      {isAdding && <ClientForm onClose={() => setAdding(false)} onMade={(id) => void navigate(`/clients/${id}`)} />}
    </ListPage>
  );
}

function InList({ id, show: Show }: { id: string; show: typeof Numbers }) {
  const { data = [] } = useListContext<Client>();
  const health = useHealth(data.map((client) => client.id)).data?.get(id);
  return <Show id={id} health={health} />;
}

/** Connected numbers of all numbers. */
export function Numbers({ id, health }: { id: string; health: Health | undefined }) {
  const format = useFormat();
  const translate = useTranslate();
  if (!health || health.sessions === null || health.connected === null) return <Dash />;
  return (
    <span className="num nowrap">
      <ClientLink tenant={id} to={`/numbers?${filterOf({ status: 'connected' })}`} className="linked strong">
        {format.number(health.connected)}
      </ClientLink>{' '}
      <ClientLink tenant={id} to={`/numbers?${filterOf({})}`} className="linked mute">
        {translate('value.of', { of: format.number(health.sessions) })}
      </ClientLink>
    </span>
  );
}

/** Messages that were accepted today: the figure of the overview. */
export function Today({ id }: { id: string }) {
  const format = useFormat();
  const count = useAcceptedToday()?.get(id);
  if (count === undefined) return <Dash />;
  return (
    <ClientLink tenant={id} to={listOf(beginOf('today').toISOString())} className="linked num">
      {format.number(count)}
    </ClientLink>
  );
}

/** Open dead letters, counted up to a limit. */
export function Letters({ id, health }: { id: string; health: Health | undefined }) {
  const format = useFormat();
  const translate = useTranslate();
  const count = health?.open_dead_letters;
  if (count === null || count === undefined) return <Dash />;
  return (
    <ClientLink tenant={id} to={`/dead-letters?${filterOf({})}`} className={`linked num nowrap${count > 0 ? ' strong' : ''}`}>
      {count >= maxLetters ? translate('clients.letters_many', { count: format.number(maxLetters) }) : format.number(count)}
    </ClientLink>
  );
}

/** The API counts no further. */
const maxLetters = 10_000;
