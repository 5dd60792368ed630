import CheckOutlined from '@mui/icons-material/CheckOutlined';
import ErrorOutlined from '@mui/icons-material/ErrorOutlined';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { Card } from '../parts/page';
import { Dash } from '../parts/values';
import type { Overview } from './overview-queries';

/** State of the engine: age of the oldest message that may be sent, refusals by pace, letters, numbers, workers. */
export function EngineCard({ engine }: { engine: Overview['engine'] }) {
  const translate = useTranslate();
  const format = useFormat();
  const isAlive = engine.workers_alive > 0;
  return (
    <Card
      title={translate('overview.engine')}
      acts={
        <span className="chip bare" data-state={isAlive ? 'read' : 'failed'}>
          {isAlive ? <CheckOutlined /> : <ErrorOutlined />}
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
          {engine.oldest_due_seconds === null
            ? translate('overview.nothing_due')
            : format.duration(Math.max(0, engine.oldest_due_seconds) * 1_000)}
        </dd>
        <dt>{translate('overview.throttled')}</dt>
        <dd>{format.number(engine.throttled_last_hour)}</dd>
        <dt>{translate('overview.open_letters')}</dt>
        <dd>{engine.open_dead_letters === null ? <Dash /> : <Link to="/dead-letters">{format.number(engine.open_dead_letters)}</Link>}</dd>
        <dt>{translate('overview.sending')}</dt>
        <dd>
          <Link to="/numbers">
            {translate('overview.sending_of', { count: format.number(engine.sessions_sending), of: format.number(engine.sessions) })}
          </Link>
        </dd>
      </dl>
    </Card>
  );
}
