import CheckOutlined from '@mui/icons-material/CheckOutlined';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { filterOf } from '../live/live-alerts';
import { Card } from '../parts/page';
import { Dash, Time } from '../parts/values';
import type { Overview } from './overview-queries';
import { ThrottledDrawer } from './throttled-drawer';

/** Query of a list without filters: an address without one would take those of the last visit. */
const everything = filterOf({});
/** Numbers that have a message due. */
const due = `/numbers?${filterOf({ due: 'true' })}`;

/** State of the engine: age of the oldest message that may be sent, refusals by pace, answers to hooks, calls, letters, numbers, workers, failing loops. */
export function EngineCard({ engine }: { engine: Overview['engine'] }) {
  const translate = useTranslate();
  const format = useFormat();
  const [showsThrottled, setThrottled] = useState(false);
  const isAlive = engine.workers_alive > 0;
  const hooks = engine.installation?.hooks;
  const within = (times: (number | null | undefined)[]) => {
    const known = times.flatMap((ms) => (typeof ms === 'number' ? [format.latency(ms)] : []));
    return known.length > 0 ? known.join(' · ') : <Dash />;
  };
  return (
    <Card
      title={translate('overview.engine')}
      acts={
        <span className="chip bare" data-state={isAlive ? 'read' : 'failed'}>
          {isAlive ? <CheckOutlined /> : <ErrorOutlineOutlined />}
          {translate(isAlive ? 'overview.workers' : 'overview.no_worker', {
            smart_count: engine.workers_alive,
            figure: format.number(engine.workers_alive),
          })}
        </span>
      }
    >
      <dl className="engine">
        <dt>{translate('overview.oldest')}</dt>
        <dd>
          {engine.oldest_due_seconds === null ? (
            translate('overview.nothing_due')
          ) : (
            <Link to={due}>{format.duration(Math.max(0, engine.oldest_due_seconds) * 1_000)}</Link>
          )}
        </dd>
        <dt>{translate('overview.lanes_due')}</dt>
        <dd>
          <Link to={due}>{format.number(engine.lanes_due)}</Link>
        </dd>
        <dt>{translate('overview.throttled')}</dt>
        <dd>
          {engine.throttled_last_hour === 0 ? (
            format.number(0)
          ) : (
            <button type="button" className="linked" onClick={() => setThrottled(true)}>
              {format.number(engine.throttled_last_hour)}
            </button>
          )}
        </dd>
        {engine.installation && (
          <>
            <dt>{translate('overview.hooks')}</dt>
            <dd>{within([hooks?.p50_ms, hooks?.p95_ms, hooks?.p99_ms])}</dd>
          </>
        )}
        {engine.callbacks && (
          <>
            <dt>{translate('overview.callbacks')}</dt>
            <dd>{within([engine.callbacks.p95_ms])}</dd>
          </>
        )}
        <dt>{translate('overview.open_letters')}</dt>
        <dd>
          {engine.open_dead_letters === null ? (
            <Dash />
          ) : (
            <Link to={`/dead-letters?${everything}`}>{format.number(engine.open_dead_letters)}</Link>
          )}
        </dd>
        <dt>{translate('overview.sending')}</dt>
        <dd>
          <Link to={`/numbers?${filterOf({ sending: 'true' })}`}>{format.number(engine.sessions_sending)}</Link>{' '}
          <Link to={`/numbers?${everything}`}>{translate('value.of', { of: format.number(engine.sessions) })}</Link>
        </dd>
      </dl>
      {showsThrottled && <ThrottledDrawer onClose={() => setThrottled(false)} />}
      {engine.installation && <FailingLoops loops={engine.installation.failing_loops} />}
    </Card>
  );
}

/** Background loops that fail, each with its process; what is not done meanwhile is made up for when it works again. */
function FailingLoops({ loops }: { loops: NonNullable<Overview['engine']['installation']>['failing_loops'] }) {
  const translate = useTranslate();
  if (loops.length === 0)
    return (
      <p className="chip bare loops" data-state="read">
        <CheckOutlined /> {translate('overview.loops_work')}
      </p>
    );
  return (
    <div className="loops">
      <p className="chip bare" data-state="failed">
        <ErrorOutlineOutlined /> {translate('overview.loops_fail', { smart_count: loops.length })}
      </p>
      <ul>
        {loops.map(({ service, host, loop, since }) => (
          <li key={`${service} ${host} ${loop}`}>
            <span>
              <span className="mono">{loop}</span>{' '}
              <span className="small mute">
                <bdi dir="ltr">
                  {service}, {host}
                </bdi>
              </span>
            </span>
            <Time at={since} />
          </li>
        ))}
      </ul>
    </div>
  );
}
