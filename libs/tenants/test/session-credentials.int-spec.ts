import { ChangeFeed } from '@heliograph/kernel';
import { createTestDatabase, flakyProxy, keyActor, moveClock, until } from '@heliograph/kernel/testing';
import { SessionCredentials } from '../src';
import { aRingKey, FakeProvider, startTenantsProcess, type TenantsProcess } from '../testing';

const desk = keyActor('desk');
const dayMs = 24 * 3_600_000;
const tokenOf = (hookUrl: string) => hookUrl.split('/').at(-1) as string;

describe('session credentials', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let provider: FakeProvider;
  let one: TenantsProcess;
  let two: TenantsProcess;
  let tenantId: string;
  const keyring = aRingKey();

  beforeAll(async () => {
    database = await createTestDatabase();
    provider = new FakeProvider();
    const options = { url: database.url, provider, keyring };
    [one, two] = [await startTenantsProcess(options), await startTenantsProcess(options)];
    ({ id: tenantId } = await one.tenants.create({ name: 'Agency', defaultCountry: 'GB' }));
  });
  afterAll(async () => {
    await one.stop();
    await two.stop();
    await database.drop();
  });
  beforeEach(() => moveClock(one.db, 0));

  async function aSession() {
    const accessToken = provider.addAccount();
    const { id: accountId } = await one.accounts.create(tenantId, { name: 'Main', accessToken });
    const there = provider.addSession({ accessToken });
    const draft = { apiKey: there.apiKey, accountId, providerSessionId: there.id };
    const { session, hookUrl } = await one.sessions.register(tenantId, desk, draft);
    return { id: session.id, hookUrl, there };
  }
  /** Returns the credentials that a process with nothing cached reads. */
  const unremembered = (hookUrl: string) =>
    new SessionCredentials(one.db, one.secrets, new ChangeFeed({ DATABASE_URL: database.url })).byHookToken(tokenOf(hookUrl));
  const keyAt = async (process: TenantsProcess, id: string) => (await process.credentials.find(id))?.apiKey;
  const secretsAt = async (process: TenantsProcess, hookUrl: string) => (await process.credentials.byHookToken(tokenOf(hookUrl)))?.secrets;

  it('contain a changed API key and webhook secret on another process', async () => {
    const { id, hookUrl, there } = await aSession();
    const old = { apiKey: there.apiKey, secret: there.webhookSecret };
    expect([await keyAt(two, id), await secretsAt(two, hookUrl)]).toEqual([old.apiKey, [old.secret]]);

    await one.sessions.regenerateKey(tenantId, desk, id);
    await one.webhooks.rotateWebhookSecret(tenantId, desk, id, 'renewed');

    await until(async () => (await keyAt(two, id)) === there.apiKey);
    await until(async () => (await secretsAt(two, hookUrl))?.[0] === 'renewed');
    expect(there.apiKey).not.toBe(old.apiKey);
  });

  it('of a hook are not read again because another session changed', async () => {
    const [{ hookUrl }, other] = [await aSession(), await aSession()];
    const known = await two.credentials.byHookToken(tokenOf(hookUrl));
    await keyAt(two, other.id);
    await one.sessions.regenerateKey(tenantId, desk, other.id);
    await until(async () => (await keyAt(two, other.id)) === other.there.apiKey);
    expect(await two.credentials.byHookToken(tokenOf(hookUrl))).toBe(known);
  });

  it('are not read again because the session was looked at while it sends', async () => {
    const [{ id }, other] = [await aSession(), await aSession()];
    const known = await two.credentials.find(id);
    await keyAt(two, other.id);
    await one.db.query(`UPDATE sessions SET watched_at = heliograph_now(), next_check_at = heliograph_now() WHERE id = $1`, [id]);
    await one.sessions.regenerateKey(tenantId, desk, other.id);
    await until(async () => (await keyAt(two, other.id)) === other.there.apiKey);
    expect(await two.credentials.find(id)).toBe(known);
  });

  it('of a hook token are found that was unknown until its session changed', async () => {
    const { id, hookUrl } = await aSession();
    const token = tokenOf(hookUrl);
    const asKept = `SELECT encode(hook_token_hash, 'hex') AS hash FROM sessions WHERE id = $1`;
    const [{ hash } = { hash: '' }] = await one.db.query<{ hash: string }>(asKept, [id]);
    const keep = (hex: string) => one.db.query(`UPDATE sessions SET hook_token_hash = decode($2, 'hex') WHERE id = $1`, [id, hex]);
    await keep('00'.repeat(32));
    await until(async () => (await two.credentials.byHookToken(token)) === null);
    await keep(hash);
    await until(async () => (await two.credentials.byHookToken(token))?.sessionId === id);
  });

  it('are read again by the process that made a change, while the notification is on its way', async () => {
    const line = await flakyProxy(database.url);
    const own = await startTenantsProcess({ url: database.url, provider, keyring, feedUrl: line.url });
    const accessToken = provider.addAccount();
    const { id: accountId } = await own.accounts.create(tenantId, { name: 'Main', accessToken });
    const { key, secret } = await own.keys.create(tenantId, desk, { name: 'core', scopes: ['messages:write'] });
    const renewed = provider.addAccount();
    const there = provider.addSession({ accessToken });
    const pick = async () => (await own.routing.pickMany(tenantId, [{ to: '+447700900001', tag: 'own' }]))[0];
    try {
      await own.known.find(tenantId);
      await own.keys.authenticate(secret, '127.0.0.1');
      expect(await pick()).toBeNull();
      line.hang();

      const draft = { apiKey: there.apiKey, accountId, providerSessionId: there.id, tags: ['own'] };
      const { session } = await own.sessions.register(tenantId, desk, draft);
      expect(await own.credentials.find(session.id)).toMatchObject({ status: 'connected', accountToken: accessToken });
      expect(await pick()).toMatchObject({ sessionId: session.id });

      await own.reports.reportDown(session.id, 'not connected');
      expect(await own.credentials.find(session.id)).toMatchObject({ status: 'disconnected' });
      await own.accounts.update(tenantId, accountId, { accessToken: renewed });
      expect(await own.credentials.find(session.id)).toMatchObject({ accountToken: renewed });
      await own.tenants.update(tenantId, { name: 'Renamed' });
      expect(await own.known.find(tenantId)).toMatchObject({ name: 'Renamed' });
      await own.keys.revoke(tenantId, desk, key.id);
      expect(await own.keys.authenticate(secret, '127.0.0.1')).toBeNull();
      await own.sessions.delete(tenantId, desk, session.id);
      expect(await own.credentials.find(session.id)).toBeNull();
    } finally {
      await line.close();
      await own.stop();
    }
  });

  it('are just as current after the process lost its connection to the database', async () => {
    const { id, there } = await aSession();
    await keyAt(two, id);
    for (let i = 0; i < 3; i++) {
      await one.db.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'heliograph-changes'`,
      );
      await one.sessions.regenerateKey(tenantId, desk, id);
      await until(async () => (await keyAt(two, id)) === there.apiKey);
    }
    await until(() => two.feed.isLive());
    await one.sessions.regenerateKey(tenantId, desk, id);
    await until(async () => (await keyAt(two, id)) === there.apiKey);
  });

  it('contain both webhook secrets for a day after a rotation, and only the new one afterwards', async () => {
    const { id, hookUrl, there } = await aSession();
    const old = there.webhookSecret;
    there.webhookSecret = 'renewed-at-the-provider';
    const rotated = await one.webhooks.rotateWebhookSecret(tenantId, desk, id);

    expect(rotated.previousSecretUntil).not.toBeNull();
    expect((await unremembered(hookUrl))?.secrets).toEqual(['renewed-at-the-provider', old]);
    await moveClock(one.db, dayMs + 60_000);
    expect((await one.sessions.get(tenantId, id)).previousSecretUntil).toBeNull();
    expect((await unremembered(hookUrl))?.secrets).toEqual(['renewed-at-the-provider']);
  });

  it('accept the old hook URL for a day after a rotation, send the provider the new one, and drop the one before both', async () => {
    const { id, hookUrl, there } = await aSession();
    const first = await one.webhooks.rotateHookToken(tenantId, desk, id);
    expect(there.settings.webhookUrl).toBe(first.hookUrl);
    for (const url of [hookUrl, first.hookUrl]) expect(await unremembered(url)).toMatchObject({ sessionId: id });

    const second = await one.webhooks.rotateHookToken(tenantId, desk, id);
    expect(await unremembered(hookUrl)).toBeNull();
    expect(await unremembered(first.hookUrl)).toMatchObject({ sessionId: id });

    await moveClock(one.db, dayMs + 60_000);
    expect(await unremembered(first.hookUrl)).toBeNull();
    expect(await unremembered(second.hookUrl)).toMatchObject({ sessionId: id });
  });

  it('send the provider the same URL again on request', async () => {
    const { id, hookUrl, there } = await aSession();
    there.settings.webhookUrl = 'https://somewhere.else.example';
    await one.webhooks.repointWebhook(tenantId, id);
    expect(there.settings.webhookUrl).toBe(hookUrl);
  });

  it('reject a junk token, and query the database for none that cannot be valid', async () => {
    const asked = jest.spyOn(one.db, 'prepared');
    for (const junk of ['', 'x', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}'`])
      expect(await one.credentials.byHookToken(junk)).toBeNull();
    expect(asked).not.toHaveBeenCalled();
    expect(await one.credentials.byHookToken('a'.repeat(43))).toBeNull();
    expect(asked).toHaveBeenCalledTimes(1);
    asked.mockRestore();
  });

  it('do not open for a row that contains another row’s sealed key', async () => {
    const [mine, other] = [await aSession(), await aSession()];
    await one.db.query(`UPDATE sessions SET api_key = (SELECT api_key FROM sessions WHERE id = $1) WHERE id = $2`, [other.id, mine.id]);
    await until(
      () =>
        two.credentials.find(mine.id).then(
          () => false,
          (error: Error) => error.message.includes('cannot be opened'),
        ),
      1_000,
    );
  });
});
