import { describe, expect, it } from 'vitest';
import { looks } from '../parts/state-chip';
import { countOf, listOf, sixCounts, sixNames } from './outcomes';
import { beginOf } from './overview-queries';
import { pointsOf } from './traffic-points';

describe('the six counts', () => {
  const counts = { accepted: 28, read: 1, delivered: 2, sent: 3, failed: 4, waiting: 5, uncertain: 6, unsent: 7 };

  it('have every state of a message in exactly one list', () => {
    const states = sixNames.flatMap((name) => [...sixCounts[name]]);
    expect([...states].sort()).toEqual(Object.keys(looks.message).sort());
    expect(new Set(states).size).toBe(states.length);
  });

  it('add up to what was accepted', () => {
    expect(sixNames.reduce((sum, name) => sum + countOf(counts, name), 0)).toBe(counts.accepted);
  });

  it('open the list of their states since the begin', () => {
    const query = new URLSearchParams(listOf('2026-11-24T00:00:00.000Z', 'read').split('?')[1]);
    expect(JSON.parse(query.get('filter') ?? '')).toEqual({ state: ['read', 'played'], created_from: '2026-11-24T00:00:00.000Z' });
  });
});

describe('the span of the overview', () => {
  it('begins at midnight here, today and days ago', () => {
    const now = new Date(2026, 10, 24, 14, 32);
    expect(beginOf('today', now)).toEqual(new Date(2026, 10, 24));
    expect(beginOf('7', now)).toEqual(new Date(2026, 10, 18));
  });
});

describe('the points of the chart', () => {
  const from = '2026-11-24T09:00:00.000Z';
  const traffic = { from, to: '2026-11-24T09:12:00.000Z', step_minutes: 5, points: [], week_before: [] };

  it('are there for every step, also without a message', () => {
    const rows = pointsOf({ ...traffic, points: [{ at: '2026-11-24T09:05:00.000Z', sent: 50, delivered: 20, failed: 1 }] });
    expect(rows.map(({ sent, failed }) => [sent, failed])).toEqual([
      [0, 0],
      [10, 1],
      [0, 0],
    ]);
  });

  it('begin with the hour of the first message', () => {
    const long = { ...traffic, from: '2026-11-24T00:00:00.000Z', to: '2026-11-24T12:00:00.000Z' };
    const rows = pointsOf({ ...long, points: [{ at: '2026-11-24T09:55:00.000Z', sent: 1, delivered: 0, failed: 0 }] });
    expect(rows[0]?.at).toEqual(new Date('2026-11-24T09:00:00.000Z'));
    expect(rows).toHaveLength(37);
  });

  it('divide the last step by the minutes that have passed', () => {
    const rows = pointsOf({ ...traffic, points: [{ at: '2026-11-24T09:10:00.000Z', sent: 20, delivered: 0, failed: 0 }] });
    expect(rows.at(-1)?.sent).toBe(10);
  });

  it('show a week before beside them, also for hours to come', () => {
    const rows = pointsOf({ ...traffic, week_before: [{ at: '2026-11-17T09:20:00.000Z', sent: 25, delivered: 0, failed: 0 }] });
    expect(rows.at(-1)).toMatchObject({ at: new Date('2026-11-24T09:20:00.000Z'), sent: null, before: 5 });
    expect(rows[0]).toMatchObject({ sent: 0, before: 0 });
  });
});
