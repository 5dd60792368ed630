import { useTheme } from '@mui/material';
import { BarChart } from '@mui/x-charts/BarChart';
import { lineClasses, LineChart } from '@mui/x-charts/LineChart';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { charts } from '../theme/tokens';
import type { TrafficRow } from './traffic-points';

const margin = { left: 0, right: 8, top: 8, bottom: 0 };
const axisWidth = 40;

/** Messages a minute as lines, and failures under them on a scale of their own. */
export function TrafficChart({ rows, hasBefore }: { rows: TrafficRow[]; hasBefore: boolean }) {
  const translate = useTranslate();
  const format = useFormat();
  const { palette } = useTheme();
  const colours = charts[palette.mode];
  const muted = palette.text.disabled;
  const tick = { fontSize: 11, fill: muted };
  const rate = (value: number | null): string =>
    value === null ? '' : translate('overview.a_minute', { figure: format.number(Math.round(value * 10) / 10) });
  const when = (at: Date): string => format.when(at);
  // Without failures the scale has no length of its own.
  const mostFailed = Math.max(1, ...rows.map(({ failed }) => failed ?? 0));
  return (
    <>
      <ul className="legend">
        <li>
          <i style={{ background: colours.sent }} />
          {translate('overview.counts.sent')}
        </li>
        <li>
          <i style={{ background: colours.delivered }} />
          {translate('overview.counts.delivered')}
        </li>
        {hasBefore && (
          <li>
            <i className="dashed" />
            {translate('overview.week_before')}
          </li>
        )}
        <li>
          <i className="box" style={{ background: colours.failed }} />
          {translate('overview.failed_scale')}
        </li>
      </ul>
      <div dir="ltr">
        <LineChart
          height={198}
          skipAnimation
          hideLegend
          margin={margin}
          dataset={rows.map((row) => ({ ...row }))}
          aria-label={translate('overview.traffic')}
          xAxis={[
            {
              dataKey: 'at',
              scaleType: 'time',
              valueFormatter: when,
              disableLine: true,
              disableTicks: true,
              tickLabelStyle: { display: 'none' },
              // Room for half of the zero beside it.
              height: 12,
            },
          ]}
          yAxis={[{ min: 0, width: axisWidth, tickNumber: 3, disableLine: true, disableTicks: true, tickLabelStyle: tick }]}
          grid={{ horizontal: true }}
          series={[
            ...(hasBefore
              ? [
                  {
                    id: 'before',
                    dataKey: 'before',
                    label: translate('overview.week_before'),
                    color: muted,
                    showMark: false,
                    valueFormatter: rate,
                  },
                ]
              : []),
            {
              id: 'delivered',
              dataKey: 'delivered',
              label: translate('overview.counts.delivered'),
              color: colours.delivered,
              showMark: false,
              valueFormatter: rate,
            },
            {
              id: 'sent',
              dataKey: 'sent',
              label: translate('overview.counts.sent'),
              color: colours.sent,
              showMark: false,
              area: true,
              valueFormatter: rate,
            },
          ]}
          sx={{
            [`& .${lineClasses.area}`]: { fillOpacity: 0.12 },
            '& [data-series="before"]': { strokeDasharray: '3 3', strokeWidth: 1.5 },
            '& .MuiChartsGrid-line': { stroke: colours.grid },
          }}
        />
        <BarChart
          height={84}
          skipAnimation
          hideLegend
          margin={margin}
          dataset={rows.map((row) => ({ ...row, failed: row.failed ?? 0 }))}
          aria-label={translate('overview.failed_scale')}
          xAxis={[
            {
              dataKey: 'at',
              scaleType: 'band',
              valueFormatter: when,
              disableTicks: true,
              tickLabelStyle: tick,
              tickLabelMinGap: 40,
              height: 22,
            },
          ]}
          yAxis={[
            {
              min: 0,
              max: mostFailed,
              width: axisWidth,
              tickNumber: 1,
              tickMinStep: 1,
              disableLine: true,
              disableTicks: true,
              tickLabelStyle: tick,
            },
          ]}
          series={[{ dataKey: 'failed', label: translate('overview.counts.failed'), color: colours.failed }]}
        />
      </div>
    </>
  );
}
