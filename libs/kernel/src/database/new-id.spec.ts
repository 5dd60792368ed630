import fc from 'fast-check';
import { derivedId, derivedRowId, newId } from './new-id';

const base = '0192f0c1-2f6e-7cc3-98c4-dc0c0c073990';
const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('an id that is derived from another', () => {
  // One version of the code must find again what another version stored.
  it('never changes for the same input', () => {
    expect(derivedId(base, 'confirmation')).toBe('0192f0c1-2f6e-7029-89a4-8e9c4cc20e22');
    expect([0, 49_999].map((index) => derivedRowId(base, index))).toEqual([
      '0192f0c1-2f6e-7000-b000-7cffe490f3a4',
      '0192f0c1-2f6e-700c-934f-93cb8ff0153f',
    ]);
  });

  it('is a UUIDv7 of the same time, and differs for a different text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, two) => {
        const from = newId();
        const id = derivedId(from, one);
        expect(id).toMatch(uuid7);
        expect(id.slice(0, 13)).toBe(from.slice(0, 13));
        expect(id === derivedId(from, two)).toBe(one === two);
      }),
    );
  });

  it('ascends from one block of 4,096 rows to the next within a call', () => {
    const within = fc.integer({ min: 0, max: 4_095 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_094 }), within, within, (block, one, two) => {
        const [before, after] = [derivedRowId(base, block * 4_096 + one), derivedRowId(base, (block + 1) * 4_096 + two)];
        expect(before).toMatch(uuid7);
        expect(before < after).toBe(true);
      }),
    );
  });
});
