import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import type { Endpoint } from './endpoints';
import '../parts/code.css';

const hour = 3_600_000;
const hours = 24;

/** Calls of the last 24 hours as bars, failed ones in the colour of failures; the figures are said in words. */
export function Spark({ day, label }: { day: Endpoint['last_day']; label?: string }) {
  const translate = useTranslate();
  const format = useFormat();
  const now = Math.floor(Date.now() / hour) * hour;
  const byHour = new Map(day.hours.map((one) => [Math.floor(Date.parse(one.at) / hour) * hour, one]));
  const bars = Array.from({ length: hours }, (_, at) => byHour.get(now - (hours - 1 - at) * hour));
  const maxCalls = Math.max(1, ...bars.map((bar) => bar?.calls ?? 0));
  const words = translate('endpoints.spark', {
    label: label ?? '',
    calls: format.number(day.calls),
    failed: format.number(day.failed),
  });
  return (
    <svg className="hour-bars" viewBox={`0 0 ${hours * 6} 40`} preserveAspectRatio="none" role="img" aria-label={words.trim()}>
      {bars.map((bar, at) => {
        const calls = bar?.calls ?? 0;
        const height = calls === 0 ? 1 : Math.max(3, (calls / maxCalls) * 38);
        const bad = bar && bar.failed > 0 ? Math.max(2, (bar.failed / calls) * height) : 0;
        return (
          <g key={at}>
            <rect className={calls === 0 ? 'none' : 'ok'} x={at * 6 + 1} width={4} y={40 - height} height={height - bad} />
            {bad > 0 && <rect className="bad" x={at * 6 + 1} width={4} y={40 - bad} height={bad} />}
          </g>
        );
      })}
    </svg>
  );
}

/** Share of calls that were accepted, with its figures; a dash without calls. */
export function SuccessRate({ day: { calls, failed } }: { day: Endpoint['last_day'] }) {
  const translate = useTranslate();
  const format = useFormat();
  if (calls === 0) return <span className="mute">{translate('endpoints.no_calls')}</span>;
  return (
    <span className="num nowrap">
      {format.share(calls - failed, calls)} <span className="mute">{translate('value.of', { of: format.number(calls) })}</span>
    </span>
  );
}
