import '@fontsource-variable/jetbrains-mono';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { useClients } from '../layout/client-switcher';
import { useEveryMs } from '../live/live-store';
import { pathOfClient } from '../parts/client-link';
import { Empty, Failed, Note, Page, Skeleton } from '../parts/page';
import { looks, StateChip } from '../parts/state-chip';
import { Dash, Since, Time } from '../parts/values';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';

import '../parts/code.css';

type Broker = components['schemas']['Broker'];

/** Path of the list of refused messages, whatever the cause was. */
const refused = `/dead-letters?filter=${encodeURIComponent(JSON.stringify({ kind: 'broker' }))}`;

/** Brokers as workers report them: connected or not, what waits, what was refused. */
export function QueuesPage() {
  const translate = useTranslate();
  const { data, error, refetch } = useQuery<Broker[], ApiError>({
    queryKey: ['brokers'],
    queryFn: async ({ signal }) => (await ok(api.GET('/admin/v1/brokers', { signal }))).data,
    refetchInterval: useEveryMs(5_000),
  });
  return (
    <Page title={translate('queues.title')} note={translate('queues.note')}>
      {error ? (
        <div className="table-box">
          <Failed error={error} retry={() => void refetch()} />
        </div>
      ) : !data ? (
        <Skeleton />
      ) : data.length === 0 ? (
        <div className="table-box">
          <Empty title={translate('queues.empty')}>
            {translate('queues.empty_text')} <span className="mono">INGEST_SOURCES</span>
          </Empty>
        </div>
      ) : (
        <div className="stack" style={{ gap: 32 }}>
          {data.map((broker) => (
            <BrokerCard key={broker.name} broker={broker} />
          ))}
        </div>
      )}
    </Page>
  );
}

function BrokerCard({ broker }: { broker: Broker }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data: clients = [] } = useClients();
  const { name, kind, target, tenant_id, state, since, lag, stored, repeated, poison, set_aside, last_message_at, workers } = broker;
  const client = clients.find(({ id }) => id === tenant_id);
  const [hue, icon] = looks.broker[state];
  const error = workers.find((worker) => worker.error)?.error;
  const figure = (key: string, value: number | null, under?: string) => (
    <div>
      <span className="label">{translate(`queues.${key}`)}</span>
      <span className="figure">{value === null ? <Dash /> : format.number(value)}</span>
      <span className="under">{under ?? translate(`queues.${key}_under`)}</span>
    </div>
  );
  return (
    <section className="section" style={{ marginTop: 0 }} aria-label={name}>
      <header>
        <h2>{name}</h2>
        <StateChip kind="broker" state={state} />
        <span className="small mute">
          {translate(`queues.kinds.${kind}`)},{' '}
          <bdi dir="ltr" className="mono">
            {target}
          </bdi>
          , {tenant_id ? (client?.name ?? tenant_id) : translate('queues.shared')}
        </span>
      </header>
      <div className="wide-form" style={{ gap: 12 }}>
        {state !== 'connected' && (
          <Note state={hue} icon={icon} title={translate(`queues.trouble.${state}`)}>
            {translate(`queues.trouble.${state}_text`)} {error && <span className="mono">{error}</span>}
          </Note>
        )}
        <div className="strip">
          {figure('lag', lag)}
          {figure('stored', stored)}
          {figure('repeated', repeated)}
          <div>
            <span className="label">{translate('queues.poison')}</span>
            <span className="figure">{format.number(poison)}</span>
            <span className="under">
              {translate('queues.poison_under')}
              {poison > 0 && (
                <>
                  {' '}
                  <Link to={tenant_id ? pathOfClient(tenant_id, refused) : refused}>{translate('queues.poison_letters')}</Link>
                </>
              )}
            </span>
          </div>
          {set_aside > 0 && figure('set_aside', set_aside)}
        </div>
        <div className="table-box">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{translate('queues.worker')}</th>
                <th scope="col">{translate('queues.state')}</th>
                <th scope="col">{translate('queues.for')}</th>
                <th scope="col" className="narrow-hide">
                  {translate('queues.error')}
                </th>
                <th scope="col" className="end low">
                  {translate('queues.started')}
                </th>
              </tr>
            </thead>
            <tbody>
              {workers.map((worker) => (
                <tr key={`${worker.worker}.${worker.started_at}`}>
                  <td className="name">
                    <bdi dir="ltr" className="mono">
                      {worker.worker}
                    </bdi>
                  </td>
                  <td>
                    <StateChip kind="broker" state={worker.state} />
                  </td>
                  <td>
                    <Since at={worker.since} />
                  </td>
                  <td className="narrow-hide">{worker.error ? <span className="mono">{worker.error}</span> : <Dash />}</td>
                  <td className="end low">
                    <Time at={worker.started_at} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p className="small mute" style={{ margin: 0 }}>
          {translate('queues.last_message')} <Time at={last_message_at} /> · {translate('queues.changed')} <Time at={since} />
        </p>
      </div>
    </section>
  );
}
