import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { MessageContent } from '../messages/message-content';
import { ClientLink } from '../parts/client-link';
import { Failed, Skeleton } from '../parts/page';
import { Phone, Time } from '../parts/values';
import { api, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';
import type { LetterDetail } from './letters';

interface Props {
  letter: LetterDetail;
  tenant: string;
}

const headersOf = (tenant: string) => ({ headers: { 'heliograph-tenant': tenant } });

/** The work that a letter is about, with its content: a message, an event or a callback. Of other kinds the letter says all. */
export function LetterSubject(props: Props) {
  const me = useMe();
  const { kind } = props.letter;
  if (kind === 'message' && mayDo(me, 'messages:read', props.tenant)) return <OfMessage {...props} />;
  if (kind === 'event' && mayDo(me, 'events:read', props.tenant)) return <OfEvent {...props} />;
  if (kind === 'callback' && mayDo(me, 'callbacks:read', props.tenant)) return <OfCallback {...props} />;
  return null;
}

/** The message of a letter. Not read for a person who may not see messages. */
export function useMessageOf({ subject_id: id }: Pick<LetterDetail, 'subject_id'>, tenant: string, isAsked: boolean) {
  const me = useMe();
  return useQuery({
    queryKey: ['messages', 'page', tenant, id],
    queryFn: async ({ signal }) => ok(api.GET('/v1/messages/{id}', { params: { path: { id } }, ...headersOf(tenant), signal })),
    enabled: isAsked && mayDo(me, 'messages:read', tenant),
    retry: false,
  });
}

function OfMessage({ letter: { subject_id: id }, tenant }: Props) {
  const translate = useTranslate();
  const { data, error, refetch } = useMessageOf({ subject_id: id }, tenant, true);
  if (!data) return error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton rows={3} />;
  return (
    <div>
      <h3>
        <ClientLink tenant={tenant} to={`/messages/${id}`}>
          {translate('dead_letters.to_whom')}
        </ClientLink>{' '}
        <Phone value={data.to} />
      </h3>
      <MessageContent message={data.message} votes={data.votes} />
    </div>
  );
}

function OfEvent({ letter: { subject_id: id }, tenant }: Props) {
  const translate = useTranslate();
  const { data, error, refetch } = useQuery({
    queryKey: ['events', 'page', tenant, id],
    queryFn: async ({ signal }) => ok(api.GET('/v1/events/{id}', { params: { path: { id } }, ...headersOf(tenant), signal })),
    retry: false,
  });
  if (!data) return error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton rows={3} />;
  return (
    <div>
      <h3>
        <ClientLink tenant={tenant} to={`/events/${id}`}>
          {translate('dead_letters.the_event')}
        </ClientLink>{' '}
        <span className="mono mute">{data.name}</span>
      </h3>
      <pre className="code mono" dir="ltr">
        {JSON.stringify({ subject: data.subject, payload: data.payload }, null, 2)}
      </pre>
    </div>
  );
}

function OfCallback({ letter: { subject_id }, tenant }: Props) {
  const translate = useTranslate();
  const [id = '', eventId = ''] = subject_id.split('/');
  const { data, error, refetch } = useQuery({
    queryKey: ['endpoints', 'callback', tenant, subject_id],
    queryFn: async ({ signal }) =>
      ok(api.GET('/v1/callback-endpoints/{id}/callbacks/{eventId}', { params: { path: { id, eventId } }, ...headersOf(tenant), signal })),
    retry: false,
  });
  if (!data) return error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton rows={3} />;
  return (
    <div>
      <h3>
        {translate('dead_letters.the_callback')} <span className="mono mute">{data.type}</span>
      </h3>
      {data.body !== null && (
        <pre className="code mono" dir="ltr">
          {pretty(data.body)}
        </pre>
      )}
      <ul className="tries">
        {data.trail.toReversed().map(({ at, attempt, status, reason, duration_ms }) => (
          <li key={`${attempt}.${at}`}>
            <span className="num">{translate('dead_letters.try', { nr: attempt })}</span>
            <Time at={at} precise />
            <span className="mono">{status ?? reason}</span>
            <span className="num mute">{duration_ms} ms</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function pretty(body: unknown): string {
  if (typeof body !== 'string') return JSON.stringify(body, null, 2);
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
