import { describe, expect, it } from 'vitest';
import { barsOf } from './shared-report';

const point = (minute: number, sent: number) => ({
  at: new Date(Date.UTC(2026, 10, 24, 9, minute)).toISOString(),
  read: 0,
  delivered: 0,
  sent,
  failed: 0,
  throttled: 0,
});

describe('the bars of a report', () => {
  it('are as many as there are steps, also those in which nothing left', () => {
    const { bars, stepMinutes } = barsOf({ step_minutes: 1, points: [point(0, 3), point(3, 2)] }, 60);
    expect(stepMinutes).toBe(1);
    expect(bars.map(({ sent }) => sent)).toEqual([3, 0, 0, 2]);
  });

  it('are joined when there are too many, and lose no message', () => {
    const points = Array.from({ length: 50 }, (_, i) => point(i, i));
    const { bars, stepMinutes } = barsOf({ step_minutes: 1, points }, 20);
    expect(stepMinutes).toBe(3);
    expect(bars.length).toBeLessThanOrEqual(20);
    expect(bars.reduce((sum, { sent }) => sum + sent, 0)).toBe((49 * 50) / 2);
  });

  it('are none before the first message left', () => {
    expect(barsOf({ step_minutes: 1, points: [] }, 60).bars).toEqual([]);
  });
});
