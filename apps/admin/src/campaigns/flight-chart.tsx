import { useTheme } from '@mui/material';
import { BarChart } from '@mui/x-charts/BarChart';
import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { charts } from '../theme/tokens';
import type { Band, FlightRow, PauseBand } from './flight-points';
import { placeOf } from './pause-place';

const stacked = ['read', 'delivered', 'sent', 'failed'] as const;

/** Messages a minute as stacked bars, with pauses, and the times in which the provider asked to wait, as bands behind them. */
export function FlightChart({
  rows,
  stepMs,
  pauses,
  waits,
  plan,
}: {
  rows: FlightRow[];
  stepMs: number;
  pauses: PauseBand[];
  waits: Band[];
  /** Lines of the plan over the bars, their entry in the legend, and the greatest figure of the axis that they are drawn for. */
  plan: { max: number; lines: ReactNode; legend: ReactNode } | null;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const { palette } = useTheme();
  const colours = charts[palette.mode];
  const tick = { fontSize: 11, fill: palette.text.disabled };
  const minutes = stepMs / 60_000;
  return (
    <>
      <ul className="legend">
        {stacked.map((name) => (
          <li key={name}>
            <i className="box" style={{ background: colours[name] }} />
            {translate(`campaigns.counts.${name}`)}
          </li>
        ))}
        {plan?.legend}
      </ul>
      <div dir="ltr" style={{ position: 'relative' }}>
        <Bands rows={rows} stepMs={stepMs} pauses={pauses} waits={waits} />
        {plan?.lines}
        <BarChart
          height={260}
          skipAnimation
          hideLegend
          grid={{ horizontal: true }}
          margin={{ left: 0, right: 8, top: 22, bottom: 0 }}
          aria-label={translate('campaigns.chart')}
          dataset={rows.map(({ at, ...counts }) => ({
            at,
            ...Object.fromEntries(stacked.map((name) => [name, counts[name] / minutes])),
          }))}
          xAxis={[
            {
              id: 'time',
              dataKey: 'at',
              scaleType: 'band',
              valueFormatter: (at: Date) => format.when(at),
              disableTicks: true,
              tickLabelStyle: tick,
              tickLabelMinGap: 40,
              height: 22,
              categoryGapRatio: 0.15,
            },
          ]}
          yAxis={[
            {
              min: 0,
              ...(plan && { max: plan.max }),
              width: 40,
              tickNumber: 3,
              tickMinStep: 1,
              disableLine: true,
              disableTicks: true,
              tickLabelStyle: tick,
            },
          ]}
          series={stacked.map((name) => ({
            id: name,
            dataKey: name,
            stack: 'people',
            label: translate(`campaigns.counts.${name}`),
            color: colours[name],
            valueFormatter: (value: number | null) =>
              value === null ? '' : translate('overview.a_minute', { figure: format.number(Math.round(value * 10) / 10) }),
          }))}
          sx={{ '& .MuiChartsGrid-line': { stroke: colours.grid } }}
        />
      </div>
    </>
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
