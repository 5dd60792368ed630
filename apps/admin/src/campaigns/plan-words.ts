import { intlOf } from '../i18n/languages';
import type { CampaignDraft, CampaignPlan } from './api';

/** A sentence: the key of its words, and what they hold. */
export interface Sentence {
  key: string;
  options: Record<string, string | number>;
}

/** Figures and times as words. */
export interface PlanFormat {
  number: (value: number) => string;
  /** A time to come, with its day. */
  moment: (at: Date) => string;
}

/**
 * Returns the flight plan as sentences: who gets the message through how many numbers, when the first and the last leave, how many the caps allow
 * today when that is not all, when nothing leaves, which campaigns are not counted in, and how many are left out. A plan without people has one
 * sentence.
 */
export function planSentences(
  {
    people,
    skips,
    numbers,
    first_send_at,
    last_send_at,
    budget_today,
    paused_campaigns,
  }: Pick<CampaignPlan, 'people' | 'skips' | 'first_send_at' | 'last_send_at' | 'budget_today' | 'paused_campaigns'> & {
    numbers: readonly { messages: number }[];
  },
  {
    windows,
    holidays,
    recipient_zone,
    time_zone,
  }: Pick<CampaignDraft['schedule'], 'windows' | 'holidays' | 'recipient_zone' | 'time_zone'>,
  client: string,
  { number, moment }: PlanFormat,
  now = new Date(),
): Sentence[] {
  const leftOut = leftOutOf(skips);
  const left: Sentence[] =
    leftOut === 0 ? [] : [{ key: 'campaigns.plan.left_out', options: { smart_count: leftOut, people: number(leftOut) } }];
  if (people === 0) return [{ key: 'campaigns.plan.nobody', options: { client } }, ...left];
  const sending = numbers.filter(({ messages }) => messages > 0).length;
  const sentences: Sentence[] = [{ key: 'campaigns.plan.people', options: { smart_count: people, people: number(people), client } }];
  if (sending > 0) sentences.push({ key: 'campaigns.plan.numbers', options: { smart_count: sending, numbers: number(sending) } });
  if (first_send_at && last_send_at) {
    const [first, last] = [moment(new Date(first_send_at)), moment(new Date(last_send_at))];
    sentences.push(
      first === last ? { key: 'campaigns.plan.at', options: { first } } : { key: 'campaigns.plan.from_to', options: { first, last } },
    );
  } else sentences.push({ key: 'campaigns.plan.never', options: {} });
  // What the caps allow today says nothing about a campaign that begins later, or that they let through at once.
  if (budget_today !== null && budget_today < people && first_send_at && noonOf(new Date(first_send_at)) === noonOf(now))
    sentences.push({ key: 'campaigns.plan.budget', options: { figure: number(budget_today) } });
  if (windows.length > 0)
    sentences.push(
      recipient_zone ? { key: 'campaigns.plan.windows_own', options: {} } : { key: 'campaigns.plan.windows', options: { zone: time_zone } },
    );
  if (holidays.length > 0) sentences.push({ key: 'campaigns.plan.holidays', options: {} });
  if (paused_campaigns)
    sentences.push({ key: 'campaigns.plan.paused', options: { smart_count: paused_campaigns, figure: number(paused_campaigns) } });
  return [...sentences, ...left];
}

/** Returns the key of the words about people whom a plan does not reach: before the campaign ends, or as far as a plan looks ahead. */
export const unsentKey = ({ limits }: { limits: readonly string[] }) =>
  limits.includes('too_long') ? ('campaigns.unsent_year' as const) : ('campaigns.unsent' as const);

/** Returns noon of the local day, in ms. */
const noonOf = (of: Date): number => new Date(of.getFullYear(), of.getMonth(), of.getDate(), 12).getTime();

/** Returns the number of people that a plan or a check leaves out. */
export const leftOutOf = (skips: Record<string, number>): number => Object.values(skips).reduce((sum, people) => sum + people, 0);

/** Writes a time to come with its day: today and tomorrow by their names, a later day by weekday and date. */
export function momentOf(locale: string, at: Date, now = new Date()): { day: string; time: string } {
  const intl = intlOf(locale);
  const days = Math.round((noonOf(at) - noonOf(now)) / 86_400_000);
  const weekday = new Intl.DateTimeFormat(
    intl,
    days >= 0 && days < 7 ? { weekday: 'long' } : { weekday: 'long', day: 'numeric', month: 'long' },
  );
  const near = new Intl.RelativeTimeFormat(intl, { numeric: 'auto' }).format(days, 'day');
  return {
    day: days === 0 ? near : days === 1 ? `${near}, ${weekday.format(at)}` : weekday.format(at),
    time: new Intl.DateTimeFormat(intl, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at),
  };
}
