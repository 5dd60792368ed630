import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { stateChart } from '../testing/state-chart';
import { type MessageState, messageStates } from './message';
import { arrows, endedStates, sourcesOf, takenStates, unsentStates, waitingStates } from './message-states';

const next = (from: MessageState) => arrows.filter((arrow) => arrow.from === from).map(({ to }) => to);

/** States that arrows lead to from these, those included. */
function reachable(from: MessageState): Set<MessageState> {
  const found = new Set([from]);
  for (const state of found) next(state).forEach((to) => found.add(to));
  return found;
}

describe('the arrows of a message’s life', () => {
  it('are each in the table once, between two different states, and cover every state', () => {
    const pairs = arrows.map(({ from, to }) => `${from}>${to}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(arrows.filter(({ from, to, by }) => from === to || new Set(by).size !== by.length || by.length === 0)).toEqual([]);
    expect([...reachable('scheduled')].toSorted()).toEqual([...messageStates].toSorted());
  });

  it('leave cancelled, expired, suppressed and played no way out', () => {
    expect(messageStates.filter((state) => next(state).length === 0).toSorted()).toEqual(['cancelled', 'expired', 'played', 'suppressed']);
  });

  it('lead out of failed by evidence and receipts alone, and only to what reached WhatsApp', () => {
    expect(arrows.filter(({ from }) => from === 'failed')).toEqual([
      { from: 'failed', to: 'sent', by: ['evidence'] },
      { from: 'failed', to: 'delivered', by: ['receipt'] },
    ]);
  });

  it('lead from what WhatsApp has never back to a lane, whatever follows', () => {
    fc.assert(
      fc.property(fc.constantFrom(...endedStates), fc.array(fc.nat(20), { maxLength: 30 }), (start, choices) => {
        let state: MessageState = start;
        for (const choice of choices) state = next(state)[choice % Math.max(1, next(state).length)] ?? state;
        expect(endedStates).toContain(state);
      }),
    );
  });

  it('raise by receipts one step of the ladder at a time, and lower by none but an error of what is only sent', () => {
    const byReceipt = arrows.filter(({ by }) => by.includes('receipt')).map(({ from, to }) => `${from}>${to}`);
    const ladder = takenStates.slice(1).map((to, below) => `${takenStates[below]}>${to}`);
    expect(byReceipt.toSorted()).toEqual([...ladder, 'sent>failed', 'failed>delivered'].toSorted());
  });

  it('lead from every state in which a message waits to a call and to every end', () => {
    for (const state of waitingStates) {
      expect(reachable(state)).toContain('calling');
      for (const end of unsentStates) expect(reachable(state)).toContain(end);
    }
  });

  it('name a mover that has none of them as an error', () => {
    expect(sourcesOf('cancelled', 'cancel')).toEqual(['scheduled', 'queued', 'claimed']);
    expect(() => sourcesOf('cancelled', 'receipt')).toThrow('No arrow leads to cancelled by receipt.');
  });

  it('are asked by every statement that moves a message', () => {
    const root = join(__dirname, '../../..');
    const moving = globSync('{libs,apps}/*/src/**/*.ts', { cwd: root }).filter((file) =>
      /UPDATE messages\b[^;`]*?\bstate\s*=/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(moving.length).toBeGreaterThan(8);
    expect(moving.filter((file) => !/\bmayMove\(|\bstateOfRank\(/.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  it('are the state chart of docs/ARCHITECTURE.md', () => {
    const docs = readFileSync(join(__dirname, '../../../docs/ARCHITECTURE.md'), 'utf8');
    expect(docs).toContain(`\`\`\`mermaid\n${stateChart()}\n\`\`\``);
  });
});
