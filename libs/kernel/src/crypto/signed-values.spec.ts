import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { SignedValues } from './signed-values';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [one, two] = [key('k1'), key('k2')];
const values = (...ring: string[]) => new SignedValues({ KEYRING: ring.join(',') });

describe('a signed value', () => {
  it('is read by every key of the ring, and gets the same token each time', () => {
    const value = Buffer.from('file 1');
    const token = values(one).sign(value, 'media');
    expect(values(one, two).sign(value, 'media')).toBe(token);
    expect(values(two, one).verify(token, 'media')).toEqual(value);
    expect(values(two).verify(token, 'media')).toBeNull();
  });

  it('is not valid for another purpose, or with any change', () => {
    const signed = values(one);
    const token = signed.sign(Buffer.from('file 1'), 'media');
    expect(signed.verify(token, 'report')).toBeNull();
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_.'), (at, char) => {
        const changed = token.slice(0, at) + char + token.slice(at + 1);
        expect(signed.verify(changed, 'media')).toEqual(changed === token ? Buffer.from('file 1') : null);
      }),
    );
    for (const spoilt of ['', '.', '..', `${token}.`, `${token}=`, token.slice(3)]) expect(signed.verify(spoilt, 'media')).toBeNull();
  });
});
