import fc from 'fast-check';
import { weightedChoice } from './weighted-choice';

const pool = fc.uniqueArray(fc.record({ id: fc.uuid(), weight: fc.integer({ min: 0, max: 50 }) }), {
  selector: (s) => s.id,
  maxLength: 20,
});

describe('weightedChoice', () => {
  it('gives the same key the same member, in any order of the pool', () => {
    fc.assert(
      fc.property(fc.string(), pool, fc.infiniteStream(fc.nat()), (key, members, draws) => {
        const shuffled = members.map((m) => ({ m, at: Number(draws.next().value) })).sort((a, b) => a.at - b.at);
        expect(
          weightedChoice(
            key,
            shuffled.map((s) => s.m),
          ),
        ).toEqual(weightedChoice(key, members));
      }),
    );
  });

  it('moves only the keys of a member that leaves', () => {
    fc.assert(
      fc.property(fc.string(), pool, fc.nat(), (key, members, at) => {
        const gone = members[at % Math.max(1, members.length)];
        const before = weightedChoice(key, members);
        fc.pre(before !== null && gone !== undefined && before.id !== gone.id);
        expect(
          weightedChoice(
            key,
            members.filter((m) => m !== gone),
          ),
        ).toEqual(before);
      }),
    );
  });

  it('never picks a member without weight, and picks none from an empty pool', () => {
    fc.assert(
      fc.property(fc.string(), pool, (key, members) => {
        const picked = weightedChoice(key, members);
        return picked === null ? members.every((m) => m.weight === 0) : picked.weight > 0;
      }),
    );
  });

  it('spreads recipients by weight', () => {
    const members = [
      { id: 'a', weight: 1 },
      { id: 'b', weight: 3 },
    ];
    const toB = Array.from({ length: 4_000 }, (_, i) => weightedChoice(`+4477009${i}`, members)).filter((m) => m?.id === 'b').length;
    expect(toB / 4_000).toBeGreaterThan(0.72);
    expect(toB / 4_000).toBeLessThan(0.78);
  });
});
