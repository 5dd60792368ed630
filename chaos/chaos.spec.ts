import { runChaos } from './chaos';
import { noLosses, pace, requireBuild } from './spec-options';

requireBuild();

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
