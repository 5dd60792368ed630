import { campaignStates } from '../campaign-body';
import { editableStates } from '../campaigns.repository';
import { activeStates, campaignArrows, canMove, overStates } from './campaign-moves';

describe('the states of a campaign', () => {
  it('are all reached from a draft, and one that is over goes on only when messages of a completed one are sent again', () => {
    const reached = new Set(['draft']);
    for (let size = 0; size < reached.size;) {
      size = reached.size;
      for (const { from, to } of campaignArrows) if (reached.has(from)) reached.add(to);
    }
    expect([...reached].sort()).toEqual([...campaignStates].sort());
    expect(campaignArrows.filter(({ from }) => (overStates as readonly string[]).includes(from))).toEqual([
      { from: 'completed', to: 'processing', by: ['again'] },
    ]);
  });

  it('are draft, launched or over, and only drafts can be launched', () => {
    expect([...editableStates, ...activeStates, ...overStates].sort()).toEqual([...campaignStates].sort());
    expect(campaignStates.filter((state) => canMove(state, 'scheduled', 'launch'))).toEqual([...editableStates]);
  });

  it('let every launched campaign be cancelled and fail, and every paused one go on', () => {
    for (const state of activeStates)
      expect([state, canMove(state, 'cancelled', 'cancel'), canMove(state, 'failed', 'fault')]).toEqual([state, true, true]);
    expect(campaignArrows.filter(({ from, by }) => from === 'paused' && by.includes('resume')).map(({ to }) => to)).toEqual([
      'scheduled',
      'processing',
    ]);
  });

  it('have one arrow for each two', () => {
    const pairs = campaignArrows.map(({ from, to }) => `${from} ${to}`);
    expect(new Set(pairs).size).toBe(pairs.length);
  });
});
