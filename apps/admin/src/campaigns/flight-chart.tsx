import { useTheme } from '@mui/material';
import { BarPlot } from '@mui/x-charts/BarChart';
import { ChartsContainer } from '@mui/x-charts/ChartsContainer';
import { ChartsGrid } from '@mui/x-charts/ChartsGrid';
import { ChartsTooltip } from '@mui/x-charts/ChartsTooltip';
import { ChartsXAxis } from '@mui/x-charts/ChartsXAxis';
import { ChartsYAxis } from '@mui/x-charts/ChartsYAxis';
import { useDrawingArea } from '@mui/x-charts/hooks';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { charts } from '../theme/tokens';
import { type FlightRow, type PauseBand, placeOf } from './flight-points';

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
        <ChartsContainer
          height={260}
          skipAnimation
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
          yAxis={[{ min: 0, width: 40, tickNumber: 3, disableLine: true, disableTicks: true, tickLabelStyle: tick }]}
          series={stacked.map((name) => ({
            type: 'bar' as const,
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
          <ChartsGrid horizontal />
          <Pauses rows={rows} stepMs={stepMs} pauses={pauses} />
          <BarPlot />
          <ChartsXAxis />
          <ChartsYAxis />
          <ChartsTooltip trigger="axis" />
        </ChartsContainer>
      </div>
    </>
  );
}

/** Bands behind the bars. */
function Pauses({ rows, stepMs, pauses }: { rows: FlightRow[]; stepMs: number; pauses: PauseBand[] }) {
  const translate = useTranslate();
  const { palette } = useTheme();
  const { top, height, left, width } = useDrawingArea();
  const bar = width / rows.length;
  return pauses.map((band) => {
    const place = placeOf(band, rows, stepMs);
    if (!place) return null;
    const x = left + place.from * bar;
    return (
      <g key={band.from.getTime()}>
        <rect x={x} y={top - 14} width={place.length * bar} height={height + 14} fill={palette.state.queued.soft} />
        <line x1={x} x2={x} y1={top - 14} y2={top + height} stroke={palette.state.queued.solid} strokeDasharray="2 3" />
        <text x={x + 4} y={top - 4} fontSize={11} fill={palette.text.secondary}>
          {translate('campaigns.paused_by', { name: band.by })}
        </text>
      </g>
    );
  });
}
