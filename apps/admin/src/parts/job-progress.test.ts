import { describe, expect, it } from 'vitest';
import { isJobOpen, type Job, passedOf, timeLeft } from './job-progress';
import { isGrowing } from './spark';

const job = (over: Partial<Job>): Job => ({
  id: 'j',
  kind: 'dead_letters.redrive',
  state: 'running',
  filter: {},
  options: {},
  note: null,
  per_minute: null,
  actor: { kind: 'person', id: 'p', name: 'Ines' },
  created_at: '2026-11-24T12:00:00.000Z',
  started_at: '2026-11-24T12:00:00.000Z',
  ended_at: null,
  total: 100,
  done: 0,
  skipped: {},
  failed: 0,
  failed_ids: [],
  error: null,
  ...over,
});
const start = Date.parse('2026-11-24T12:00:00.000Z');

describe('the progress of a job', () => {
  it('counts what was done, left and failed alike', () => {
    expect(passedOf(job({ done: 20, skipped: { opted_out: 3, needs_consent: 2 }, failed: 1 }))).toBe(26);
  });

  it('estimates the time left by the pace so far', () => {
    expect(timeLeft(job({ done: 20, skipped: { opted_out: 5 } }), start + 10_000)).toBe(30_000);
  });

  it('estimates nothing before it has begun, at once, or at its end', () => {
    expect(timeLeft(job({ started_at: null, state: 'queued' }), start)).toBeUndefined();
    expect(timeLeft(job({}), start + 10_000)).toBeUndefined();
    expect(timeLeft(job({ done: 1 }), start + 100)).toBeUndefined();
    expect(timeLeft(job({ done: 100 }), start + 10_000)).toBeUndefined();
  });

  it('is open until it is done, stopped or failed', () => {
    const states = ['queued', 'running', 'done', 'cancelled', 'failed'] as const;
    expect(states.filter((state) => isJobOpen({ state }))).toEqual(['queued', 'running']);
  });
});

it('a trend grows when its last bar stands out from the others', () => {
  expect(isGrowing([0, 0, 1, 2, 12])).toBe(true);
  expect(isGrowing([5, 6, 5, 6, 7])).toBe(false);
  expect(isGrowing([0, 0, 0, 0, 2])).toBe(false);
  expect(isGrowing([9, 0, 0, 0, 0])).toBe(false);
});
