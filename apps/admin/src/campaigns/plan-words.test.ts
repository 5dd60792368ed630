import { en } from '../i18n/en';
import { leftOutOf, momentOf, planSentences, unsentKey } from './plan-words';

const format = { number: (value: number) => value.toLocaleString('en-GB'), moment: (at: Date) => at.toISOString() };
const any = { windows: [], holidays: [], recipient_zone: false, time_zone: 'Europe/London' };
const window = { days: [1, 2, 3, 4, 5], from: '09:00', to: '20:00' };
const number = (messages: number) => ({ messages });
const plan = {
  people: 50_236,
  skips: { no_consent: 1_092, opted_out: 688 },
  numbers: [number(25_000), number(25_236), number(0)],
  first_send_at: '2026-11-25T09:00:00.000Z',
  last_send_at: '2026-11-26T12:45:00.000Z',
  budget_today: 18_000,
  paused_campaigns: 0,
};
const keys = (sentences: { key: string }[]): string[] => sentences.map(({ key }) => key.replace('campaigns.plan.', ''));

describe('the flight plan in words', () => {
  it('says who gets the message, from how many numbers, when, and who does not', () => {
    const sentences = planSentences(plan, any, 'Brightwater Dental', format);
    expect(sentences).toEqual([
      { key: 'campaigns.plan.people', options: { smart_count: 50_236, people: '50,236', client: 'Brightwater Dental' } },
      { key: 'campaigns.plan.numbers', options: { smart_count: 2, numbers: '2' } },
      { key: 'campaigns.plan.from_to', options: { first: plan.first_send_at, last: plan.last_send_at } },
      { key: 'campaigns.plan.left_out', options: { smart_count: 1_780, people: '1,780' } },
    ]);
  });

  it('says how many may leave today, when that is not all, and today is when it begins', () => {
    const first = new Date(plan.first_send_at);
    const at = (over: object, now: Date) => planSentences({ ...plan, ...over }, any, '', format, now);
    expect(at({}, first)).toContainEqual({ key: 'campaigns.plan.budget', options: { figure: '18,000' } });
    expect(keys(at({}, new Date(first.getTime() - 3 * 86_400_000)))).not.toContain('budget');
    expect(keys(at({ budget_today: null }, first))).not.toContain('budget');
    expect(keys(at({ budget_today: plan.people }, first))).not.toContain('budget');
  });

  it('says when nothing leaves, and where that is', () => {
    expect(keys(planSentences(plan, { ...any, windows: [window], holidays: ['GB'] }, '', format))).toContain('windows');
    const own = keys(planSentences(plan, { ...any, windows: [window], recipient_zone: true }, '', format));
    expect(own).toContain('windows_own');
    expect(own).not.toContain('windows');
    expect(keys(planSentences(plan, { ...any, holidays: ['GB'] }, '', format))).toContain('holidays');
  });

  it('says that paused campaigns through the same numbers are not counted in', () => {
    const beside = planSentences({ ...plan, paused_campaigns: 2 }, any, '', format);
    expect(beside).toContainEqual({ key: 'campaigns.plan.paused', options: { smart_count: 2, figure: '2' } });
    expect(keys(planSentences({ ...plan, paused_campaigns: null }, any, '', format))).not.toContain('paused');
  });

  it('has one time when all leave in the same minute, and says when there is none', () => {
    const once = { ...plan, last_send_at: plan.first_send_at };
    expect(keys(planSentences(once, any, '', format))).toContain('at');
    const never = { ...plan, numbers: [number(0)], first_send_at: null, last_send_at: null };
    expect(keys(planSentences(never, any, '', format))).toEqual(['people', 'never', 'left_out']);
  });

  it('speaks of nobody when nobody would get it', () => {
    expect(keys(planSentences({ ...plan, people: 0 }, any, 'Brightwater Dental', format))).toEqual(['nobody', 'left_out']);
    expect(keys(planSentences({ ...plan, skips: {} }, any, '', format))).not.toContain('left_out');
  });

  it('says whether people are not reached before the end, or as far as it looks ahead', () => {
    expect(unsentKey({ limits: ['ends_at', 'rate'] })).toBe('campaigns.unsent');
    expect(unsentKey({ limits: ['too_long', 'daily_cap'] })).toBe('campaigns.unsent_year');
    expect(en.campaigns.unsent_year).toContain('366 days');
  });

  it('has words for every sentence', () => {
    const all = [
      ...planSentences(plan, { ...any, windows: [window], holidays: ['GB'] }, '', format),
      ...planSentences({ ...plan, people: 0 }, any, '', format),
    ];
    for (const key of keys(all)) expect(en.campaigns.plan).toHaveProperty(key);
  });
});

describe('a time to come', () => {
  const now = new Date('2026-11-24T14:31:00Z');

  it('is named by its day: today, tomorrow, a weekday, then a date', () => {
    expect(momentOf('en', new Date('2026-11-24T19:21:00Z'), now)).toEqual({ day: 'today', time: '19:21' });
    expect(momentOf('en', new Date('2026-11-25T09:00:00Z'), now)).toEqual({ day: 'tomorrow, Wednesday', time: '09:00' });
    expect(momentOf('en', new Date('2026-11-26T12:45:00Z'), now)).toEqual({ day: 'Thursday', time: '12:45' });
    expect(momentOf('en', new Date('2026-12-09T12:45:00Z'), now).day).toBe('Wednesday 9 December');
    expect(momentOf('en', new Date('2026-11-23T12:45:00Z'), now).day).toBe('Monday 23 November');
  });
});

it('the people left out are the sum over all reasons', () => {
  expect(leftOutOf({})).toBe(0);
  expect(leftOutOf({ a: 2, b: 40 })).toBe(42);
});
