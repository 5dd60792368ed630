import '../parts/access.css';
import PauseOutlined from '@mui/icons-material/PauseOutlined';
import PlayArrowOutlined from '@mui/icons-material/PlayArrowOutlined';
import { Button } from '@mui/material';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link, useNavigate, useParams } from 'react-router-dom';
import { useCountryNames } from '../i18n/country-names';
import { useFormat } from '../i18n/format';
import { keyState } from '../keys/keys';
import { chipOf } from '../numbers/number-state';
import { ActButton } from '../parts/act-button';
import { Card, Facts, Failed, Note, Page, PendingPage, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { ClientTag, Id, Phone, Time } from '../parts/values';
import { api, ok } from '../providers/client';
import type { Client } from '../providers/clients';
import { allPages } from '../providers/cursor-pages';
import { mayDo, type Permission, useMe } from '../providers/me';
import { chooseTenant, currentTenant, useTenant } from '../providers/tenant';
import { ClientForm } from './client-form';
import { Letters, Numbers, Today } from './client-list';
import { useClient, useClientAct, useHealth, useMayManageClients } from './client-queries';
import { KeptCard } from './kept-card';
import { SuspendDialog } from './suspend-dialog';
import { UsageCard } from './usage-card';

/** A client: its numbers, endpoints, keys and people, its health and its settings. */
export function ClientPage() {
  const translate = useTranslate();
  const { id = '' } = useParams();
  const { data, error, refetch } = useClient(id);
  const crumbs = [{ to: '/clients', label: translate('menu.clients') }];
  if (!data) return <PendingPage title={translate('clients.name')} crumbs={crumbs} error={error} retry={() => void refetch()} />;
  return <Known key={id} client={data.value} tag={data.tag} crumbs={crumbs} />;
}

function Known({ client, tag, crumbs }: { client: Client; tag: string | null; crumbs: { to: string; label: string }[] }) {
  const translate = useTranslate();
  const format = useFormat();
  const countryName = useCountryNames();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const me = useMe();
  const tenant = useTenant();
  const mayManage = useMayManageClients();
  const resume = useClientAct();
  const health = useHealth([client.id]).data?.get(client.id);
  const [open, setOpen] = useState<'edit' | 'suspend' | null>(null);
  const off = mayManage === false ? translate('clients.may_not') : null;
  const close = (): void => setOpen(null);
  const work = (): void => {
    chooseTenant(client.id);
    void queries.invalidateQueries();
  };
  const resumeNow = (): void => resume.mutate(() => ok(api.POST('/admin/v1/tenants/{id}/resume', { params: { path: { id: client.id } } })));
  return (
    <Page
      title={client.name}
      crumbs={crumbs}
      beside={
        <>
          <ClientTag id={client.id} name={client.name} />
          <StateChip kind="client" state={client.suspended_at ? 'suspended' : 'active'} big />
        </>
      }
      acts={
        <>
          {tenant === client.id ? (
            <span className="small mute">{translate('clients.working')}</span>
          ) : (
            <Button variant="outlined" onClick={work}>
              {translate('clients.open')}
            </Button>
          )}
          {!client.suspended_at && (
            <ActButton variant="outlined" startIcon={<PauseOutlined />} off={off} reason="tip" onClick={() => setOpen('suspend')}>
              {translate('clients.suspend')}
            </ActButton>
          )}
          <ActButton variant="contained" off={off} reason="tip" onClick={() => setOpen('edit')}>
            {translate('clients.edit')}
          </ActButton>
        </>
      }
    >
      {resume.error && <Refused error={resume.error} />}
      {client.suspended_at && (
        <Note
          state="uncertain"
          icon={PauseOutlined}
          title={translate('clients.suspended_note', { name: client.name, time: format.when(new Date(client.suspended_at)) })}
          acts={
            <ActButton
              variant="outlined"
              startIcon={<PlayArrowOutlined />}
              off={off}
              busy={resume.isPending && translate('frame.saving')}
              onClick={resumeNow}
            >
              {translate('clients.resume')}
            </ActButton>
          }
        >
          {translate('clients.suspended_text')}
        </Note>
      )}
      <div className="two-one">
        <div className="stack">
          <UsageCard client={client} />
          <NumbersOf client={client} />
          <EndpointsOf client={client} />
          <KeysOf client={client} />
          <PeopleOf client={client} />
        </div>
        <div className="stack">
          <Card title={translate('clients.health')}>
            <Facts
              rows={[
                [translate('clients.numbers'), <Numbers key="numbers" id={client.id} health={health} />],
                [translate('clients.letters'), <Letters key="letters" id={client.id} health={health} />],
                [translate('clients.today'), <Today key="today" id={client.id} />],
              ]}
            />
          </Card>
          <Card
            title={translate('clients.facts')}
            acts={
              mayDo(me, 'tenant:manage', client.id) && (
                <Button
                  variant="text"
                  sx={{ my: '-4px' }}
                  onClick={() => {
                    work();
                    void navigate('/settings');
                  }}
                >
                  {translate('clients.settings')}
                </Button>
              )
            }
          >
            <Facts
              rows={[
                [translate('clients.country'), countryName(client.default_country)],
                [translate('clients.since'), <Time key="since" at={client.created_at} />],
                [translate('clients.suspended_at'), client.suspended_at ? <Time key="suspended" at={client.suspended_at} /> : null],
                [translate('clients.id'), <Id key="id" value={client.id} short />],
              ]}
            />
          </Card>
          <KeptCard client={client} />
        </div>
      </div>
      {open === 'edit' && <ClientForm client={client} tag={tag} onClose={close} />}
      {open === 'suspend' && <SuspendDialog client={client} onClose={close} />}
    </Page>
  );
}

type PartName = 'numbers' | 'endpoints' | 'keys' | 'people';
const shown = 25;

/** A card with rows of the client, read with the rights of the person; it is left out where they may not see them. */
function Part<T extends { id: string }>({
  client,
  name,
  needs,
  everywhere = false,
  to,
  read,
  row,
}: {
  client: Client;
  name: PartName;
  needs: Permission;
  /** The right is needed for all clients. */
  everywhere?: boolean;
  to: string;
  read: (headers: { 'heliograph-tenant': string }, signal: AbortSignal) => Promise<T[]>;
  /** @param choose makes the client that of the panel, for a link to a page of its own */
  row: (item: T, choose: () => void) => ReactNode;
}) {
  const translate = useTranslate();
  const me = useMe();
  const queries = useQueryClient();
  const maySee = mayDo(me, needs, everywhere ? null : client.id);
  const { data, error, refetch } = useQuery({
    queryKey: ['clients', 'part', client.id, name],
    queryFn: ({ signal }) => read({ 'heliograph-tenant': client.id }, signal),
    enabled: maySee,
  });
  if (!maySee) return null;
  const title = translate(`clients.part.${name}`);
  const choose = (): void => {
    if (everywhere || currentTenant() === client.id) return;
    chooseTenant(client.id);
    void queries.invalidateQueries();
  };
  return (
    <Card
      title={title}
      pad={!data || data.length === 0}
      acts={
        <Button variant="text" sx={{ my: '-4px' }} component={Link} to={to} onClick={choose}>
          {translate(`clients.all.${name}`)}
        </Button>
      }
    >
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton rows={2} />
      ) : data.length === 0 ? (
        <p className="text">{translate(`clients.none.${name}`)}</p>
      ) : (
        <>
          <table className="table">
            <tbody>
              {data.slice(0, shown).map((item) => (
                <tr key={item.id}>{row(item, choose)}</tr>
              ))}
            </tbody>
          </table>
          {data.length > shown && <p className="small mute pad">{translate('clients.more_than', { count: shown })}</p>}
        </>
      )}
    </Card>
  );
}

