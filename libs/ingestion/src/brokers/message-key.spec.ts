import fc from 'fast-check';
import { keyOf, naturalKeyOf } from './message-key';

describe('keyOf', () => {
  it('returns valid keys: different for different parts, and the same for the same parts', () => {
    const part = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom(':', 'a:b', '%3A', 'x'.repeat(300)));
    fc.assert(
      fc.property(part, part, part, part, (a, b, c, d) => {
        const [one, other] = [keyOf('ce', a, b), keyOf('ce', c, d)];
        expect(one).toMatch(/^[\x21-\x7e]{1,255}$/);
        expect(keyOf('ce', a, b)).toBe(one);
        const isSame = a.toWellFormed() === c.toWellFormed() && b.toWellFormed() === d.toWellFormed();
        expect(one === other).toBe(isSame);
      }),
    );
  });

  it('distinguishes parts from their concatenation', () => {
    expect(keyOf('ce', 'a:b', 'c')).not.toBe(keyOf('ce', 'a', 'b:c'));
    expect(keyOf('ce', 'shop', '1')).not.toBe(keyOf('broker', 'shop', '1'));
  });
});

describe('naturalKeyOf', () => {
  it('keeps a key that fits, hashes any other, and derives a missing one from the content', () => {
    const nothing = Buffer.alloc(0);
    expect(naturalKeyOf('topic-0-1', nothing, [])).toBe('topic-0-1');
    expect(naturalKeyOf('x'.repeat(1_000), nothing, [])).toMatch(/^sha256:/);
    expect(naturalKeyOf(null, Buffer.from('a'), [])).not.toBe(naturalKeyOf(null, Buffer.from('b'), []));
  });
});
