import { randomBytes } from 'node:crypto';
import { HealthChecks, SealedSecrets } from '../src';
import { KeyringProof } from '../src/crypto/keyring-proof';
import { openTestDatabase } from '../testing';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
beforeEach(async () => (database = await openTestDatabase()));
afterEach(() => database.close());

const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
/** Starts a process with this ring. @returns its check of readiness */
async function start(...keys: string[]): Promise<() => Promise<boolean>> {
  const health = new HealthChecks();
  await new KeyringProof(database.db, new SealedSecrets({ KEYRING: keys.join(',') }), health).onApplicationBootstrap();
  return health.checks.get('keyring') as () => Promise<boolean>;
}

describe('a key ring', () => {
  it('starts with the key of before, also behind a new one, and with a key that has sealed nothing yet', async () => {
    const [main, next, spare] = [key('main'), key('next'), key('spare')];
    expect(await (await start(main))()).toBe(true);
    await start(main, next);
    await start(next, main);
    await start(next, spare);
    // It never was the first key, so that a mistake in it can be corrected.
    await start(next, key('spare'));
  });

  it('does not start with another key under an id that sealed secrets, wherever it stands', async () => {
    await start(key('main'));
    const wrong = key('main');
    await expect(start(wrong)).rejects.toThrow('KEYRING: the key "main" is not the key');
    await expect(start(key('next'), wrong)).rejects.toThrow('"main"');
    await expect(start(wrong)).rejects.not.toThrow(wrong.slice(5, 20));
  });

  it('is asked about again by readiness when the schema is not there yet', async () => {
    await database.db.query('ALTER TABLE keyring_keys RENAME TO not_yet');
    const isReady = await start(key('main'));
    await expect(isReady()).rejects.toThrow();
    await database.db.query('ALTER TABLE not_yet RENAME TO keyring_keys');
    expect(await isReady()).toBe(true);
  });
});
