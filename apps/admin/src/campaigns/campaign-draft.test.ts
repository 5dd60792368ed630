import { readAmount } from './amount';
import type { CampaignDraft } from './api';
import { fieldOf, firstOpenStep, instantOf, missingIn, newRules, paceOf, perMinuteOf, refusedOf, ruleSignals } from './campaign-draft';

const now = Date.parse('2026-11-24T14:31:00Z');
const draft: CampaignDraft = {
  name: 'Recall',
  audience: { include: [{ kind: 'list', id: 'a' }], exclude: [], max_people: null, random_order: false },
  message: { template_id: 'b', template_version: null, variables: {} },
  schedule: {
    start: 'now',
    at: null,
    local: null,
    time_zone: 'UTC',
    recipient_zone: false,
    windows: [],
    holidays: [],
    ends_at: null,
    max_late_min: 60,
  },
  numbers: { session_ids: [], tag: null, weights: {}, sticky: true, when_down: 'hold' },
  pace: { window_ms: 60_000, window_limit: null, daily_cap: null, weight: 1 },
  caps: { obeys: true, counts: true },
  requires_consent: true,
  check_numbers: false,
  stop_rules: [],
  retry: null,
};
const scheduled = (schedule: Partial<CampaignDraft['schedule']>): CampaignDraft => ({
  ...draft,
  schedule: { ...draft.schedule, ...schedule },
});

describe('a draft', () => {
  it('says what each step lacks, and opens at the first that lacks something', () => {
    expect(firstOpenStep(draft, now)).toBe('review');
    expect(firstOpenStep({ ...draft, message: { ...draft.message, template_id: null } }, now)).toBe('message');
    const empty = { ...draft, audience: { ...draft.audience, include: [] } };
    expect([missingIn('audience', empty, now), firstOpenStep(empty, now)]).toEqual(['include', 'audience']);
    expect(missingIn('audience', { ...draft, name: ' ' }, now)).toBe('name');
  });

  it('does not start in the past, nor end before it starts', () => {
    expect(missingIn('schedule', scheduled({ start: 'at', at: '2026-11-24T14:30:00Z' }), now)).toBe('at_past');
    expect(missingIn('schedule', scheduled({ start: 'at', at: '2026-11-24T15:00:00Z' }), now)).toBeNull();
    expect(missingIn('schedule', scheduled({ start: 'at', at: '2026-11-24T15:00:00Z', ends_at: '2026-11-24T14:50:00Z' }), now)).toBe(
      'ends_before',
    );
    expect(missingIn('schedule', scheduled({ ends_at: '2026-11-24T14:00:00Z' }), now)).toBe('ends_before');
  });

  it('keeps in the browser what the API would refuse', () => {
    const window = { days: [1], from: '09:00', to: '18:00' };
    expect(refusedOf(draft)).toEqual({});
    expect(refusedOf(scheduled({ start: 'at' }))).toEqual({ schedule: 'at' });
    expect(refusedOf(scheduled({ start: 'local' }))).toEqual({ schedule: 'local' });
    expect(refusedOf(scheduled({ windows: [{ ...window, days: [] }] }))).toEqual({ schedule: 'window_days' });
    expect(refusedOf(scheduled({ windows: [{ ...window, to: '09:00' }] }))).toEqual({ schedule: 'window_order' });
    expect(refusedOf({ ...draft, name: '  ' })).toEqual({ name: 'name' });
  });

  it('has a rule for each signal that can be turned on', () => {
    expect(ruleSignals.map((signal) => newRules[signal].signal)).toEqual(['failed', 'opted_out', 'undelivered']);
  });
});

describe('a pace', () => {
  it('is messages a minute, also less than one', () => {
    for (const rate of [0.25, 0.5, 1, 30, 80, 1_200]) expect(perMinuteOf(paceOf(draft.pace, rate))).toBe(rate);
    expect(paceOf(draft.pace, 0.5)).toMatchObject({ window_ms: 120_000, window_limit: 1 });
  });

  it('is none when the field is empty', () => {
    expect(perMinuteOf(paceOf({ ...draft.pace, window_limit: 20 }, null))).toBeNull();
    expect(perMinuteOf(paceOf(draft.pace, 0))).toBeNull();
  });
});

describe('a field', () => {
  it('gives the time back that it shows', () => {
    expect(fieldOf('2026-11-24T14:31:00.000Z')).toBe('2026-11-24T14:31');
    expect(instantOf('2026-11-24T14:31')).toBe('2026-11-24T14:31:00.000Z');
    expect([instantOf(''), instantOf('2026-13-01T00:00'), fieldOf(null)]).toEqual([null, null, '']);
  });

  it('hands on numbers within its bounds alone', () => {
    const bounds = { min: 1, max: 10, isOptional: false, isWhole: true };
    expect(['5', '10', '0', '11', '2.5', '', 'x'].map((text) => readAmount(text, bounds))).toEqual([
      5,
      10,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(readAmount('', { ...bounds, isOptional: true })).toBeNull();
    expect(readAmount('2.5', { ...bounds, isWhole: false })).toBe(2.5);
  });
});
