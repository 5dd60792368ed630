import fc from 'fast-check';
import { matchesSecret, sha256 } from './secrets';

describe('a given secret', () => {
  it('matches any of the secrets, at any place', () => {
    expect(matchesSecret('b', ['a', 'b', 'c'])).toBe(true);
    expect(matchesSecret('c', ['a', 'b', 'c'])).toBe(true);
    expect(matchesSecret('d', ['a', 'b', 'c'])).toBe(false);
    expect(matchesSecret('ab', ['a', 'b'])).toBe(false);
    expect(matchesSecret('a', [])).toBe(false);
  });

  it('never matches when it is empty', () => expect(matchesSecret('', ['', 'a'])).toBe(false));

  it('matches exactly what equals it', () =>
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.array(fc.string()), (given, secrets) => {
        expect(matchesSecret(given, secrets)).toBe(secrets.includes(given));
      }),
    ));
});

it('is stored as its SHA-256', () =>
  expect(sha256('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'));
