import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ChaosOptions, runChaos } from './chaos';
import { type Sabotage, sabotagedBuild, sabotages } from './sabotage';

// Real processes, built before: `npm test` does that.
if (!existsSync(join('dist', 'apps', 'worker', 'src', 'main.js')))
  throw new Error('Run `npm run build` first: chaos kills the built processes.');

const noLosses = { cut: 0, hang: 0, error: 0 };
const pace = { windowMs: 1_000, limit: 5 };

describe('the whole system', () => {
  it('loses and doubles nothing under 10 kills, lost answers, a database restart and a lost queue', async () => {
    const { verdict, callbacks, blows, crashes, uncertainLeft, parked } = await runChaos({
      messages: 2_000,
      kills: 10,
      sessions: 20,
      seed: 11,
    });
    expect(verdict.violations).toEqual([]);
    expect(callbacks.violations).toEqual([]);
    expect(callbacks.counts.repeats).toBeGreaterThan(0);
    expect(callbacks.counts['inbound reported']).toBeGreaterThan(100);
    expect(blows.filter((blow) => blow.isKill)).toHaveLength(10);
    expect(crashes).toEqual([]);
    expect(parked).toBe(uncertainLeft);
    expect(verdict.counts.accepts).toBeGreaterThan(1_900);
  }, 600_000);
});

describe('connections to the database that the server ends again and again', () => {
  it('end no process, and lose, double or forget nothing, and no lane sends faster than its pace', async () => {
    const options = { messages: 600, kills: 0, sessions: 10, seed: 17, terminations: 12, lostAnswers: noLosses, pace };
    const { verdict, callbacks, blows, crashes, uncertainLeft, parked, brokenInvariants } = await runChaos(options);
    expect(blows).toHaveLength(12);
    expect(crashes).toEqual([]);
    expect(verdict.violations).toEqual([]);
    expect(callbacks.violations).toEqual([]);
    expect(verdict.counts.accepts).toBeGreaterThan(600);
    expect({ parked, brokenInvariants }).toEqual({ parked: uncertainLeft, brokenInvariants: null });
  }, 600_000);
});

describe('a campaign that is paused and resumed while processes die', () => {
  it('reaches each person once, at every stage of it', async () => {
    const options = { messages: 300, people: 300, kills: 0, cycles: 4, sessions: 10, seed: 23, terminations: 0, lostAnswers: noLosses };
    const { verdict, campaign, crashes, brokenInvariants } = await runChaos(options);
    expect(campaign?.faults).toEqual([]);
    expect(Object.values(campaign?.kills ?? {}).every((times) => times > 0)).toBe(true);
    expect(campaign?.figures).toMatchObject({ people: 300, taken: 300, lost: 0, doubled: 0, late: 0, cycles: 4 });
    expect(campaign?.figures.cancelled).toBeGreaterThan(0);
    expect(verdict.violations).toEqual([]);
    expect({ crashes, brokenInvariants }).toEqual({ crashes: [], brokenInvariants: null });
  }, 600_000);
});

describe('a build broken on purpose', () => {
  const small = { kills: 0, sessions: 5, lostAnswers: noLosses };
  /** Violation that finds each sabotage. Two of a kind that are not mistaken for each other share a run. */
  const found: Record<Sabotage, string> = {
    'no calling commit': 'duplicate',
    'blind retry': 'duplicate',
    'place without a lock': 'doubled',
    'delivered unseen': 'claimed',
    'pace not kept': 'pace',
    'pause not kept': 'late',
    'hook lost after its answer': 'inbound missing',
    'key of another session': 'phantom',
    'receipt lowers the state': 'false',
    'another id on each attempt': 'changed',
  };
  const runs: [Sabotage[], ChaosOptions][] = [
    [['no calling commit', 'place without a lock'], { ...small, messages: 300, kills: 3, seed: 3, aim: 'P2' }],
    // Without echoes: the sooner one comes, the less often the retry is made.
    [['blind retry', 'delivered unseen'], { ...small, messages: 300, seed: 4, lostAnswers: { ...noLosses, cut: 0.1 }, echoes: false }],
    [['receipt lowers the state', 'another id on each attempt', 'pace not kept'], { ...small, messages: 300, seed: 5, pace }],
    [
      ['pause not kept', 'hook lost after its answer', 'key of another session'],
      { ...small, messages: 300, people: 300, cycles: 1, seed: 6 },
    ],
  ];
  it.each(runs)(
    'is found out: %s',
    async (names, options) => {
      const { dist, remove } = sabotagedBuild(names);
      try {
        const { verdict, callbacks, campaign } = await runChaos({ ...options, dist });
        const counts: Record<string, number> = { ...verdict.counts, ...callbacks.counts, ...campaign?.figures };
        // With the counts, which say what was found in its place.
        expect({ unseen: names.filter((name) => !((counts[found[name]] ?? 0) > 0)), counts }).toEqual({ unseen: [], counts });
      } finally {
        remove();
      }
    },
    600_000,
  );

  it('is tried in every way there is', () => {
    expect(runs.flatMap(([names]) => names).toSorted()).toEqual(Object.keys(sabotages).toSorted());
  });
});
