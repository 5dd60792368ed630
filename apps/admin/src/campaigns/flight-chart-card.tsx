import ShowChartOutlined from '@mui/icons-material/ShowChartOutlined';
import TableChartOutlined from '@mui/icons-material/TableChartOutlined';
import { IconButton, Tooltip } from '@mui/material';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Card, Empty, Failed, Skeleton } from '../parts/page';
import { type Campaign, isMoving, useLog, usePlan, useSeries } from './api';
import {
  type Band,
  type FlightRow,
  flightRows,
  type PauseBand,
  pausesOf,
  plannedIn,
  type PlannedRate,
  plannedRates,
  waitsOf,
} from './flight-points';
import { placeOf } from './pause-place';
import '../overview/overview.css';

const FlightChart = lazy(async () => ({ default: (await import('./flight-chart')).FlightChart }));

/** Messages by time and by what became of them, beside the plan, as a chart or as a table. @param isPlanned it was launched with a plan */
export function FlightChartCard({ campaign, isPlanned }: { campaign: Campaign; isPlanned: boolean }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data, error, refetch } = useSeries(campaign.id, isMoving(campaign));
  const { data: log } = useLog(campaign);
  const [isTable, setTable] = useState(false);
  const isActive = ['processing', 'paused'].includes(campaign.state);
  const rows = useMemo(() => data && flightRows(data, isActive ? new Date() : null), [data, isActive]);
  const pauses = useMemo(() => pausesOf(log?.pages.flatMap((page) => page.data) ?? []), [log]);
  const waits = useMemo(() => (data ? waitsOf(data) : []), [data]);
  const { data: forecast } = usePlan(campaign.id, isPlanned ? 'launched' : null);
  const rates = useMemo(() => (forecast ? plannedRates(forecast.days) : []), [forecast]);
  const [first, second] = rows ?? [];
  const step = first && second ? second.at.getTime() - first.at.getTime() : 60_000;
  const plan = planOf(rows ?? [], rates, step);
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
        <FlightTable rows={rows} rates={rates} stepMs={step} />
      ) : (
        <Suspense fallback={<Skeleton rows={5} />}>
          <FlightChart
            rows={rows}
            stepMs={step}
            over={
              <>
                <Bands rows={rows} stepMs={step} pauses={pauses} waits={waits} />
                {plan.lines}
              </>
            }
            legend={plan.legend}
            max={plan.max}
          />
        </Suspense>
      )}
    </Card>
  );
}

/** Bands behind the bars: over the same place as the bars of the chart, whose axes and margins are fixed. */
function Bands({ rows, stepMs, pauses, waits }: { rows: FlightRow[]; stepMs: number; pauses: PauseBand[]; waits: Band[] }) {
  const translate = useTranslate();
  const percent = (bars: number): string => `${(bars / rows.length) * 100}%`;
  const bands = [
    ...waits.map((band) => ({ band, kind: 'wait', words: translate('campaigns.asked_to_wait') })),
    ...pauses.map((band) => ({ band, kind: 'pause', words: translate('campaigns.paused_by', { name: band.by }) })),
  ];
  return (
    <div className="pause-bands">
      {bands.map(({ band, kind, words }) => {
        const place = placeOf(band, rows, stepMs);
        if (!place) return null;
        return (
          <span
            key={`${kind}${band.from.getTime()}`}
            data-kind={kind}
            style={{ insetInlineStart: percent(place.from), width: percent(place.length) }}
          >
            {words}
          </span>
        );
      })}
    </div>
  );
}

/** Share of the chart that stays free above the highest bar or line. */
const headroom = 0.06;

/** Returns the plan as the chart shows it. `max` null: it has no day that is on the chart. */
function planOf(rows: FlightRow[], rates: readonly PlannedRate[], stepMs: number) {
  const shown = rates.flatMap((rate) => {
    const place = placeOf(rate, rows, stepMs);
    return place ? [{ ...place, perMinute: rate.perMinute }] : [];
  });
  if (shown.length === 0) return { max: null, lines: null, legend: null };
  const bars = rows.map(({ read, delivered, sent, failed }) => ((read + delivered + sent + failed) / stepMs) * 60_000);
  const max = Math.max(1, ...bars, ...shown.map(({ perMinute }) => perMinute)) * (1 + headroom);
  return { max, lines: <PlanLines shown={shown} bars={rows.length} max={max} />, legend: <PlanLegend /> };
}

function PlanLines({ shown, bars, max }: { shown: { from: number; length: number; perMinute: number }[]; bars: number; max: number }) {
  return (
    <div className="plan-lines" aria-hidden>
      {shown.map(({ from, length, perMinute }) => (
        <i
          key={from}
          style={{
            insetInlineStart: `${(from / bars) * 100}%`,
            width: `${(length / bars) * 100}%`,
            insetBlockEnd: `${(perMinute / max) * 100}%`,
          }}
        />
      ))}
    </div>
  );
}

function PlanLegend() {
  const translate = useTranslate();
  return (
    <li>
      <i className="dashed" />
      {translate('campaigns.planned')}
    </li>
  );
}

function FlightTable({ rows, rates, stepMs }: { rows: FlightRow[]; rates: readonly PlannedRate[]; stepMs: number }) {
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
            {rates.length > 0 && (
              <th scope="col" className="end">
                {translate('campaigns.planned')}
              </th>
            )}
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
              {rates.length > 0 && <td className="end num">{format.number(Math.round(plannedIn(rates, at, stepMs)))}</td>}
              {isThrottled && <td className="end num">{format.number(counts.throttled)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
