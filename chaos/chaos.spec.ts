import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runChaos } from './chaos';
import { type Sabotage, sabotagedBuild, sabotages } from './sabotage';

// Real processes, built before: `npm test` does that.
if (!existsSync(join('dist', 'apps', 'worker', 'src', 'main.js')))
  throw new Error('Run `npm run build` first: chaos kills the built processes.');

const noLosses = { cut: 0, hang: 0, error: 0 };

describe('the whole system', () => {
  it('loses and doubles nothing under 10 kills, lost answers, a database restart and a lost queue', async () => {
    const { verdict, blows, isWithinBounds, recoveryMs } = await runChaos({ messages: 2_000, kills: 10, sessions: 20, seed: 11 });
    expect(verdict.violations).toEqual([]);
    expect(blows.filter((blow) => blow.isKill)).toHaveLength(10);
    expect({ isWithinBounds, recoveryMs }).toMatchObject({ isWithinBounds: true });
    expect(verdict.counts.accepts).toBeGreaterThan(1_900);
  }, 300_000);
});

describe('a build broken on purpose', () => {
  const plans = {
    'no calling commit': { messages: 300, kills: 3, sessions: 5, seed: 3, aim: 'P2' as const, lostAnswers: noLosses },
    'blind retry': { messages: 300, kills: 0, sessions: 5, seed: 4, lostAnswers: { ...noLosses, cut: 0.05 } },
  } satisfies Record<Sabotage, Parameters<typeof runChaos>[0]>;

  it.each(Object.keys(sabotages) as Sabotage[])(
    'is found out: %s',
    async (name) => {
      const { dist, remove } = sabotagedBuild(name);
      try {
        const { verdict } = await runChaos({ ...plans[name], dist });
        expect(verdict.counts.duplicate).toBeGreaterThan(0);
      } finally {
        remove();
      }
    },
    180_000,
  );
});
