import '@fontsource-variable/jetbrains-mono';
import EditOutlined from '@mui/icons-material/EditOutlined';
import PlayArrowOutlined from '@mui/icons-material/PlayArrowOutlined';
import SendOutlined from '@mui/icons-material/SendOutlined';
import { useState } from 'react';
import { ListBase, useTranslate } from 'react-admin';
import { useNavigate, useParams } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDialog } from '../parts/decision-dialog';
import { Filters } from '../parts/filters';
import { Table } from '../parts/list';
import { ListChanges } from '../parts/list-changes';
import { MoreMenu } from '../parts/more-menu';
import { NeedsClient } from '../parts/needs-client';
import { Card, Facts, Failed, Note, Page, PendingPage } from '../parts/page';
import { looks, StateChip } from '../parts/state-chip';
import { Dash, Id, Time } from '../parts/values';
import { useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useNumberNames } from '../providers/number-names';
import { EndpointForm } from './endpoint-form';
import { type Delivery, type Endpoint, lookOf, reasonKey, useCallbackTypes, useEndpoint, useEndpointAct } from './endpoints';
import { ReplayDrawer } from './replay-drawer';
import { SecretDialog } from './secret-dialog';
import { SignatureHelp } from './signature-help';
import { TestDrawer } from './test-drawer';
import { Spark, SuccessRate } from './traffic';
import '../parts/records.css';

/** One endpoint: its state, figures, deliveries and settings. */
export function EndpointPage() {
  const translate = useTranslate();
  return (
    <NeedsClient title={translate('endpoints.title')}>
      <Read />
    </NeedsClient>
  );
}

function Read() {
  const translate = useTranslate();
  const { id = '' } = useParams();
  const { data, error, refetch } = useEndpoint(id);
  const crumbs = [{ to: '/endpoints', label: translate('endpoints.title') }];
  if (data) return <Loaded endpoint={data.value} tag={data.tag} />;
  return <PendingPage title={translate('endpoints.title')} crumbs={crumbs} error={error} retry={() => void refetch()} />;
}

type Shown = 'edit' | 'test' | 'replay' | 'rotate' | 'remove' | null;

function Loaded({ endpoint, tag }: { endpoint: Endpoint; tag: string | null }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  const mayManage = useMay('callbacks:manage');
  const act = useEndpointAct();
  const [shown, setShown] = useState<Shown>(null);
  const [secret, setSecret] = useState<{ secret: string; isNew: boolean; until: string | null } | null>(null);
  const { id, name, state } = endpoint;
  const off = mayManage === false ? translate('endpoints.may_not') : undefined;
  const params = { params: { path: { id } } };
  const close = (): void => setShown(null);
  return (
    <Page
      title={name}
      crumbs={[{ to: '/endpoints', label: translate('endpoints.title') }]}
      beside={<StateChip kind="endpoint" state={lookOf(endpoint)} big />}
      acts={
        <>
          <ActButton variant="outlined" startIcon={<EditOutlined />} off={off} reason="tip" onClick={() => setShown('edit')}>
            {translate('endpoints.edit')}
          </ActButton>
          <ActButton variant="contained" startIcon={<SendOutlined />} off={off} reason="tip" onClick={() => setShown('test')}>
            {translate('endpoints.test.open')}
          </ActButton>
          <MoreMenu
            acts={[
              { key: 'replay', label: translate('endpoints.replay.open'), off, onDo: () => setShown('replay') },
              state === 'active'
                ? {
                    key: 'pause',
                    label: translate('endpoints.pause'),
                    off,
                    onDo: () => act.mutate(() => ok(api.POST('/v1/callback-endpoints/{id}/pause', params))),
                  }
                : {
                    key: 'resume',
                    label: translate('endpoints.resume'),
                    off,
                    onDo: () => act.mutate(() => ok(api.POST('/v1/callback-endpoints/{id}/resume', params))),
                  },
              {
                key: 'secret',
                label: translate('endpoints.show_secret'),
                off,
                onDo: () =>
                  act.mutate(async () => {
                    const answer = await ok(api.GET('/v1/callback-endpoints/{id}/secret', params));
                    setSecret({ secret: answer.secret, isNew: false, until: endpoint.previous_secret_until });
                  }),
              },
              { key: 'rotate', label: translate('endpoints.rotate.open'), off, onDo: () => setShown('rotate') },
              { key: 'remove', label: translate('endpoints.remove.open'), off, danger: true, onDo: () => setShown('remove') },
            ]}
          />
        </>
      }
    >
      {act.error && !shown && <Failed error={act.error} />}
      <Trouble
        endpoint={endpoint}
        off={off}
        isBusy={act.isPending}
        onResume={() => act.mutate(() => ok(api.POST('/v1/callback-endpoints/{id}/resume', params)))}
      />
      <Figures endpoint={endpoint} />
      <div className="two-one" style={{ marginTop: 16 }}>
        <Deliveries endpoint={endpoint} />
        <div className="stack">
          <Card title={translate('endpoints.settings')}>
            <EndpointFacts endpoint={endpoint} />
          </Card>
          <Card title={translate('endpoints.signature.card')}>
            <SignatureHelp />
          </Card>
        </div>
      </div>
      {shown === 'edit' && <EndpointForm endpoint={endpoint} tag={tag} onClose={close} />}
      {shown === 'test' && <TestDrawer endpoint={endpoint} onClose={close} />}
      {shown === 'replay' && <ReplayDrawer endpoint={endpoint} onClose={close} />}
      {shown === 'rotate' && (
        <DecisionDialog
          title={translate('endpoints.rotate.title')}
          button={translate('endpoints.rotate.act')}
          back={translate('outside.cancel')}
          act={act}
          onClose={close}
          onDo={() =>
            act.mutate(async () => {
              const rotated = await ok(api.POST('/v1/callback-endpoints/{id}/rotate-secret', params));
              setSecret({ secret: rotated.secret, isNew: true, until: rotated.previous_secret_until });
              close();
            })
          }
        >
          <p className="text">{translate('endpoints.rotate.text')}</p>
        </DecisionDialog>
      )}
      {shown === 'remove' && (
        <DecisionDialog
          title={translate('endpoints.remove.title', { name })}
          button={translate('endpoints.remove.act')}
          back={translate('endpoints.remove.keep')}
          isDanger
          act={act}
          onClose={close}
          onDo={() =>
            act.mutate(() => ok(api.DELETE('/v1/callback-endpoints/{id}', params)), { onSuccess: () => void navigate('/endpoints') })
          }
        >
          <p className="text">{translate('endpoints.remove.text', { count: endpoint.pending })}</p>
        </DecisionDialog>
      )}
      {secret && <SecretDialog secret={secret.secret} isNew={secret.isNew} overlapUntil={secret.until} onClose={() => setSecret(null)} />}
    </Page>
  );
}

