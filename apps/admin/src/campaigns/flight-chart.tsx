import { useTheme } from '@mui/material';
import { BarChart } from '@mui/x-charts/BarChart';
import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { charts } from '../theme/tokens';
import type { FlightRow } from './flight-points';

const stacked = ['read', 'delivered', 'sent', 'failed'] as const;

/** Messages a minute as stacked bars. */
export function FlightChart({
  rows,
  stepMs,
  over,
  legend,
  max,
}: {
  rows: FlightRow[];
  stepMs: number;
  /** Parts that lie over the place of the chart, whose axes and margins are fixed. */
  over: ReactNode;
  /** Further entries of the legend. */
  legend: ReactNode;
  /** Greatest figure of the axis; null: as the bars need. */
  max: number | null;
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
        {legend}
      </ul>
      <div dir="ltr" style={{ position: 'relative' }}>
        {over}
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
              ...(max !== null && { max }),
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
