import { type ChaosOptions, runChaos } from './chaos';
import { type Sabotage, sabotagedBuild, sabotages } from './sabotage';
import { noLosses, pace, requireBuild } from './spec-options';

requireBuild();

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
    // Hooks are lost beside nothing that is killed: while an api starts again, they are not answered at all.
    [
      ['blind retry', 'delivered unseen', 'hook lost after its answer'],
      { ...small, messages: 300, seed: 4, lostAnswers: { ...noLosses, cut: 0.1 }, echoes: false },
    ],
    [['receipt lowers the state', 'another id on each attempt', 'pace not kept'], { ...small, messages: 300, seed: 5, pace }],
    [['pause not kept', 'key of another session'], { ...small, messages: 300, people: 300, cycles: 1, seed: 6 }],
  ];
  // Most of a run is waiting for evidence.
  it.concurrent.each(runs)(
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
