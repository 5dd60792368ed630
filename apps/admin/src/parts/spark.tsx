import { useTranslate } from 'react-admin';

const bar = 4;
const gap = 2;
const height = 22;

/** Growth that counts as an alarm: the last bar is this many times the mean of the others. */
const alarming = 3;

/** True when most of the figures came in the last bar. */
export function isGrowing(figures: number[]): boolean {
  const last = figures.at(-1) ?? 0;
  const before = figures.slice(0, -1);
  const mean = before.reduce((sum, figure) => sum + figure, 0) / Math.max(1, before.length);
  return last >= 3 && last > alarming * mean;
}

/** Bars of a trend, the oldest first; what grows is coloured. Time runs left to right in every language. */
export function Spark({ figures, label }: { figures: number[]; label: string }) {
  const translate = useTranslate();
  const max = Math.max(1, ...figures);
  const grows = isGrowing(figures);
  return (
    <svg
      className="spark"
      width={figures.length * (bar + gap) - gap}
      height={height}
      role="img"
      aria-label={`${label}${grows ? `, ${translate('trend.grows')}` : ''}`}
      data-state={grows ? 'failed' : undefined}
    >
      {figures.map((figure, at) => {
        const tall = figure === 0 ? 1 : Math.max(2, (figure / max) * (height - 2));
        return (
          <rect
            key={at}
            x={at * (bar + gap)}
            y={height - tall}
            width={bar}
            height={tall}
            className={figure === 0 ? 'none' : grows && at === figures.length - 1 ? 'last' : undefined}
          />
        );
      })}
    </svg>
  );
}