/** Says what is wrong with an endpoint, why, and what to do. */
function Trouble({
  endpoint,
  off,
  isBusy,
  onResume,
}: {
  endpoint: Endpoint;
  off: string | undefined;
  isBusy: boolean;
  onResume: () => void;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const look = lookOf(endpoint);
  if (look === 'active') return null;
  const at = (time: string | null): string => (time ? format.full(new Date(time)) : '');
  const [hue, icon] = looks.endpoint[look];
  const { disabled_reason, failing_since, closed_until, changed_at, changed_by, failures, pending } = endpoint;
  const key = look !== 'disabled' ? look : disabled_reason === 'gone' ? 'disabled_gone' : 'disabled_failing';
  return (
    <Note
      state={hue}
      icon={icon}
      title={translate(`endpoints.trouble.${key}`, {
        at: at(look === 'asked_to_wait' ? closed_until : look === 'failing' ? failing_since : changed_at),
        name: changed_by?.name ?? '',
      })}
      acts={
        (look === 'paused' || look === 'disabled') && (
          <ActButton variant="outlined" startIcon={<PlayArrowOutlined />} off={off} reason="tip" busy={isBusy} onClick={onResume}>
            {translate('endpoints.resume')}
          </ActButton>
        )
      }
    >
      {translate(`endpoints.trouble.${key}_text`, {
        count: format.number(look === 'failing' ? failures : pending),
        since: at(failing_since),
      })}
      {look === 'disabled' && <span className="mono mute"> {disabled_reason}</span>}
    </Note>
  );
}

function Figures({ endpoint: { last_day, pending, dropped } }: { endpoint: Endpoint }) {
  const translate = useTranslate();
  const format = useFormat();
  return (
    <div className="strip">
      <div>
        <span className="label">{translate('endpoints.accepted_day')}</span>
        <span className="figure">{last_day.calls === 0 ? <Dash /> : format.share(last_day.calls - last_day.failed, last_day.calls)}</span>
        <span className="under">
          <SuccessRate day={last_day} />
        </span>
      </div>
      <div>
        <span className="label">{translate('endpoints.p95')}</span>
        <span className="figure">{last_day.p95_ms === null ? <Dash /> : format.duration(last_day.p95_ms)}</span>
        <span className="under">{translate('endpoints.p95_under')}</span>
      </div>
      <div>
        <span className="label">{translate('endpoints.waiting')}</span>
        <span className="figure">{format.number(pending)}</span>
        <span className="under">
          {translate(dropped > 0 ? 'endpoints.dropped' : 'endpoints.none_dropped', { count: format.number(dropped) })}
        </span>
      </div>
      <div>
        <span className="label">{translate('endpoints.last_day')}</span>
        <Spark day={last_day} label={translate('endpoints.last_day')} />
      </div>
    </div>
  );
}

/** Deliveries of the endpoint, newest first, with filters in the address. */
function Deliveries({ endpoint: { id, state: endpointState } }: { endpoint: Endpoint }) {
  const translate = useTranslate();
  const format = useFormat();
  const types = useCallbackTypes();
  const [now] = useState(() => Date.now());
  const since = (hours: number): string => new Date(now - hours * 3_600_000).toISOString();
  return (
    <ListBase resource="deliveries" perPage={25} storeKey={false} filter={{ endpoint_id: id }} key={id}>
      <section className="stack" style={{ gap: 0 }} aria-label={translate('deliveries.title')}>
        <div className="row" style={{ minHeight: 32, marginBottom: 8 }}>
          <h2 style={{ margin: 0, fontSize: 15, lineHeight: '22px', fontWeight: 600 }}>{translate('deliveries.title')}</h2>
        </div>
        <Filters
          filters={[
            {
              source: 'state',
              label: translate('deliveries.state'),
              choices: Object.keys(looks.callback).map((value) => ({ value, label: translate(`state.callback.${value}`) })),
            },
            { source: 'type', label: translate('deliveries.type'), choices: types.map(({ type }) => ({ value: type, label: type })) },
            {
              source: 'from',
              label: translate('deliveries.since'),
              choices: [1, 24, 168].map((hours) => ({ value: since(hours), label: translate('deliveries.hours', { smart_count: hours }) })),
              show: (value) => (Number.isNaN(Date.parse(value)) ? value : format.when(new Date(value))),
            },
            { source: 'about', label: translate('deliveries.about') },
          ]}
        />
        <ListChanges<Delivery & { id: string }> name="deliveries" timeOf={({ at }) => at} filter={{ endpoint_id: id }} />
        <Table<Delivery & { id: string }>
          linkOf={({ event_id }) => `/endpoints/${id}/deliveries/${event_id}`}
          columns={[
            { key: 'type', label: translate('deliveries.type'), render: ({ type }) => <span className="mono">{type}</span> },
            { key: 'state', label: translate('deliveries.state'), render: ({ state }) => <StateChip kind="callback" state={state} /> },
            {
              key: 'answer',
              label: translate('deliveries.last_answer'),
              render: (row) => <LastAnswer delivery={row} />,
              narrowHide: true,
            },
            {
              key: 'attempts',
              label: translate('deliveries.attempts'),
              render: ({ attempts }) => format.number(attempts),
              end: true,
              narrowHide: true,
            },
            {
              key: 'next',
              label: translate('deliveries.next'),
              render: ({ next_attempt_at }) =>
                endpointState !== 'active' && next_attempt_at ? translate('deliveries.when_resumed') : <Time at={next_attempt_at} />,
              end: true,
              low: true,
              narrowHide: true,
            },
            { key: 'at', label: translate('deliveries.at'), render: ({ at }) => <Time at={at} />, end: true },
          ]}
          empty={{ title: translate('deliveries.empty'), text: translate('deliveries.empty_text') }}
        />
      </section>
    </ListBase>
  );
}

function LastAnswer({ delivery: { last_status, last_reason } }: { delivery: Delivery }) {
  const translate = useTranslate();
  if (last_status === null && last_reason === null) return <Dash />;
  const key = last_reason && reasonKey(last_reason);
  return (
    <span className="row" style={{ gap: 6 }}>
      {last_status !== null && <span className="num mono">{last_status}</span>}
      {last_reason && last_reason !== 'status' && <span className="mute">{key ? translate(`${key}.short`) : last_reason}</span>}
    </span>
  );
}

function EndpointFacts({ endpoint }: { endpoint: Endpoint }) {
  const translate = useTranslate();
  const numbers = useNumberNames();
  const say = (key: string, options?: Record<string, unknown>): string => translate(`endpoints.${key}`, options);
  const { types, session_ids, header_names, created_by, changed_by } = endpoint;
  return (
    <Facts
      rows={[
        [
          say('url'),
          <bdi key="url" dir="ltr" className="mono" style={{ overflowWrap: 'anywhere' }}>
            {endpoint.url}
          </bdi>,
        ],
        [say('events'), types === null ? say('all_events') : <span className="mono">{types.join(', ')}</span>],
        [say('numbers'), session_ids === null ? say('all_numbers') : session_ids.map((one) => numbers.get(one)?.name ?? one).join(', ')],
        [say('only_actionable'), endpoint.only_actionable && say('yes')],
        [say('ordered'), say(endpoint.ordered ? 'yes' : 'no')],
        [say('batch'), endpoint.batch_size > 1 && String(endpoint.batch_size)],
        [say('pace'), say('pace_text', { rate: endpoint.rate_per_s, open: endpoint.concurrency })],
        [say('headers'), header_names.length > 0 && <span className="mono">{header_names.join(', ')}</span>],
        [say('previous_secret'), endpoint.previous_secret_until && <Time at={endpoint.previous_secret_until} />],
        [say('created'), <Made key="created" at={endpoint.created_at} by={created_by?.name} />],
        [say('changed'), endpoint.changed_at && <Made at={endpoint.changed_at} by={changed_by?.name} />],
        [translate('outside.id'), <Id key="id" value={endpoint.id} />],
      ].map(([label, value]) => [label as string, value === false ? null : value])}
    />
  );
}

function Made({ at, by }: { at: string; by: string | undefined }) {
  return (
    <span className="row" style={{ gap: 6 }}>
      <Time at={at} /> {by && <span className="mute">{by}</span>}
    </span>
  );
}
