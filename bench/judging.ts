import type { Figures } from './figures';

/*
 * Says what measurements of campaigns mean: each as a figure of so many people as its goal names, and as a ratio to the baseline of the same run.
 */

/** Number of people that the goals name. */
const goalPeople = 50_000;
const million = 1_000_000;

const shownPeople = (people: number): string => people.toLocaleString('en');
/** Seconds for as many people as the goal names. */
const scaled = (seconds: number, people: number, to: number): number => (seconds * to) / people;

/** An import of a file, measured. */
export interface ImportMeasure {
  rows: number;
  checkSeconds: number;
  runSeconds: number;
  /** Memory of api and worker. */
  memory: MemoryMeasure[];
  /** People a second of bare inserts of the same rows. */
  barePerSecond: number;
}

export function judgeImport(figures: Figures, { rows, checkSeconds, runSeconds, memory, barePerSecond }: ImportMeasure): void {
  figures.add('people by unnest alone, same columns and indexes', barePerSecond, 'people/s');
  figures.add('import, checked and stored', rows / (checkSeconds + runSeconds), 'rows/s');
  figures.goal('25', '50,000 rows checked and stored', scaled(checkSeconds + runSeconds, rows, goalPeople), 's', { max: 15 });
  for (const { name, atRestMb, maxMb } of memory) figures.goal('25', `${name} grew at most by`, maxMb - atRestMb, 'MB', { max: 100 });
  figures.add('run of the import, of unnest alone', rows / runSeconds / barePerSecond, 'x');
}

/** An audience that was written into messages, measured. */
export interface ExpansionMeasure {
  people: number;
  seconds: number;
  /** Rows a second of bare inserts into a table like `messages`. */
  barePerSecond: number;
}

export function judgeExpansion(figures: Figures, { people, seconds, barePerSecond }: ExpansionMeasure): void {
  const isMillion = people > goalPeople;
  const goal = isMillion ? million : goalPeople;
  figures.add('messages by unnest alone, same columns and indexes', barePerSecond, 'rows/s');
  figures.add('audience written', people / seconds, 'people/s');
  figures.goal('26', `${shownPeople(goal)} people written into messages`, scaled(seconds, people, goal), 's', { max: isMillion ? 90 : 3 });
  figures.add('audience written, of unnest alone', people / seconds / barePerSecond, 'x');
}

/** A flight plan, measured, and the check of the same campaign, which asks the same of each person. */
export interface PlanMeasure {
  people: number;
  planSeconds: number;
  checkSeconds: number;
}

export function judgePlan(figures: Figures, { people, planSeconds, checkSeconds }: PlanMeasure): void {
  const isMillion = people > goalPeople;
  const goal = isMillion ? million : goalPeople;
  figures.add(`check of a campaign to ${shownPeople(people)} people`, checkSeconds, 's');
  figures.goal('27', `flight plan of ${shownPeople(goal)} people`, scaled(planSeconds, people, goal), 's', { max: isMillion ? 30 : 3 });
  figures.add('flight plan, of the check alone', planSeconds / checkSeconds, 'x');
}

/** Median times of claims that gave messages, in ms. */
export interface ClaimMeasure {
  paused: number;
  open: number;
  emptyMs: number;
  fullMs: number;
}

export function judgeClaims(figures: Figures, { paused, open, emptyMs, fullMs }: ClaimMeasure): void {
  figures.add('claim in a lane with one campaign: p50', emptyMs, 'ms');
  figures.add(`claim beside ${shownPeople(paused)} paused messages and ${open} campaigns: p50`, fullMs, 'ms');
  figures.goal('24', 'claim in the full lane, of the empty lane', fullMs / emptyMs, 'x', { max: 2 });
}

/** Messages of a lane in a campaign, and the seconds from the launch to the last of them. */
export interface LaneMeasure {
  messages: number;
  seconds: number;
}

/** Lanes of several campaigns that were launched at once. */
export interface LanesMeasure {
  kind: string;
  /** Time between two messages that their pace allows. */
  intervalMs: number;
  lanes: LaneMeasure[];
}

export function judgeLanes(figures: Figures, { kind, intervalMs, lanes }: LanesMeasure): void {
  const ratios = lanes.map(({ messages, seconds }) => (seconds * 1_000) / (messages * intervalMs)).sort((a, b) => a - b);
  figures.add(`${kind}: count`, lanes.length);
  figures.add(`${kind}: its time, of what its pace allows: median`, ratios[(ratios.length - 1) >> 1] ?? Infinity, 'x');
  figures.goal('F7', `${kind}: its time, of what its pace allows: longest`, ratios.at(-1) ?? Infinity, 'x', { max: 2 });
}

/** Times in ms from the POST of urgent messages, in front of others in a paced lane, to their arrival at the provider. */
export interface UrgentMeasure {
  name: string;
  intervalMs: number;
  times: number[];
}

export function judgeUrgent(figures: Figures, { name, intervalMs, times }: UrgentMeasure): void {
  figures.goal('15', `${name}: longest`, Math.max(...times), 'ms', { max: intervalMs + 200 });
}

/** Times of a page in ms. */
export interface PageTimes {
  p50: number;
  p95: number;
}

/** Times of one page of a campaign, with few messages in the ledger and with many. */
export interface PageMeasure {
  page: string;
  messages: number;
  few: PageTimes;
  many: PageTimes;
}

export function judgePage(figures: Figures, { page, messages, few, many }: PageMeasure): void {
  figures.add(`${page}: p50`, few.p50, 'ms');
  figures.add(`${page}, ${shownPeople(messages)} messages in the ledger: p50`, many.p50, 'ms');
  figures.goal('S9', `${page}, ${shownPeople(messages)} messages in the ledger: p95`, many.p95, 'ms', { max: 500 });
  figures.add(`${page}, of the page with few messages`, many.p50 / few.p50, 'x');
}

/** Times of one page of a list, with few rows in the list and with many. */
export interface ListPageMeasure {
  page: string;
  few: PageTimes;
  many: PageTimes;
}

export function judgeListPage(figures: Figures, { page, few, many }: ListPageMeasure): void {
  figures.add(`${page}, few rows: p50`, few.p50, 'ms');
  figures.add(`${page}: p50`, many.p50, 'ms');
  figures.goal('23', `${page}: p95`, many.p95, 'ms', { max: 300 });
  figures.add(`${page}, of the page with few rows`, many.p50 / few.p50, 'x');
}

/** Times in s that counts of the same rules over all contacts took. */
export interface SegmentCountMeasure {
  rules: string;
  contacts: number;
  seconds: number[];
}

export function judgeSegmentCount(figures: Figures, { rules, contacts, seconds }: SegmentCountMeasure): void {
  figures.goal('G3', `count of ${shownPeople(contacts)} contacts, ${rules}: longest`, Math.max(...seconds), 's', {
    max: contacts > 100_000 ? 3 : 1,
  });
}

/** Memory of a process during some work, in MB. */
export interface MemoryMeasure {
  name: string;
  atRestMb: number;
  maxMb: number;
}

export function judgeMemory(figures: Figures, { name, atRestMb, maxMb }: MemoryMeasure): void {
  figures.goal('12', `${name} at most`, maxMb, 'MB', { max: 250 });
  figures.goal('26', `${name} grew at most by`, maxMb - atRestMb, 'MB', { max: 100 });
}
