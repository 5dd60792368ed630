import { type Figure, Figures, isMet, verdicts } from './figures';
import {
  judgeClaims,
  judgeExpansion,
  judgeImport,
  judgeLanes,
  judgeListPage,
  judgeMemory,
  judgePage,
  judgePlan,
  judgeSegmentCount,
  judgeUrgent,
} from './judging';

const judged = (judge: (figures: Figures) => void): Figure[] => {
  const figures = new Figures('l');
  judge(figures);
  return figures.all;
};
const figure = (all: Figure[], what: string): Figure => {
  const found = all.find((one) => one.what === what);
  if (!found) throw new Error(`No figure ${what} in ${all.map((one) => one.what).join('; ')}`);
  return found;
};
const rows = (all: Figure[]) => verdicts(all).map(({ row, met }) => [row, met]);

describe('an import', () => {
  const memory = [
    { name: 'api', atRestMb: 150, maxMb: 250 },
    { name: 'worker', atRestMb: 180, maxMb: 200 },
  ];
  const measure = { rows: 5_000, checkSeconds: 0.5, runSeconds: 0.5, memory, barePerSecond: 40_000 };

  it('is judged by its check and its run, as of 50,000 rows, and compared with bare inserts by its run', () => {
    const all = judged((figures) => judgeImport(figures, measure));
    expect(figure(all, '50,000 rows checked and stored').value).toBe(10);
    expect(figure(all, 'run of the import, of unnest alone').value).toBe(0.25);
    expect(rows(all)).toEqual([['25', true]]);
  });

  it.each([
    ['takes longer', { runSeconds: 1.1 }],
    ['takes more memory', { memory: [...memory, { name: 'worker', atRestMb: 180, maxMb: 281 }] }],
  ])('misses its goal when it %s', (_, over) => {
    expect(rows(judged((figures) => judgeImport(figures, { ...measure, ...over })))).toEqual([['25', false]]);
  });
});

describe('an audience', () => {
  it.each([
    [50_000, 3, '50,000 people written into messages', 3, true],
    [5_000, 0.4, '50,000 people written into messages', 4, false],
    [1_000_000, 90, '1,000,000 people written into messages', 90, true],
    [100_000, 9.1, '1,000,000 people written into messages', 91, false],
  ])('of %d people in %d s is judged as: %s', (people, seconds, what, value, met) => {
    const all = judged((figures) => judgeExpansion(figures, { people, seconds, barePerSecond: 100_000 }));
    expect(figure(all, what).value).toBeCloseTo(value);
    expect(isMet(figure(all, what))).toBe(met);
    expect(figure(all, 'audience written, of unnest alone').value).toBeCloseTo(people / seconds / 100_000);
  });
});

describe('a flight plan', () => {
  it.each([
    [50_000, 3, true],
    [50_000, 3.1, false],
    [1_000_000, 30, true],
    [1_000_000, 31, false],
  ])('of %d people in %d s keeps its goal: %s', (people, planSeconds, met) => {
    const all = judged((figures) => judgePlan(figures, { people, planSeconds, checkSeconds: 2 }));
    expect(rows(all)).toEqual([['27', met]]);
    expect(figure(all, 'flight plan, of the check alone').value).toBe(planSeconds / 2);
  });
});

describe('claims', () => {
  it.each([
    [8, true],
    [8.1, false],
  ])('that take %d ms instead of 4 keep their goal: %s', (fullMs, met) => {
    const all = judged((figures) => judgeClaims(figures, { paused: 1_000_000, open: 100, emptyMs: 4, fullMs }));
    expect(rows(all)).toEqual([['24', met]]);
    expect(figure(all, 'claim in the full lane, of the empty lane').value).toBe(fullMs / 4);
  });
});

describe('lanes of campaigns at once', () => {
  it.each([
    [100, 1, true],
    [101, 1.01, false],
  ])('of which the slowest takes %d s for 100 messages, one in 500 ms, keep their goal: %s', (seconds, half, met) => {
    const lanes = [
      { messages: 100, seconds },
      { messages: 10, seconds: 5 },
      { messages: 10, seconds: 6 },
    ];
    const all = judged((figures) => judgeLanes(figures, { kind: 'lane', intervalMs: 500, lanes }));
    expect(rows(all)).toEqual([['F7', met]]);
    expect(figure(all, 'lane: its time, of what its pace allows: longest').value).toBe(2 * half);
    expect(figure(all, 'lane: its time, of what its pace allows: median').value).toBe(1.2);
  });
});

describe('urgent messages in a paced lane', () => {
  it.each([
    [1_200, true],
    [1_201, false],
  ])('that take %d ms at most keep their goal: %s', (longest, met) => {
    const all = judged((figures) => judgeUrgent(figures, { name: 'urgent', intervalMs: 1_000, times: [20, 900, longest] }));
    expect(rows(all)).toEqual([['15', met]]);
  });
});

describe('a page', () => {
  it.each([
    [500, true],
    [501, false],
  ])('with a p95 of %d ms beside many messages keeps its goal: %s', (p95, met) => {
    const [few, many] = [
      { p50: 10, p95: 20 },
      { p50: 15, p95 },
    ];
    const all = judged((figures) => judgePage(figures, { page: 'results', messages: 5_000_000, few, many }));
    expect(rows(all)).toEqual([['S9', met]]);
    expect(figure(all, 'results, of the page with few messages').value).toBe(1.5);
  });
});

describe('a page of a list', () => {
  it.each([
    [300, true],
    [301, false],
  ])('with a p95 of %d ms among many rows keeps its goal: %s', (p95, met) => {
    const all = judged((figures) => judgeListPage(figures, { page: 'events, day', few: { p50: 10, p95: 400 }, many: { p50: 25, p95 } }));
    expect(rows(all)).toEqual([['23', met]]);
    expect(figure(all, 'events, day, of the page with few rows').value).toBe(2.5);
  });
});

describe('a count of a segment', () => {
  it.each([
    [1_000_000, 3, true],
    [1_000_000, 3.1, false],
    [100_000, 1, true],
    [100_000, 1.1, false],
  ])('of %d contacts that takes at most %d s keeps its goal: %s', (contacts, longest, met) => {
    const all = judged((figures) => judgeSegmentCount(figures, { rules: 'by consent', contacts, seconds: [0.2, longest, 0.1] }));
    expect(rows(all)).toEqual([['G3', met]]);
  });
});

describe('the memory of a process', () => {
  it.each([
    [150, 250, true],
    [160, 251, false],
    [100, 201, false],
  ])('that grows from %d to %d MB keeps its goals: %s', (atRestMb, maxMb, met) => {
    const all = judged((figures) => judgeMemory(figures, { name: 'worker', atRestMb, maxMb }));
    expect(rows(all).every(([, isKept]) => isKept)).toBe(met);
  });
});
