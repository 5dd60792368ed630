import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { stateChart } from '../testing/state-chart';
import { type MessageState, messageStates } from './message';
import { arrows, endedStates, sourcesOf, takenStates, unsentStates, waitingStates } from './message-states';

const next = (from: MessageState) => arrows.filter((arrow) => arrow.from === from).map(({ to }) => to);

/** Returns the states that arrows lead to from this one, including itself. */
function reachable(from: MessageState): Set<MessageState> {
  const found = new Set([from]);
  for (const state of found) next(state).forEach((to) => found.add(to));
  return found;
}

describe('the arrows of a message’s life', () => {
  it('appear once each, connect two different states, and cover every state', () => {
    const pairs = arrows.map(({ from, to }) => `${from}>${to}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(arrows.filter(({ from, to, by }) => from === to || new Set(by).size !== by.length || by.length === 0)).toEqual([]);
    expect([...reachable('scheduled')].toSorted()).toEqual([...messageStates].toSorted());
  });

  it('lead out of none of cancelled, expired, suppressed and played', () => {
    expect(messageStates.filter((state) => next(state).length === 0).toSorted()).toEqual(['cancelled', 'expired', 'played', 'suppressed']);
  });

  it('lead out of failed by evidence and receipts, to states after sending, and by a person to a lane', () => {
    expect(arrows.filter(({ from }) => from === 'failed')).toEqual([
      { from: 'failed', to: 'sent', by: ['evidence'] },
      { from: 'failed', to: 'delivered', by: ['receipt'] },
      { from: 'failed', to: 'queued', by: ['person'] },
    ]);
  });

  it('never lead from a state that WhatsApp reached back to a lane, unless a person sends a failed message again', () => {
    const ofSystem = arrows.filter(({ by }) => by.some((mover) => mover !== 'person'));
    const follow = (from: MessageState) => ofSystem.filter((arrow) => arrow.from === from).map(({ to }) => to);
    fc.assert(
      fc.property(fc.constantFrom(...endedStates), fc.array(fc.nat(20), { maxLength: 30 }), (start, choices) => {
        let state: MessageState = start;
        for (const choice of choices) state = follow(state)[choice % Math.max(1, follow(state).length)] ?? state;
        expect(endedStates).toContain(state);
      }),
    );
  });

  it('let receipts raise a state one step at a time, and lower it only for an error after sent', () => {
    const byReceipt = arrows.filter(({ by }) => by.includes('receipt')).map(({ from, to }) => `${from}>${to}`);
    const ladder = takenStates.slice(1).map((to, below) => `${takenStates[below]}>${to}`);
    expect(byReceipt.toSorted()).toEqual([...ladder, 'sent>failed', 'failed>delivered'].toSorted());
  });

  it('lead from every waiting state to a call and to every end', () => {
    for (const state of waitingStates) {
      expect(reachable(state)).toContain('calling');
      for (const end of unsentStates) expect(reachable(state)).toContain(end);
    }
  });

  it('throw for a mover that has no arrow to the state', () => {
    expect(sourcesOf('cancelled', 'cancel')).toEqual(['scheduled', 'queued', 'claimed']);
    expect(() => sourcesOf('cancelled', 'receipt')).toThrow('No arrow leads to cancelled by receipt.');
  });

  it('are checked by every statement that moves a message', () => {
    const root = join(__dirname, '../../..');
    const moving = globSync('{libs,apps}/*/src/**/*.ts', { cwd: root }).filter((file) =>
      /UPDATE messages\b[^;`]*?\bstate\s*=/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(moving.length).toBeGreaterThan(8);
    expect(moving.filter((file) => !/\bmayMove\(|\bstateOfRank\(/.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  it('match the state chart of docs/ARCHITECTURE.md', () => {
    const docs = readFileSync(join(__dirname, '../../../docs/ARCHITECTURE.md'), 'utf8');
    expect(docs).toContain(`\`\`\`mermaid\n${stateChart()}\n\`\`\``);
  });
});
