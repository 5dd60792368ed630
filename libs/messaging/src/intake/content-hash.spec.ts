import { contentHash } from './content-hash';

describe('contentHash', () => {
  it('differs for different recipients, contents and scopes', () => {
    const content = { kind: 'text', text: 'Hello' };
    const hashes = [
      contentHash('+447700900101', content),
      contentHash('+447700900102', content),
      contentHash('+447700900101', { ...content, text: 'hello' }),
      contentHash('+447700900101', content, 'summer'),
    ].map((hash) => hash.toString('hex'));
    expect(new Set(hashes).size).toBe(4);
    expect(contentHash('+447700900101', { text: 'Hello', kind: 'text' }).toString('hex')).toBe(hashes[0]);
  });

  it.each([
    ['Argentina', '+5491123456701', '+541123456701'],
    ['Mexico', '+5215512345678', '+525512345678'],
    ['Brazil', '+5511987654321', '+551187654321'],
    ['Benin', '+2290195123456', '+22995123456'],
    ['Ivory Coast', '+2250708123456', '+22508123456'],
  ])('is the same for two spellings of a mobile number of %s', (_country, one, other) => {
    const hashes = [one, other].map((to) => contentHash(to, { kind: 'text', text: 'Hello' }).toString('hex'));
    expect(hashes[0]).toBe(hashes[1]);
  });
});
