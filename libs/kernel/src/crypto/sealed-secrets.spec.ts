import { randomBytes } from 'node:crypto';
import { SealedSecrets } from './sealed-secrets';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const ring = (...keys: string[]) => new SealedSecrets({ KEYRING: keys.join(',') });

describe('SealedSecrets', () => {
  it('opens what it sealed, and seals the same text differently each time', () => {
    const secrets = ring(key('a'));
    const [one, two] = [secrets.seal('s3cret', 'x:1'), secrets.seal('s3cret', 'x:1')];
    expect(one).not.toBe(two);
    expect(one).not.toContain('s3cret');
    expect(secrets.open(one, 'x:1')).toBe('s3cret');
  });

  it('refuses a value that was changed or moved to another row', () => {
    const secrets = ring(key('a'));
    const sealed = secrets.seal('s3cret', 'sessions.api_key:t1:s1');
    expect(() => secrets.open(sealed, 'sessions.api_key:t2:s1')).toThrow(/sessions\.api_key cannot be opened/);
    const parts = sealed.split('.');
    parts[4] = Buffer.from('other').toString('base64url');
    expect(() => secrets.open(parts.join('.'), 'sessions.api_key:t1:s1')).toThrow(/cannot be opened/);
  });

  it('opens with any key of the ring and seals with the first', () => {
    const [old, young] = [key('old'), key('young')];
    const sealed = ring(old).seal('s', 'p');
    const both = ring(young, old);
    expect(both.open(sealed, 'p')).toBe('s');
    expect(both.isCurrent(sealed)).toBe(false);
    expect(both.isCurrent(both.seal('s', 'p'))).toBe(true);
    expect(() => ring(young).open(sealed, 'p')).toThrow(/needs key "old"/);
  });
});

describe('a key change during a rolling replacement of processes', () => {
  const [oldKey, newKey] = ['old', 'new'].map((id) => `${id}:${randomBytes(32).toString('base64')}`) as [string, string];
  const processOf = (...keys: string[]) => new SealedSecrets({ KEYRING: keys.join(',') });
  const place = 'sessions.api_key:t:s';
  const opensWhatItSeals = (reader: SealedSecrets, writer: SealedSecrets) => {
    expect(reader.open(writer.seal('secret', place), place)).toBe('secret');
    expect(writer.open(reader.seal('secret', place), place)).toBe('secret');
  };

  it.each([
    ['adding the key behind the one that seals', [oldKey], [oldKey, newKey]],
    ['putting it in front', [oldKey, newKey], [newKey, oldKey]],
    ['taking the old one out after all is sealed anew', [newKey, oldKey], [newKey]],
  ])('lets old and new processes open each other’s values: %s', (_step, before, after) => {
    const [earlier, later] = [processOf(...before), processOf(...after)];
    if (after.length > 1) opensWhatItSeals(earlier, later);
    else expect(later.open(earlier.seal('secret', place), place)).toBe('secret');
  });

  it('fails in one step: an old process cannot open what a new one seals', () => {
    const sealed = processOf(newKey, oldKey).seal('secret', place);
    expect(() => processOf(oldKey).open(sealed, place)).toThrow('needs key "new", which is not in KEYRING');
  });
});
