import '@fontsource-variable/jetbrains-mono';
import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import KeyOutlined from '@mui/icons-material/KeyOutlined';
import PersonOutlined from '@mui/icons-material/PersonOutlined';
import SettingsOutlined from '@mui/icons-material/SettingsOutlined';
import { Button, Menu, MenuItem, TextField } from '@mui/material';
import { useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { useLocation, useNavigate, useParams } from 'react-router-dom';
import { useClients } from '../layout/client-switcher';
import { ListPage } from '../parts/list';
import { Dash, shortId, Time } from '../parts/values';
import { useTenant } from '../providers/tenant';
import { AuditAct } from './audit-act';
import { AuditDrawer } from './audit-drawer';
import type { AuditEntry } from './audit-values';
import '../parts/records.css';
import './audit.css';

const actorIcons = { person: PersonOutlined, key: KeyOutlined, system: SettingsOutlined } as const;
/** Kinds of subjects by which entries are filtered; a spec compares them with those that the database and the routes write. */
export const subjectKinds = [
  'session',
  'person',
  'api_key',
  'tenant',
  'callback_endpoint',
  'event_rule',
  'event_type',
  'message',
  'message_group',
  'dead_letter',
  'contact',
  'contact_edit',
  'contact_attribute',
  'suppression',
  'opt_keywords',
  'opt_out_review',
  'cap_pool',
  'provider_account',
  'branding',
  'event',
  'callback',
  'campaign',
  'campaign_report_link',
  'template',
  'media',
  'segment',
  'contact_list',
  'contact_import',
  'dead_letter_cause',
  'job',
  'ledger',
  'simulator',
] as const;

/** Changes by people, keys and the system, newest first; one of them in a drawer beside the list. */
export function AuditList() {
  const translate = useTranslate();
  const tenant = useTenant();
  const { data: clients = [] } = useClients();
  const navigate = useNavigate();
  const { search } = useLocation();
  const { id } = useParams();
  const nameOf = (client: string | null): string =>
    client === null ? translate('audit.installation') : (clients.find((one) => one.id === client)?.name ?? client.slice(0, 8));
  return (
    <ListPage<AuditEntry>
      resource="audit"
      title={translate('audit.title')}
      note={translate('audit.note')}
      needsClient={false}
      {...(tenant && { filter: { tenant_id: tenant } })}
      acts={<ExportMenu tenant={tenant} />}
      search={{ source: 'subject_id', label: translate('audit.search') }}
      filters={[
        {
          source: 'subject_kind',
          label: translate('audit.subject'),
          choices: subjectKinds.map((value) => ({ value, label: translate(`audit.kinds.${value}`) })),
        },
        {
          source: 'actor_kind',
          label: translate('audit.actor_kind'),
          choices: (['person', 'key', 'system'] as const).map((value) => ({ value, label: translate(`audit.actors.${value}`) })),
        },
        { source: 'action', label: translate('audit.what'), show: (action) => translate(`audit.acts.${action}`, { _: action }) },
        { source: 'actor_id', label: translate('audit.actor_id'), rare: true },
        { source: 'address', label: translate('audit.address'), rare: true },
        { source: 'request_id', label: translate('audit.request_id'), rare: true },
      ]}
      hiddenFilters={[['since'], ['before']]}
      aside={<Times />}
      linkOf={(row) => `/audit/${row.id}${search}`}
      columns={[
        {
          key: 'action',
          label: translate('audit.what'),
          render: ({ action }) => <AuditAct action={action} />,
        },
        {
          key: 'subject',
          label: translate('audit.subject'),
          render: ({ subject }) => (subject ? <Subject subject={subject} /> : <Dash />),
        },
        { key: 'who', label: translate('audit.who'), render: ({ actor }) => <Actor actor={actor} /> },
        {
          key: 'client',
          label: translate('audit.client'),
          render: ({ tenant_id }) => <span className="cut">{nameOf(tenant_id)}</span>,
          narrowHide: true,
        },
        {
          key: 'address',
          label: translate('audit.address'),
          render: ({ address }) =>
            address ? (
              <bdi dir="ltr" className="num nowrap">
                {address}
              </bdi>
            ) : (
              <Dash />
            ),
          low: true,
          narrowHide: true,
        },
        { key: 'at', label: translate('audit.at'), render: ({ at }) => <Time at={at} />, end: true },
      ]}
      empty={{ title: translate('audit.empty'), text: translate('audit.empty_text') }}
    >
      {id && <AuditDrawer id={id} nameOf={nameOf} onClose={() => void navigate(`/audit${search}`)} />}
    </ListPage>
  );
}

function Subject({ subject }: { subject: NonNullable<AuditEntry['subject']> }) {
  const translate = useTranslate();
  return (
    <span className="audit-subject">
      <span className="mute">{translate(`audit.kinds.${subject.kind}`, { _: subject.kind })}</span>
      {subject.name ? (
        <bdi className="cut">{subject.name}</bdi>
      ) : (
        subject.id && (
          <bdi dir="ltr" className="mono cut" title={subject.id}>
            {shortId(subject.id)}
          </bdi>
        )
      )}
    </span>
  );
}

function Actor({ actor }: { actor: AuditEntry['actor'] }) {
  const translate = useTranslate();
  const Icon = actorIcons[actor.kind];
  return (
    <span className="row nowrap audit-actor">
      <Icon titleAccess={translate(`audit.actors.${actor.kind}`)} />
      <bdi className="cut">{actor.name}</bdi>
    </span>
  );
}

/** Both ends of the time, in the zone of the browser. */
function Times() {
  const translate = useTranslate();
  const { filterValues, setFilters } = useListContext();
  const set = (name: string, local: string): void => {
    const { [name]: _old, ...rest } = filterValues as Record<string, string>;
    setFilters(local === '' ? rest : { ...rest, [name]: new Date(local).toISOString() });
  };
  return (
    <span className="audit-times">
      {(['since', 'before'] as const).map((name) => (
        <label key={name} className="small mute">
          {translate(`audit.${name}`)}
          <TextField
            type="datetime-local"
            value={localOf((filterValues as Record<string, string>)[name])}
            onChange={(event) => set(name, event.target.value)}
            slotProps={{ htmlInput: { 'aria-label': translate(`audit.${name}`) } }}
          />
        </label>
      ))}
    </span>
  );
}

function localOf(at: string | undefined): string {
  if (!at || Number.isNaN(Date.parse(at))) return '';
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Downloads what the filters match. */
function ExportMenu({ tenant }: { tenant: string | null }) {
  const translate = useTranslate();
  const { filterValues } = useListContext();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const linkOf = (format: string): string =>
    `/admin/v1/audit/export?${new URLSearchParams({ ...(filterValues as Record<string, string>), ...(tenant && { tenant_id: tenant }), format }).toString()}`;
  return (
    <>
      <Button variant="outlined" startIcon={<DownloadOutlined />} aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
        {translate('audit.export')}
      </Button>
      <Menu open={anchor !== null} anchorEl={anchor} onClose={() => setAnchor(null)}>
        {(['csv', 'ndjson'] as const).map((format) => (
          <MenuItem key={format} component="a" href={linkOf(format)} download onClick={() => setAnchor(null)}>
            {translate(`audit.export_${format}`)}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
