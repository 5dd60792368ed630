import '@fontsource-variable/jetbrains-mono';
import CallMadeOutlined from '@mui/icons-material/CallMadeOutlined';
import DoneOutlined from '@mui/icons-material/DoneOutlined';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import ScheduleOutlined from '@mui/icons-material/ScheduleOutlined';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { Link, useParams } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { useEveryMs } from '../live/live-store';
import { ActButton } from '../parts/act-button';
import { CodeBlock } from '../parts/code-block';
import { prettyText, readObject } from '../parts/json-text';
import { NeedsClient } from '../parts/needs-client';
import { Card, Empty, Facts, Note, Page, PendingPage } from '../parts/page';
import { Refused } from '../parts/refused';
import { Rich } from '../parts/rich';
import { looks, StateChip } from '../parts/state-chip';
import { Id, Time } from '../parts/values';
import { useMay } from '../providers/acts';
import { api, ApiError, ok } from '../providers/client';
import { useNumberNames } from '../providers/number-names';
import { useTenant } from '../providers/tenant';
import { type DeliveryDetail, type Endpoint, reasonKey, useEndpoint } from './endpoints';
import '../parts/records.css';

/** One event for one endpoint: what became of it, each attempt, its body. */
export function DeliveryPage() {
  const translate = useTranslate();
  return (
    <NeedsClient title={translate('deliveries.title')}>
      <Read />
    </NeedsClient>
  );
}

function Read() {
  const translate = useTranslate();
  const { id = '', eventId = '' } = useParams();
  const tenant = useTenant();
  const endpoint = useEndpoint(id).data?.value;
  const everyMs = useEveryMs(3_000);
  const { data, error, refetch } = useQuery({
    queryKey: ['deliveries', 'one', tenant, id, eventId],
    queryFn: ({ signal }) => ok(api.GET('/v1/callback-endpoints/{id}/callbacks/{eventId}', { params: { path: { id, eventId } }, signal })),
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? everyMs : false),
  });
  const crumbs = [
    { to: '/endpoints', label: translate('endpoints.title') },
    { to: `/endpoints/${id}`, label: endpoint?.name ?? translate('endpoints.one') },
  ];
  if (data) return <Loaded delivery={data} endpoint={endpoint} endpointId={id} crumbs={crumbs} />;
  if (!(error instanceof ApiError && error.status === 404))
    return <PendingPage title={translate('deliveries.one')} crumbs={crumbs} error={error} retry={() => void refetch()} />;
  return (
    <Page title={translate('deliveries.one')} crumbs={crumbs}>
      <div className="table-box">
        <Empty title={translate('deliveries.purged')}>
          {translate('deliveries.purged_text')} <span className="mono mute">{error.code}</span>
        </Empty>
      </div>
    </Page>
  );
}

