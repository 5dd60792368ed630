import { daysOf, monthDays, monthOf, nextMonth } from './month';

const now = new Date('2026-11-24T14:31:00Z');
const schedule = { start: 'now' as const, at: null, local: null };

describe('a month', () => {
  it('is shown in whole weeks from Monday', () => {
    const weeks = monthDays('2026-11');
    expect(weeks[0]?.[0]).toBe('2026-10-26');
    expect(weeks.at(-1)?.[6]).toBe('2026-12-06');
    expect(weeks.flat().filter((day) => day.startsWith('2026-11'))).toHaveLength(30);
    expect(monthDays('2027-02')).toHaveLength(4);
  });

  it('comes from the address, or is the one of now', () => {
    expect([monthOf('2027-01', now), monthOf('2027-13', now), monthOf(null, now)]).toEqual(['2027-01', '2026-11', '2026-11']);
    expect([nextMonth('2026-12', 1), nextMonth('2026-01', -1)]).toEqual(['2027-01', '2025-12']);
  });
});

describe('the days of a campaign', () => {
  it('are that of its start before it runs', () => {
    const launched = { launched_at: '2026-11-24T10:00:00Z', ended_at: null, state: 'scheduled' as const };
    expect(daysOf({ ...launched, schedule: { ...schedule, start: 'at', at: '2026-11-27T09:00:00Z' } }, now)).toEqual(['2026-11-27']);
    expect(daysOf({ ...launched, schedule: { ...schedule, start: 'local', local: '2026-11-28T09:00' } }, now)).toEqual(['2026-11-28']);
  });

  it('are all on which it ran', () => {
    const ended = { launched_at: '2026-11-20T10:00:00Z', ended_at: '2026-11-22T10:00:00Z', state: 'completed' as const, schedule };
    expect(daysOf(ended, now)).toEqual(['2026-11-20', '2026-11-21', '2026-11-22']);
    expect(daysOf({ ...ended, ended_at: null, state: 'processing' }, now)).toHaveLength(5);
  });

  it('are none before it is launched', () => {
    expect(daysOf({ launched_at: null, ended_at: null, state: 'draft', schedule }, now)).toEqual([]);
  });
});
