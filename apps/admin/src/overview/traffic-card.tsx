import ShowChartOutlined from '@mui/icons-material/ShowChartOutlined';
import TableChartOutlined from '@mui/icons-material/TableChartOutlined';
import { IconButton, Tooltip } from '@mui/material';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Card, Empty, Failed, Skeleton } from '../parts/page';
import { type Span, useTraffic } from './overview-queries';
import { pointsOf, type TrafficRow } from './traffic-points';

const TrafficChart = lazy(async () => ({ default: (await import('./traffic-chart')).TrafficChart }));

/** Messages a minute over time, as a chart or as a table. */
export function TrafficCard({ span }: { span: Span }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data, error, refetch } = useTraffic(span);
  const [isTable, setTable] = useState(false);
  const rows = useMemo(() => data && pointsOf(data), [data]);
  const isEmpty = rows?.every(({ sent, failed, before }) => !sent && !failed && !before);
  return (
    <Card
      title={translate('overview.traffic')}
      note={data && translate('overview.traffic_step', { duration: format.duration(data.step_minutes * 60_000) })}
      acts={
        <Tooltip title={translate(isTable ? 'overview.as_chart' : 'overview.as_table')}>
          <IconButton
            aria-label={translate(isTable ? 'overview.as_chart' : 'overview.as_table')}
            onClick={() => setTable(!isTable)}
            sx={{ width: 28, height: 28 }}
          >
            {isTable ? <ShowChartOutlined /> : <TableChartOutlined />}
          </IconButton>
        </Tooltip>
      }
      pad={!isTable}
    >
      {error && !rows ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !rows ? (
        <Skeleton rows={5} />
      ) : isEmpty ? (
        <Empty title={translate('overview.traffic_none')}>{translate('overview.traffic_none_text')}</Empty>
      ) : isTable ? (
        <TrafficTable rows={rows} />
      ) : (
        <Suspense fallback={<Skeleton rows={5} />}>
          <TrafficChart rows={rows} hasBefore={!!data?.week_before.length} />
        </Suspense>
      )}
    </Card>
  );
}

function TrafficTable({ rows }: { rows: TrafficRow[] }) {
  const translate = useTranslate();
  const format = useFormat();
  const shown = rows.filter(({ total }) => total.sent + total.delivered + total.failed > 0).reverse();
  return (
    <div className="traffic-table" tabIndex={0} role="region" aria-label={translate('overview.traffic')}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{translate('overview.time')}</th>
            <th scope="col" className="end">
              {translate('overview.counts.sent')}
            </th>
            <th scope="col" className="end">
              {translate('overview.counts.delivered')}
            </th>
            <th scope="col" className="end">
              {translate('overview.counts.failed')}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ at, total }) => (
            <tr key={at.getTime()}>
              <td>{format.when(at)}</td>
              <td className="end num">{format.number(total.sent)}</td>
              <td className="end num">{format.number(total.delivered)}</td>
              <td className="end num">{format.number(total.failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