function Loaded({
  delivery,
  endpoint,
  endpointId,
  crumbs,
}: {
  delivery: DeliveryDetail;
  endpoint: Endpoint | undefined;
  endpointId: string;
  crumbs: { to: string; label: string }[];
}) {
  const translate = useTranslate();
  const queries = useQueryClient();
  const mayManage = useMay('callbacks:manage');
  const { event_id, type, state, body } = delivery;
  const replay = useMutation<unknown, ApiError>({
    mutationFn: () =>
      ok(
        api.POST('/v1/callback-endpoints/{id}/replay', {
          params: { path: { id: endpointId } },
          body: { event_ids: [event_id], dry_run: false },
        }),
      ),
    onSettled: () => Promise.all([['deliveries'], ['endpoints']].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
  return (
    <Page
      title={type}
      crumbs={crumbs}
      beside={<StateChip kind="callback" state={state} big />}
      acts={
        <ActButton
          variant="contained"
          startIcon={<ReplayOutlined />}
          off={mayManage === false ? translate('endpoints.may_not') : undefined}
          busy={replay.isPending && translate('endpoints.replay.busy')}
          onClick={() => replay.mutate()}
        >
          {translate(state === 'pending' ? 'deliveries.try_now' : 'deliveries.replay')}
        </ActButton>
      }
    >
      <Refused error={replay.error} />
      <Verdict delivery={delivery} held={endpoint && endpoint.state !== 'active' ? endpoint.state : undefined} endpointId={endpointId} />
      <div className="two-one">
        <div className="stack">
          <Card title={translate('deliveries.attempts')}>
            <Attempts delivery={delivery} isHeld={!!endpoint && endpoint.state !== 'active'} />
          </Card>
          <Card title={translate('deliveries.body')} note={translate('deliveries.body_note')}>
            {body === null ? (
              <Note state="queued" title={translate('deliveries.no_body')}>
                {translate('deliveries.no_body_text')} <span className="mono mute">callbacks:bodies</span>
              </Note>
            ) : (
              <CodeBlock text={prettyText(body)} name={translate('deliveries.body')} />
            )}
          </Card>
        </div>
        <div className="stack">
          <Card title={translate('deliveries.facts')}>
            <DeliveryFacts delivery={delivery} />
          </Card>
          <Card title={translate('deliveries.headers')}>
            <CodeBlock text={headersOf(delivery, endpointId, endpoint?.header_names ?? [])} name={translate('deliveries.headers')} />
            <p className="small mute" style={{ margin: '8px 0 0' }}>
              {translate('deliveries.headers_text')}
            </p>
          </Card>
        </div>
      </div>
    </Page>
  );
}

function Verdict({
  delivery,
  held,
  endpointId,
}: {
  delivery: DeliveryDetail;
  /** Set while the endpoint is not called. */
  held: 'paused' | 'disabled' | undefined;
  endpointId: string;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const { state, attempts, at, settled_at, next_attempt_at, last_reason, event_id } = delivery;
  const key = last_reason && reasonKey(last_reason);
  const after = settled_at ? format.duration(Math.max(0, Date.parse(settled_at) - Date.parse(at))) : '';
  const sentences = [
    translate(`deliveries.verdict.${state === 'pending' && held ? 'held' : state === 'pending' && attempts > 0 ? 'retried' : state}`, {
      after,
      count: attempts,
      at: next_attempt_at ? format.when(new Date(next_attempt_at)) : '',
    }),
    ...(state !== 'delivered' && key ? [translate(`${key}.text`), translate(`${key}.do`)] : []),
  ];
  return (
    <section className="verdict" data-state={looks.callback[state][0]} aria-live="polite">
      <span className="small">{translate('deliveries.became')}</span>
      <p>
        <Rich>{sentences.join(' ')}</Rich> {state !== 'delivered' && last_reason && <span className="mono mute">{last_reason}</span>}
      </p>
      {state === 'dead' && (
        <p className="verdict-link">
          <Link
            className="linked"
            to={`/dead-letters?filter=${encodeURIComponent(JSON.stringify({ kind: 'callback', cause: 'callback_undelivered' }))}`}
            title={`${endpointId}/${event_id}`}
          >
            {translate('deliveries.letters')}
          </Link>
        </p>
      )}
    </section>
  );
}

function Attempts({ delivery: { trail, at, next_attempt_at }, isHeld }: { delivery: DeliveryDetail; isHeld: boolean }) {
  const translate = useTranslate();
  const format = useFormat();
  let last = Date.parse(at);
  return (
    <ol className="timeline">
      <li>
        <span className="when">
          <Time at={at} precise />
        </span>
        <span className="mark" data-state="queued">
          <CallMadeOutlined />
        </span>
        <div>
          <h3>{translate('deliveries.happened')}</h3>
        </div>
      </li>
      {trail.map((attempt, index) => {
        const time = Date.parse(attempt.at);
        const gap = Math.max(0, time - last);
        last = time;
        const key = attempt.reason && reasonKey(attempt.reason);
        return (
          <li key={`${attempt.at}.${index}`}>
            <span className="when">
              <Time at={attempt.at} precise />
              <span className="gap">+ {format.duration(gap)}</span>
            </span>
            <span className="mark" data-state={attempt.reason ? 'failed' : 'read'}>
              {attempt.reason ? <ErrorOutlineOutlined /> : <DoneOutlined />}
            </span>
            <div>
              <h3>
                {translate('deliveries.attempt', { number: attempt.attempt })}
                {attempt.status !== null && <span className="mono">{attempt.status}</span>}
                {attempt.reason && <span className="mono mute">{attempt.reason}</span>}
                <span className="num mute">{format.duration(attempt.duration_ms)}</span>
              </h3>
              {key && <p>{translate(`${key}.text`)}</p>}
              {attempt.batch_id && (
                <p className="small mute">
                  {translate('deliveries.batch')}{' '}
                  <bdi dir="ltr" className="mono">
                    {attempt.batch_id}
                  </bdi>
                </p>
              )}
              {attempt.response && (
                <div className="code mono" dir="auto">
                  {attempt.response}
                </div>
              )}
            </div>
          </li>
        );
      })}
      {next_attempt_at && !isHeld && (
        <li>
          <span className="when">
            <Time at={next_attempt_at} />
          </span>
          <span className="mark" data-state="queued">
            <ScheduleOutlined />
          </span>
          <div>
            <h3>{translate('deliveries.next_attempt')}</h3>
          </div>
        </li>
      )}
    </ol>
  );
}

function DeliveryFacts({ delivery }: { delivery: DeliveryDetail }) {
  const translate = useTranslate();
  const number = useNumberNames().get(delivery.session_id ?? '');
  const read = delivery.body === null ? null : readObject(delivery.body);
  const data = (read?.ok ? read.value.data : undefined) as
    { message_id?: unknown; contact_id?: unknown; dead_letter_id?: unknown } | undefined;
  const isTest = read?.ok && read.value.test === true;
  const link = (to: string, id: unknown, key: string) =>
    typeof id === 'string' && (
      <Link className="linked" to={`${to}/${id}`}>
        {translate(`deliveries.${key}`)}
      </Link>
    );
  return (
    <Facts
      rows={[
        [translate('deliveries.test'), isTest && translate('deliveries.test_text')],
        [translate('deliveries.message'), !isTest && link('/messages', data?.message_id, 'the_message')],
        [translate('deliveries.contact'), !isTest && link('/contacts', data?.contact_id, 'the_contact')],
        [translate('deliveries.letter'), !isTest && link('/dead-letters', data?.dead_letter_id, 'the_letter')],
        [
          translate('deliveries.number'),
          delivery.session_id &&
            (number ? (
              <Link className="linked" to={`/numbers/${delivery.session_id}`}>
                {number.name}
              </Link>
            ) : (
              <Id value={delivery.session_id} short />
            )),
        ],
        [translate('deliveries.at'), <Time key="at" at={delivery.at} />],
        [translate('deliveries.settled'), delivery.settled_at && <Time at={delivery.settled_at} />],
        [translate('deliveries.event_id'), <Id key="id" value={delivery.event_id} />],
      ].map(([label, value]) => [label as string, value === false || value === undefined ? null : value])}
    />
  );
}

/** Headers of a POST, as a receiver sees them; values that nobody may see, or that differ each time, are named only. */
function headersOf({ event_id, trail }: DeliveryDetail, endpointId: string, own: string[]): string {
  return [
    `webhook-id: ${trail.at(-1)?.batch_id ?? event_id}`,
    'webhook-timestamp: <seconds>',
    'webhook-signature: v1,<base64>',
    `heliograph-endpoint: ${endpointId}`,
    'content-type: application/json',
    'user-agent: Heliograph',
    ...own.map((name) => `${name}: <…>`),
  ].join('\n');
}
