import fc from 'fast-check';
import { twinOf, withTwins } from './number-spellings';

describe('twinOf', () => {
  it.each([
    ['+5491123456701', '+541123456701'],
    ['+5215512345678', '+525512345678'],
    ['+5511987654321', '+551187654321'],
    ['+2290197123456', '+22997123456'],
    ['+2250707123456', '+22507123456'],
    ['+2250709123456', '+22509123456'],
    ['+2250505123456', '+22505123456'],
    ['+551143211234', null], // a landline
    ['+447700900101', null],
    ['230000000000007@lid', null],
  ])('gives the other spelling of %s as %s', (address, twin) => {
    expect(twinOf(address)).toBe(twin);
    if (twin) expect(twinOf(twin)).toBe(address);
  });

  it('returns the original when applied twice', () => {
    const number = fc.tuple(
      fc.constantFrom('54', '549', '52', '521', '55', '229', '22901', '225', '22507'),
      fc.stringMatching(/^\d{6,11}$/),
    );
    fc.assert(
      fc.property(number, ([code, rest]) => {
        const address = `+${code}${rest}`;
        expect(withTwins(withTwins([address]))).toHaveLength(withTwins([address]).length);
      }),
      { numRuns: 3_000 },
    );
  });
});
