import { Button, Link as MuiLink } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { pathOfClient } from '../parts/client-link';
import { DecisionDrawer } from '../parts/decision-drawer';
import { Facts, Failed, Skeleton } from '../parts/page';
import { Dash, Id, shortId, Time } from '../parts/values';
import { api, ok } from '../providers/client';
import { AuditAct } from './audit-act';
import { auditLink } from './audit-link';
import { type AuditChange, type AuditEntry, changedFields, isTime, secretMark, valueText } from './audit-values';

/** Pages of subjects that have one. */
const pages: Record<string, string> = {
  callback_endpoint: '/endpoints',
  campaign: '/campaigns',
  contact: '/contacts',
  contact_import: '/contacts/imports',
  contact_list: '/lists',
  dead_letter: '/dead-letters',
  event: '/events',
  event_rule: '/rules',
  message: '/messages',
  person: '/staff',
  segment: '/segments',
  session: '/numbers',
  template: '/templates',
  tenant: '/clients',
};

/** One change: who, what, from where, and each field before and after. */
export function AuditDrawer({ id, nameOf, onClose }: { id: string; nameOf: (client: string | null) => string; onClose: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data, error, refetch } = useQuery({
    queryKey: ['audit', 'entry', id],
    queryFn: () => ok(api.GET('/admin/v1/audit/{id}', { params: { path: { id } } })),
  });
  return (
    <DecisionDrawer
      title={data ? translate('audit.entry', { at: format.when(new Date(data.at)) }) : translate('audit.title')}
      onClose={onClose}
      foot={
        <Button variant="outlined" onClick={onClose}>
          {translate('frame.close_panel')}
        </Button>
      }
    >
      {error ? <Failed error={error} retry={() => void refetch()} /> : data ? <Entry entry={data} nameOf={nameOf} /> : <Skeleton />}
    </DecisionDrawer>
  );
}

function Entry({ entry, nameOf }: { entry: AuditEntry; nameOf: (client: string | null) => string }) {
  const translate = useTranslate();
  const { actor, subject } = entry;
  const page = subject?.id ? pages[subject.kind] : undefined;
  // The page of a record is one of its client, whatever client is chosen now.
  const pathOf = (path: string): string => (entry.tenant_id ? pathOfClient(entry.tenant_id, path) : path);
  return (
    <>
      <Facts
        rows={[
          [translate('audit.what'), <AuditAct key="what" action={entry.action} />],
          [translate('audit.at'), <Time key="at" at={entry.at} precise />],
          [
            translate('audit.who'),
            <span key="who">
              {translate(`audit.actors.${actor.kind}`)} <b className="strong">{actor.name}</b>
            </span>,
          ],
          [
            translate('audit.subject'),
            subject && (
              <span key="subject">
                {translate(`audit.kinds.${subject.kind}`, { _: subject.kind })}{' '}
                {page ? (
                  <Link className="linked" to={pathOf(`${page}/${subject.id}`)}>
                    {subject.name ?? shortId(subject.id ?? '')}
                  </Link>
                ) : (
                  <bdi>{subject.name}</bdi>
                )}
              </span>
            ),
          ],
          [translate('audit.id'), subject?.id && <Id key="id" value={subject.id} />],
          [translate('audit.client'), nameOf(entry.tenant_id)],
          [
            translate('audit.address'),
            entry.address && (
              <bdi key="address" dir="ltr" className="num">
                {entry.address}
              </bdi>
            ),
          ],
          [translate('audit.request_id'), entry.request_id && <Id key="request" value={entry.request_id} />],
        ]}
      />
      <section aria-labelledby="audit-changes">
        <h3 id="audit-changes">{translate('audit.changes')}</h3>
        {entry.changes.length === 0 && <p className="text">{translate('audit.no_fields')}</p>}
        {entry.changes.map((change, at) => (
          <Change key={at} change={change} />
        ))}
      </section>
      {entry.details && (
        <section aria-labelledby="audit-details">
          <h3 id="audit-details">{translate('audit.details')}</h3>
          <Facts
            rows={Object.entries(entry.details).map(([name, value]) => [
              name,
              <Detail key={name} name={name} value={value} pathOf={pathOf} />,
            ])}
          />
        </section>
      )}
      <div className="audit-more">
        {actor.id && (
          <MuiLink component={Link} to={auditLink({ actor_id: actor.id })}>
            {translate('audit.same_actor', { name: actor.name })}
          </MuiLink>
        )}
        {subject?.id && (
          <MuiLink component={Link} to={auditLink({ subject_kind: subject.kind, subject_id: subject.id })}>
            {translate('audit.same_subject')}
          </MuiLink>
        )}
        {entry.request_id && (
          <MuiLink component={Link} to={auditLink({ request_id: entry.request_id })}>
            {translate('audit.same_request')}
          </MuiLink>
        )}
      </div>
    </>
  );
}

function Change({ change }: { change: AuditChange }) {
  const translate = useTranslate();
  const how = change.before === null ? 'created' : change.after === null ? 'deleted' : 'changed';
  const fields = changedFields(change);
  if (fields.length === 0) return null;
  return (
    <table className="audit-change">
      <caption>
        {translate(`audit.${how}`)}: {translate(`audit.kinds.${change.kind}`, { _: change.kind })} <bdi>{change.name}</bdi>
      </caption>
      <thead>
        <tr>
          <th scope="col">{translate('audit.field')}</th>
          {how !== 'created' && <th scope="col">{translate('audit.was')}</th>}
          {how !== 'deleted' && <th scope="col">{translate('audit.is')}</th>}
        </tr>
      </thead>
      <tbody>
        {fields.map(({ name, before, after }) => (
          <tr key={name}>
            <th scope="row">
              <bdi dir="ltr" className="mono">
                {name}
              </bdi>
            </th>
            {how !== 'created' && (
              <td className="was">
                <Value value={before} />
              </td>
            )}
            {how !== 'deleted' && (
              <td>
                <Value value={after} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A detail; a job leads to its page, which says what it was about and how it went. */
function Detail({ name, value, pathOf }: { name: string; value: unknown; pathOf: (path: string) => string }) {
  if (name !== 'job' || typeof value !== 'string') return <Value value={value} />;
  return (
    <Link className="linked" to={pathOf(`/jobs?look=${value}`)}>
      <bdi dir="ltr" className="mono">
        {shortId(value)}
      </bdi>
    </Link>
  );
}

function Value({ value }: { value: unknown }) {
  const translate = useTranslate();
  if (value === null || value === undefined || value === '') return <Dash />;
  if (value === secretMark) return <i className="mute">{translate('audit.secret')}</i>;
  if (typeof value === 'boolean') return translate(value ? 'audit.yes' : 'audit.no');
  if (isTime(value)) return <Time at={value} />;
  return <bdi>{valueText(value)}</bdi>;
}
