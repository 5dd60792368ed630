import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ChaosOptions, runChaos } from './chaos';
import { type Sabotage, sabotagedBuild, sabotages } from './sabotage';

// Real processes, built before: `npm test` does that.
if (!existsSync(join('dist', 'apps', 'worker', 'src', 'main.js')))
  throw new Error('Run `npm run build` first: chaos kills the built processes.');

const noLosses = { cut: 0, hang: 0, error: 0 };

describe('the whole system', () => {
  it('loses and doubles nothing under 10 kills, lost answers, a database restart and a lost queue', async () => {
    const { verdict, told, blows, isWithinBounds, recoveryMs } = await runChaos({ messages: 2_000, kills: 10, sessions: 20, seed: 11 });
    expect(verdict.violations).toEqual([]);
    expect(told.violations).toEqual([]);
    expect(told.counts.repeats).toBeGreaterThan(0);
    expect(told.counts['inbound told']).toBeGreaterThan(100);
    expect(blows.filter((blow) => blow.isKill)).toHaveLength(10);
    expect({ isWithinBounds, recoveryMs }).toMatchObject({ isWithinBounds: true });
    expect(verdict.counts.accepts).toBeGreaterThan(1_900);
  }, 300_000);
});

describe('a build broken on purpose', () => {
  const small = { messages: 300, kills: 0, sessions: 5, lostAnswers: noLosses };
  const plans = {
    'no calling commit': { ...small, kills: 3, seed: 3, aim: 'P2' },
    'blind retry': { ...small, seed: 4, lostAnswers: { ...noLosses, cut: 0.05 } },
    'place without a lock': { ...small, messages: 150, seed: 5 },
    'delivered unseen': { ...small, messages: 150, seed: 6 },
  } satisfies Record<Sabotage, ChaosOptions>;
  const found = {
    'no calling commit': 'duplicate',
    'blind retry': 'duplicate',
    'place without a lock': 'told twice',
    'delivered unseen': 'claimed',
  } satisfies Record<Sabotage, string>;

  it.each(Object.keys(sabotages) as Sabotage[])(
    'is found out: %s',
    async (name) => {
      const { dist, remove } = sabotagedBuild(name);
      try {
        const { verdict, told } = await runChaos({ ...plans[name], dist });
        expect({ ...verdict.counts, ...told.counts }[found[name]]).toBeGreaterThan(0);
      } finally {
        remove();
      }
    },
    180_000,
  );
});
