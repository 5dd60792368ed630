import { useTheme } from '@mui/material';
import { BarChart } from '@mui/x-charts/BarChart';
import { useDrawingArea, useXScale } from '@mui/x-charts/hooks';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { charts } from '../theme/tokens';
import { type FlightRow, type PauseBand, placesOf } from './flight-points';

const stacked = ['read', 'delivered', 'sent', 'failed'] as const;

/** Messages a minute as stacked bars, with pauses as bands behind them. */
export function FlightChart({ rows, stepMs, pauses }: { rows: FlightRow[]; stepMs: number; pauses: PauseBand[] }) {
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
      </ul>
      <div dir="ltr">
        <BarChart
          height={260}
          skipAnimation
          hideLegend
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
          grid={{ horizontal: true }}
          yAxis={[{ min: 0, width: 40, tickNumber: 3, disableLine: true, disableTicks: true, tickLabelStyle: tick }]}
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
        >
          <Pauses rows={rows} pauses={pauses} />
        </BarChart>
      </div>
    </>
  );
}

function Pauses({ rows, pauses }: { rows: FlightRow[]; pauses: PauseBand[] }) {
  const translate = useTranslate();
  const { palette } = useTheme();
  const { top, height, left, width } = useDrawingArea();
  const scale = useXScale<'band'>('time');
  const step = scale.step();
  return pauses.map((band) => {
    const places = placesOf(band, rows);
    if (!places) return null;
    const x = (scale((rows[places.first] as FlightRow).at) ?? left) - (step - scale.bandwidth()) / 2;
    const wide = Math.min(places.count * step, left + width - x);
    const words = translate('campaigns.paused_by', { name: band.by });
    return (
      <g key={band.from.getTime()}>
        <rect x={x} y={top - 14} width={wide} height={height + 14} fill={palette.state.queued.soft} />
        <line x1={x} x2={x} y1={top - 14} y2={top + height} stroke={palette.state.queued.solid} strokeDasharray="2 3" />
        <text x={x + 4} y={top - 4} fontSize={11} fill={palette.text.secondary}>
          {words}
        </text>
      </g>
    );
  });
}
