import { TurnGate } from './turn-gate';

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('TurnGate', () => {
  it('admits no more lanes at once than its limit', async () => {
    const gate = new TurnGate(2);
    const inside: string[] = [];
    for (const name of ['a', 'b', 'c']) void gate.enter('one').then(() => inside.push(name));
    await settled();
    expect(inside).toEqual(['a', 'b']);
    gate.leave();
    await settled();
    expect(inside).toEqual(['a', 'b', 'c']);
  });

  it('admits waiting lanes round-robin by tenant', async () => {
    const gate = new TurnGate(1);
    await gate.enter('first');
    const order: string[] = [];
    for (const [tenant, lane] of [
      ['big', 'b1'],
      ['big', 'b2'],
      ['big', 'b3'],
      ['small', 's1'],
    ] as const)
      void gate.enter(tenant).then(() => order.push(lane));
    for (let i = 0; i < 4; i++) {
      gate.leave();
      await settled();
    }
    expect(order).toEqual(['b1', 's1', 'b2', 'b3']);
    expect(gate.depth).toBe(0);
  });

  it('returns every place', async () => {
    const gate = new TurnGate(3);
    for (let i = 0; i < 10; i++) {
      await gate.enter('t');
      gate.leave();
    }
    const all = Promise.all([gate.enter('t'), gate.enter('t'), gate.enter('t')]);
    await expect(all).resolves.toHaveLength(3);
  });
});