const page = { limit: shown + 1 };

function NumbersOf({ client }: { client: Client }) {
  return (
    <Part
      client={client}
      name="numbers"
      needs="sessions:read"
      to="/numbers"
      read={async (headers, signal) => (await ok(api.GET('/v1/sessions', { params: { query: page }, headers, signal }))).data}
      row={({ id, name, phone, status }, choose) => (
        <>
          <td className="name">
            <Link className="plain" to={`/numbers/${id}`} onClick={choose}>
              <span dir="auto">{name}</span>
            </Link>
          </td>
          <td>
            <Phone value={phone} />
          </td>
          <td className="end">
            <StateChip kind="number" state={chipOf(status)} />
          </td>
        </>
      )}
    />
  );
}

function EndpointsOf({ client }: { client: Client }) {
  return (
    <Part
      client={client}
      name="endpoints"
      needs="callbacks:read"
      to="/endpoints"
      read={async (headers, signal) => (await ok(api.GET('/v1/callback-endpoints', { headers, signal }))).data}
      row={({ id, name, url }, choose) => (
        <>
          <td className="name">
            <Link className="plain" to={`/endpoints/${id}`} onClick={choose}>
              <span dir="auto">{name}</span>
            </Link>
          </td>
          <td>
            <bdi dir="ltr" className="mono">
              {url}
            </bdi>
          </td>
        </>
      )}
    />
  );
}

function KeysOf({ client }: { client: Client }) {
  return (
    <Part
      client={client}
      name="keys"
      needs="keys:manage"
      to="/keys"
      read={async (headers, signal) => (await ok(api.GET('/v1/api-keys', { params: { query: page }, headers, signal }))).data}
      row={(key) => (
        <>
          <td className="name">
            <span dir="auto">{key.name}</span>
          </td>
          <td>
            <bdi dir="ltr" className="mono">
              {key.prefix}…
            </bdi>
          </td>
          <td className="end">
            <StateChip kind="api_key" state={keyState(key)} />
          </td>
        </>
      )}
    />
  );
}

function PeopleOf({ client }: { client: Client }) {
  const translate = useTranslate();
  return (
    <Part
      client={client}
      name="people"
      needs="staff:read"
      everywhere
      to="/staff"
      read={async (_headers, signal) => {
        const data = await allPages(null, (query, headers) => ok(api.GET('/admin/v1/staff', { params: { query }, headers, signal })));
        return data.filter(({ grants }) => grants.some(({ tenant_id }) => tenant_id === null || tenant_id === client.id));
      }}
      row={({ id, name, email, grants }) => (
        <>
          <td className="name">
            <Link className="plain" to={`/staff/${id}`}>
              <span dir="auto">{name}</span>
            </Link>
          </td>
          <td>
            <bdi dir="ltr">{email}</bdi>
          </td>
          <td className="end">
            {grants
              .filter(({ tenant_id }) => tenant_id === null || tenant_id === client.id)
              .map(({ role, tenant_id }) => `${translate(`staff.role.${role}`)}${tenant_id ? '' : ` (${translate('clients.everywhere')})`}`)
              .join(', ')}
          </td>
        </>
      )}
    />
  );
}
