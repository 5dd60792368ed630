import ShowChartOutlined from '@mui/icons-material/ShowChartOutlined';
import TableChartOutlined from '@mui/icons-material/TableChartOutlined';
import { IconButton, Tooltip } from '@mui/material';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Card, Empty, Failed, Skeleton } from '../parts/page';
import { type Campaign, isMoving, useLog, useSeries } from './api';
import { type FlightRow, flightRows, pausesOf, waitsOf } from './flight-points';
import '../overview/overview.css';

const FlightChart = lazy(async () => ({ default: (await import('./flight-chart')).FlightChart }));

/** Messages by time and by what became of them, as a chart or as a table. */
export function FlightChartCard({ campaign }: { campaign: Campaign }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data, error, refetch } = useSeries(campaign.id, isMoving(campaign));
  const { data: log } = useLog(campaign);
  const [isTable, setTable] = useState(false);
  const isActive = ['processing', 'paused'].includes(campaign.state);
  const rows = useMemo(() => data && flightRows(data, isActive ? new Date() : null), [data, isActive]);
  const pauses = useMemo(() => pausesOf(log?.pages.flatMap((page) => page.data) ?? []), [log]);
  const waits = useMemo(() => (data ? waitsOf(data) : []), [data]);
  const [first, second] = rows ?? [];
  const step = first && second ? second.at.getTime() - first.at.getTime() : 60_000;
  const toggle = translate(isTable ? 'overview.as_chart' : 'overview.as_table');
  return (
    <Card
      title={translate('campaigns.chart')}
      note={rows && rows.length > 0 && translate('campaigns.chart_note', { duration: format.duration(step) })}
      acts={
        <Tooltip title={toggle}>
          <IconButton aria-label={toggle} onClick={() => setTable(!isTable)} sx={{ width: 28, height: 28 }}>
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
      ) : rows.length === 0 ? (
        <Empty title={translate('campaigns.chart_none')}>{translate('campaigns.chart_none_text')}</Empty>
      ) : isTable ? (
        <FlightTable rows={rows} />
      ) : (
        <Suspense fallback={<Skeleton rows={5} />}>
          <FlightChart rows={rows} stepMs={step} pauses={pauses} waits={waits} />
        </Suspense>
      )}
    </Card>
  );
}

function FlightTable({ rows }: { rows: FlightRow[] }) {
  const translate = useTranslate();
  const format = useFormat();
  const isThrottled = rows.some(({ throttled }) => throttled > 0);
  return (
    <div className="traffic-table" tabIndex={0} role="region" aria-label={translate('campaigns.chart')}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{translate('overview.time')}</th>
            {(['read', 'delivered', 'sent', 'failed'] as const).map((name) => (
              <th key={name} scope="col" className="end">
                {translate(`campaigns.counts.${name}`)}
              </th>
            ))}
            {isThrottled && (
              <th scope="col" className="end">
                {translate('campaigns.asked_to_wait')}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map(({ at, ...counts }) => (
            <tr key={at.getTime()}>
              <td className="num">{format.when(at)}</td>
              {(['read', 'delivered', 'sent', 'failed'] as const).map((name) => (
                <td key={name} className="end num">
                  {format.number(counts[name])}
                </td>
              ))}
              {isThrottled && <td className="end num">{format.number(counts.throttled)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
