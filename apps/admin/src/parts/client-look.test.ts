import { describe, expect, it } from 'vitest';
import { clientTints } from '../theme/tokens';
import { isNamed } from './typed-name';
import { clientLook } from './values';

describe('the look of a client', () => {
  it('is made of id and name, always the same', () => {
    const look = clientLook('0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0', 'Copper Kettle Coffee');
    expect(look).toEqual(clientLook('0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0', 'Copper Kettle Coffee'));
    expect(look.letters).toBe('CC');
    expect(Object.values(clientTints)).toContain(look.tint);
  });

  it.each([
    ['Oakhurst', 'OA'],
    ['  oakhurst   motors ', 'OM'],
    ['عيادة النور', 'عا'],
    ['𝒜lpha', '𝒜L'],
    ['', ''],
  ])('of %s has the letters %s', (name, letters) => {
    expect(clientLook('a', name).letters).toBe(letters);
  });

  it('is what it was given', () => {
    expect(clientLook('a', 'Oakhurst', { colour: 'plum', initials: 'ox' })).toEqual({ tint: clientTints.plum, letters: 'OX' });
    expect(clientLook('a', 'Oakhurst', { colour: null, initials: null }).letters).toBe('OA');
  });
});

describe('a name that is typed', () => {
  it('counts without case and outer spaces, and nothing else', () => {
    expect(isNamed(' demo Agency ', 'Demo agency')).toBe(true);
    expect(isNamed('Demo', 'Demo agency')).toBe(false);
    expect(isNamed('', 'Demo agency')).toBe(false);
  });
});
