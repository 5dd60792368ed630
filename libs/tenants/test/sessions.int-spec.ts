import { type AppError, ChangeFeed, newId } from '@heliograph/kernel';
import { createTestDatabase, keyActor, moveClock, until } from '@heliograph/kernel/testing';
import { SessionCredentials } from '../src';
import { aRingKey, FakeProvider, startTenantsProcess, type TenantsProcess } from '../testing';

const desk = keyActor('desk');
const tokenOf = (hookUrl: string) => hookUrl.split('/').at(-1) as string;
const reason = (error: AppError) => error.reason;

describe('sessions', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let provider: FakeProvider;
  let p: TenantsProcess;
  let tenantId: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    provider = new FakeProvider();
    p = await startTenantsProcess({ url: database.url, provider, keyring: aRingKey() });
  });
  afterAll(async () => {
    await p.stop();
    await database.drop();
  });
  beforeEach(async () => {
    await moveClock(p.db, 0);
    provider.calls.length = 0;
    ({ id: tenantId } = await p.tenants.create({ name: 'Agency', defaultCountry: 'GB' }));
  });

  const anAccount = async () => {
    const accessToken = provider.addAccount();
    return { accessToken, accountId: (await p.accounts.create(tenantId, { name: 'Main', accessToken })).id };
  };
  const create = async () => {
    const { accountId, accessToken } = await anAccount();
    const { session, hookUrl } = await p.sessions.create(tenantId, desk, { accountId, name: 'Front desk', phone: '+447700900001' });
    const there = provider.sessions.get(session.providerSessionId as string)!;
    return { id: session.id, session, hookUrl, there, accountId, accessToken };
  };
  const register = async (over: Partial<Parameters<TenantsProcess['sessions']['register']>[2]> = {}) => {
    const there = provider.addSession();
    const { session, hookUrl } = await p.sessions.register(tenantId, desk, { apiKey: there.apiKey, webhookSecret: 'whsec-given', ...over });
    return { id: session.id, session, hookUrl, there };
  };
  const history = async (id: string) =>
    (await p.sessions.events(tenantId, id, { limit: 100 })).rows.reverse().map((e) => [e.fromStatus, e.toStatus, e.source, e.reason]);
  const stored = async (id: string) =>
    (await p.db.query<{ all: string }>('SELECT to_jsonb(s)::text AS all FROM sessions s WHERE id = $1', [id]))[0]?.all ?? '';
  describe('registered by their API key', () => {
    it('are connected at once, with their phone, and their secrets are sealed', async () => {
      const { id, session, hookUrl, there } = await register({ tags: ['uk'], weight: 3 });

      expect(session).toMatchObject({
        status: 'connected',
        phone: there.phone,
        confirmedPhone: there.phone,
        heldReason: null,
        tags: ['uk'],
        weight: 3,
      });
      expect(hookUrl).toMatch(/^https:\/\/hooks\.example\.com\/hooks\/wasender\/[\w-]{43}$/);
      const row = await stored(id);
      for (const secret of [there.apiKey, 'whsec-given', tokenOf(hookUrl)]) expect(row).not.toContain(secret);
      expect(await p.credentials.find(id)).toMatchObject({ tenantId, apiKey: there.apiKey, accountToken: null, status: 'connected' });
      expect(await p.credentials.byHookToken(tokenOf(hookUrl))).toEqual({
        tenantId,
        sessionId: id,
        secrets: ['whsec-given'],
        apiKey: there.apiKey,
      });
    });

    it('have their webhook secret read and their webhook set to our URL when the account is known', async () => {
      const { accessToken, accountId } = await anAccount();
      const there = provider.addSession({ accessToken });
      const { session, hookUrl } = await p.sessions.register(tenantId, desk, {
        apiKey: there.apiKey,
        accountId,
        providerSessionId: there.id,
      });

      expect(session).toMatchObject({ accountId, providerSessionId: there.id, hasWebhookSecret: true });
      expect(there.settings).toMatchObject({ webhookUrl: hookUrl, webhookEnabled: true });
      expect((await p.credentials.byHookToken(tokenOf(hookUrl)))?.secrets).toEqual([there.webhookSecret]);
      expect((await p.credentials.find(session.id))?.accountToken).toBe(accessToken);
    });

    it('have their message log switched on with an account, which answers for unknown outcomes', async () => {
      const { accessToken, accountId } = await anAccount();
      const there = provider.addSession({ accessToken, settings: { logMessages: false } });
      const { session } = await p.sessions.register(tenantId, desk, { apiKey: there.apiKey, accountId, providerSessionId: there.id });
      expect([session.logMessages, there.settings.logMessages]).toEqual([true, true]);
      expect(await p.credentials.find(session.id)).toMatchObject({ logMessages: true });
    });

    it('are refused without a secret, with a key that the provider refuses, and while the provider is down', async () => {
      const there = provider.addSession();
      expect(await p.sessions.register(tenantId, desk, { apiKey: there.apiKey }).catch(reason)).toBe('webhook_secret_required');
      expect(await p.sessions.register(tenantId, desk, { apiKey: 'wrong', webhookSecret: 's' }).catch(reason)).toBe(
        'provider_unauthorised',
      );
      provider.failNext('sessionIdentity', 'unavailable');
      expect(await p.sessions.register(tenantId, desk, { apiKey: there.apiKey, webhookSecret: 's' }).catch(reason)).toBe(
        'provider_unavailable',
      );
      expect((await p.sessions.list(tenantId, {}, { limit: 10 })).rows).toEqual([]);
    });

    it('can be registered only once, by anyone', async () => {
      const { there } = await register();
      const again = { apiKey: there.apiKey, webhookSecret: 's' };
      expect(await p.sessions.register(tenantId, desk, again).catch(reason)).toBe('session_already_registered');
      const { id: other } = await p.tenants.create({ name: 'Other', defaultCountry: 'DE' });
      expect(await p.sessions.register(other, desk, again).catch(reason)).toBe('session_already_registered');
    });

    it('leave nothing behind when their webhook cannot be set, so that a retry works', async () => {
      const { accessToken, accountId } = await anAccount();
      const there = provider.addSession({ accessToken });
      const draft = { apiKey: there.apiKey, accountId, providerSessionId: there.id };
      provider.failNext('updateSession', 'unavailable');
      expect(await p.sessions.register(tenantId, desk, draft).catch(reason)).toBe('provider_unavailable');
      expect((await p.sessions.list(tenantId, {}, { limit: 10 })).rows).toEqual([]);

      expect((await p.sessions.register(tenantId, desk, draft)).session.status).toBe('connected');
    });

    it('cannot be linked from here without an account', async () => {
      const { id } = await register();
      for (const call of ['link', 'disconnect', 'restart', 'regenerateKey'] as const)
        expect(await p.sessions[call](tenantId, desk, id).catch(reason)).toBe('account_required');
      expect(await p.webhooks.rotateWebhookSecret(tenantId, desk, id).catch(reason)).toBe('account_required');
      expect(await p.webhooks.repointWebhook(tenantId, id).catch(reason)).toBe('account_required');
    });
  });

  describe('created at the provider', () => {
    it('become connected by a scan, and report each step', async () => {
      const { id, session, there } = await create();
      expect(session).toMatchObject({ status: 'disconnected', phone: null, confirmedPhone: '+447700900001' });
      const opened: string[] = [];
      const end = p.openings.subscribe((_, sessionId) => opened.push(sessionId));

      const answer = await p.sessions.link(tenantId, desk, id);
      expect(answer).toMatchObject({ kind: 'scan' });
      const waiting = await p.sessions.get(tenantId, id);
      expect(waiting).toMatchObject({ status: 'need_scan', qr: (answer as { qr: string }).qr });
      expect(waiting.qrExpiresAt!.getTime()).toBeGreaterThan(Date.now());
      expect(opened).toEqual([]);

      Object.assign(there, { status: 'connected', phone: '+447700900001' });
      const linked = await p.sessions.sync(tenantId, desk, id);
      end();

      expect(linked).toMatchObject({
        status: 'connected',
        phone: '+447700900001',
        confirmedPhone: '+447700900001',
        qr: null,
        qrExpiresAt: null,
      });
      expect(opened).toEqual([id]);
      expect(await history(id)).toEqual([
        ['new', 'disconnected', 'api', null],
        ['disconnected', 'need_scan', 'api', null],
        ['need_scan', 'connected', 'api', null],
      ]);
    });

    it('are held when another phone is linked than the one they were made for', async () => {
      const { id, there } = await create();
      Object.assign(there, { status: 'connected', phone: '+447700900099' });
      expect(await p.sessions.sync(tenantId, desk, id)).toMatchObject({
        status: 'connected',
        heldReason: 'phone_changed',
        phone: '+447700900099',
        confirmedPhone: '+447700900001',
      });
    });

    it.each([
      ['Argentina', '+541123456701', '+5491123456701'],
      ['Mexico', '+5215512345601', '+525512345601'],
      ['Brazil', '+5511987654301', '+551187654301'],
      ['Benin', '+2290195123401', '+22995123401'],
      ['Ivory Coast', '+22508123401', '+2250708123401'],
    ])('of %s are known by both spellings of their number, and held by any other number', async (_, typed, shown) => {
      const { accountId } = await anAccount();
      const { session } = await p.sessions.create(tenantId, desk, { accountId, name: 'Front desk', phone: typed });
      expect(session.confirmedPhone).toBe(typed);
      const there = provider.sessions.get(session.providerSessionId as string)!;
      Object.assign(there, { status: 'connected', phone: shown });
      const sync = () => p.sessions.sync(tenantId, desk, session.id);
      expect(await sync()).toMatchObject({ status: 'connected', heldReason: null, phone: shown, confirmedPhone: shown });
      expect(await p.reports.reportPhone(session.id, typed, 'hook')).toBe(false);
      expect(await p.sessions.confirmPhone(tenantId, desk, session.id, typed)).toMatchObject({ phone: shown, confirmedPhone: shown });

      there.phone = `${shown.slice(0, -2)}99`;
      expect(await sync()).toMatchObject({ heldReason: 'phone_changed', confirmedPhone: shown });
      // Held by a version that compared the digits alone.
      await p.db.query('UPDATE sessions SET phone = $2, confirmed_phone = $3 WHERE id = $1', [session.id, shown, typed]);
      there.phone = shown;
      expect(await sync()).toMatchObject({ heldReason: null, phone: shown, confirmedPhone: shown });
    });

    it('accept a passkey, a wait or an immediate connection as the answer to linking', async () => {
      const { id, there } = await create();
      provider.links.push(
        { kind: 'passkey', token: 't', expiresAt: null },
        { kind: 'waiting', status: 'connecting' },
        { kind: 'connected' },
      );
      const status = async () => (await p.sessions.get(tenantId, id)).status;

      expect(await p.sessions.link(tenantId, desk, id)).toMatchObject({ kind: 'passkey', token: 't' });
      expect(await status()).toBe('need_passkey');
      await p.sessions.link(tenantId, desk, id);
      expect(await status()).toBe('connecting');
      there.status = 'connected';
      await p.sessions.link(tenantId, desk, id);
      // The linked phone is not known yet.
      expect(await status()).toBe('connecting');
      there.phone = '+447700900001';
      await p.sessions.sync(tenantId, desk, id);
      expect(await status()).toBe('connected');
    });

    it('show a fresh QR code when the old one expired without a scan', async () => {
      const { id } = await create();
      const { qr } = (await p.sessions.link(tenantId, desk, id)) as { qr: string };
      await moveClock(p.db, 46_000);
      await p.poller.pollDue();

      const fresh = await p.sessions.get(tenantId, id);
      expect(fresh.qr).toMatch(/^qr-/);
      expect(fresh.qr).not.toBe(qr);
      expect(fresh.status).toBe('need_scan');
    });

    it('are not stored when the account’s token is refused', async () => {
      const { accountId } = await anAccount();
      provider.failNext('createSession', 'unauthorised');
      expect(await p.sessions.create(tenantId, desk, { accountId, name: 'x', phone: '+447700900001' }).catch(reason)).toBe(
        'provider_unauthorised',
      );
      expect((await p.sessions.list(tenantId, {}, { limit: 10 })).rows).toEqual([]);
    });

    it('can be disconnected, restarted and given a new key, each recorded in their history', async () => {
      const { id, there } = await create();
      Object.assign(there, { status: 'connected', phone: '+447700900001' });
      await p.sessions.sync(tenantId, desk, id);

      expect(await p.sessions.disconnect(tenantId, desk, id)).toMatchObject({ status: 'disconnected' });
      there.status = 'connected';
      expect(await p.sessions.restart(tenantId, desk, id)).toMatchObject({ status: 'connected' });
      const oldKey = there.apiKey;
      expect(await p.sessions.regenerateKey(tenantId, desk, id)).toMatchObject({ status: 'connected' });

      expect(there.apiKey).not.toBe(oldKey);
      expect((await p.credentials.find(id))?.apiKey).toBe(there.apiKey);
      expect((await history(id)).slice(2)).toEqual([
        ['connected', 'disconnected', 'api', 'asked for'],
        ['disconnected', 'connected', 'api', null],
        ['connected', 'connected', 'api', 'api_key_changed'],
      ]);
      const events = (await p.sessions.events(tenantId, id, { limit: 100 })).rows;
      for (const event of events) expect(event.actor).toEqual(desk);
    });
  });

  describe('deleted', () => {
    it('are removed here and at the provider, with every secret; their history stays and the key may be registered again', async () => {
      const { id, hookUrl, there } = await create();
      await p.sessions.delete(tenantId, desk, id);

      expect(provider.sessions.has(there.id)).toBe(false);
      expect(await p.sessions.get(tenantId, id).catch(reason)).toBe('not_found');
      expect((await p.sessions.list(tenantId, {}, { limit: 10 })).rows).toEqual([]);
      await until(async () => (await p.credentials.find(id)) === null);
      await until(async () => (await p.credentials.byHookToken(tokenOf(hookUrl))) === null);
      expect(await stored(id)).not.toContain('"v1.');
      expect((await history(id)).at(-1)).toEqual(['disconnected', 'deleted', 'api', null]);

      provider.sessions.set(there.id, there);
      const again = await p.sessions.register(tenantId, desk, { apiKey: there.apiKey, webhookSecret: 's' });
      expect(again.session.id).not.toBe(id);
    });

    it('stay while the provider cannot be reached, and are removed when the provider no longer has them', async () => {
      const { id, there } = await create();
      provider.failNext('deleteSession', 'unavailable');
      expect(await p.sessions.delete(tenantId, desk, id).catch(reason)).toBe('provider_unavailable');
      expect(await p.sessions.get(tenantId, id)).toMatchObject({ id });

      provider.sessions.delete(there.id);
      await p.sessions.delete(tenantId, desk, id);
      expect(await p.sessions.delete(tenantId, desk, id).catch(reason)).toBe('not_found');
    });

    it('release their account', async () => {
      const { id, accountId } = await create();
      expect(await p.accounts.delete(tenantId, accountId).catch(reason)).toBe('account_in_use');
      await p.sessions.delete(tenantId, desk, id);
      await p.accounts.delete(tenantId, accountId);
      expect(await p.accounts.credential(tenantId, accountId).catch(reason)).toBe('not_found');
    });
  });

  describe('whose hook URL is changed', () => {
    /** Asks as a process that remembers nothing: its feed is not live. */
    const isTaken = async (url: string) =>
      (await new SessionCredentials(p.db, p.secrets, new ChangeFeed({ DATABASE_URL: '' })).byHookToken(tokenOf(url))) !== null;

    it('keep the provider’s URL, however often the change fails there, and then send it one', async () => {
      const { id, hookUrl, there } = await create();
      for (let i = 0; i < 3; i++) provider.failNext('updateSession', 'unavailable');
      const errors: AppError[] = [];
      for (let i = 0; i < 3; i++) errors.push((await p.webhooks.rotateHookToken(tenantId, desk, id).catch((e: AppError) => e)) as AppError);
      expect(errors.map(({ reason: r, details }) => [r, details.isDone])).toEqual(errors.map(() => ['provider_unavailable', true]));
      expect(there.settings.webhookUrl).toBe(hookUrl);
      await moveClock(p.db, 40 * 24 * 3_600_000);
      expect(await isTaken(hookUrl)).toBe(true);

      const rotated = await p.webhooks.rotateHookToken(tenantId, desk, id);
      expect(there.settings.webhookUrl).toBe(rotated.hookUrl);
      expect([await isTaken(hookUrl), await isTaken(rotated.hookUrl)]).toEqual([true, true]);
      await moveClock(p.db, 42 * 24 * 3_600_000);
      expect([await isTaken(hookUrl), await isTaken(rotated.hookUrl)]).toEqual([false, true]);
    });

    it('keep their message log as it was asked for', async () => {
      const { accountId } = await anAccount();
      const { session } = await p.sessions.create(tenantId, desk, { accountId, name: 'Quiet', phone: '+447700900001', logMessages: false });
      const there = provider.sessions.get(session.providerSessionId as string);
      const logs = async () => [(await p.sessions.get(tenantId, session.id)).logMessages, there?.settings.logMessages];
      expect(await logs()).toEqual([false, false]);
      await p.webhooks.rotateHookToken(tenantId, desk, session.id);
      await p.webhooks.repointWebhook(tenantId, session.id);
      expect(await logs()).toEqual([false, false]);
    });

    it('without an account keep the previous URL for a day, during which it cannot be changed again', async () => {
      const { id, hookUrl } = await register();
      const rotated = await p.webhooks.rotateHookToken(tenantId, desk, id);
      expect(await p.webhooks.rotateHookToken(tenantId, desk, id).catch(reason)).toBe('hook_token_in_use');
      expect([await isTaken(hookUrl), await isTaken(rotated.hookUrl)]).toEqual([true, true]);
      await moveClock(p.db, 25 * 3_600_000);
      await p.webhooks.rotateHookToken(tenantId, desk, id);
      expect([await isTaken(hookUrl), await isTaken(rotated.hookUrl)]).toEqual([false, true]);
    });

    it('keep accepting the previous secret when the same new one is set twice', async () => {
      const { id, hookUrl } = await register();
      await p.webhooks.rotateWebhookSecret(tenantId, desk, id, 'whsec-renewed');
      await p.webhooks.rotateWebhookSecret(tenantId, desk, id, 'whsec-renewed');
      p.credentials.forget(id);
      expect((await p.credentials.byHookToken(tokenOf(hookUrl)))?.secrets).toEqual(['whsec-renewed', 'whsec-given']);
    });
  });

  it('created at the provider are kept when their webhook cannot be set, and the error says so', async () => {
    const { accountId } = await anAccount();
    provider.failNext('updateSession', 'unavailable');
    const error = (await p.sessions
      .create(tenantId, desk, { accountId, name: 'Front desk', phone: '+447700900001' })
      .catch((e: AppError) => e)) as AppError;
    const [kept] = (await p.sessions.list(tenantId, {}, { limit: 10 })).rows;
    expect([error.details.isDone, error.message.includes(kept?.id ?? 'none')]).toEqual([true, true]);
    const { hookUrl } = await p.webhooks.rotateHookToken(tenantId, desk, kept?.id as string);
    expect(provider.sessions.get(kept?.providerSessionId as string)?.settings.webhookUrl).toBe(hookUrl);
  });

  it('change only the given members, and accept a new key only when the provider does', async () => {
    const { id, there } = await register({ tags: ['uk'], weight: 2 });
    expect(await p.sessions.update(tenantId, desk, id, { weight: 0 })).toMatchObject({ weight: 0, tags: ['uk'] });
    expect(await p.sessions.update(tenantId, desk, id, { apiKey: 'wrong' }).catch(reason)).toBe('provider_unauthorised');
    expect((await p.credentials.find(id))?.apiKey).toBe(there.apiKey);
  });

  it('are checked with a new key at once, so that the answer shows whether it works', async () => {
    const { id, there } = await register();
    for (let i = 0; i < 20; i++) {
      there.apiKey = `key-${i}-${id}`;
      await p.reports.reportUnauthorised(id, 'revoked');
      await p.credentials.find(id);
      expect(await p.sessions.update(tenantId, desk, id, { apiKey: there.apiKey })).toMatchObject({ status: 'connected' });
    }
  });

  it('are listed by status and tag, newest first, page by page', async () => {
    const made = [];
    for (let i = 0; i < 5; i++) made.unshift((await register({ tags: [i % 2 ? 'odd' : 'even'] })).id);
    const ids = async (filter: { status?: string; tag?: string }, limit = 10) => {
      const page = await p.sessions.list(tenantId, filter, { limit });
      const rest = page.next ? await p.sessions.list(tenantId, filter, { limit: 10, cursor: page.next }) : { rows: [] };
      return [...page.rows, ...rest.rows].map((row) => row.id);
    };
    expect(await ids({}, 2)).toEqual(made);
    expect(await ids({ tag: 'odd' })).toEqual([made[1], made[3]]);
    expect(await ids({ status: 'need_scan' })).toEqual([]);
  });

  it('of another tenant are not found by any method', async () => {
    const { id, accountId } = await create();
    const before = await stored(id);
    const calls = provider.calls.length;
    const { id: other } = await p.tenants.create({ name: 'Other', defaultCountry: 'DE' });
    const { sessions, webhooks, accounts } = p;
    const tries: Record<string, (foreign: string) => Promise<unknown>> = {
      get: (s) => sessions.get(other, s),
      events: (s) => sessions.events(other, s, { limit: 1 }),
      update: (s) => sessions.update(other, desk, s, { name: 'mine' }),
      link: (s) => sessions.link(other, desk, s),
      disconnect: (s) => sessions.disconnect(other, desk, s),
      restart: (s) => sessions.restart(other, desk, s),
      regenerateKey: (s) => sessions.regenerateKey(other, desk, s),
      sync: (s) => sessions.sync(other, desk, s),
      rotateWebhookSecret: (s) => webhooks.rotateWebhookSecret(other, desk, s, 'secret'),
      rotateHookToken: (s) => webhooks.rotateHookToken(other, desk, s),
      repointWebhook: (s) => webhooks.repointWebhook(other, s),
      pause: (s) => sessions.pause(other, desk, s),
      resume: (s) => sessions.resume(other, desk, s),
      confirmPhone: (s) => sessions.confirmPhone(other, desk, s, '+447700900001'),
      delete: (s) => sessions.delete(other, desk, s),
    };
    for (const [name, attempt] of Object.entries(tries)) {
      const [foreign, missing] = [await attempt(id).catch((e: AppError) => e), await attempt(newId()).catch((e: AppError) => e)];
      expect({ name, foreign }).toEqual({ name, foreign: missing });
      expect(foreign).toMatchObject({ code: 'not_found', reason: 'not_found' });
    }
    const draft = { apiKey: provider.addSession().apiKey, webhookSecret: 's', name: 'x', phone: '+447700900001', accountId };
    expect(await sessions.create(other, desk, draft).catch(reason)).toBe('not_found');
    expect(await sessions.register(other, desk, draft).catch(reason)).toBe('not_found');
    expect(await accounts.update(other, accountId, { name: 'mine' }).catch(reason)).toBe('not_found');
    expect(await accounts.delete(other, accountId).catch(reason)).toBe('not_found');
    expect((await accounts.list(other, { limit: 10 })).rows).toEqual([]);

    expect(await stored(id)).toBe(before);
    expect(provider.calls.slice(calls)).toEqual(['sessionIdentity']); // of the key the other tenant really holds
  });

  describe('accounts', () => {
    it('are stored once the provider accepts their token, and the token is sealed', async () => {
      expect(await p.accounts.create(tenantId, { name: 'x', accessToken: 'wrong' }).catch(reason)).toBe('provider_unauthorised');
      const { accessToken, accountId } = await anAccount();
      const { rows } = await p.accounts.list(tenantId, { limit: 10 });
      expect(rows).toEqual([
        { tenantId, id: accountId, provider: 'wasender', name: 'Main', createdAt: expect.any(Date) as Date, sessions: 0 },
      ]);
      const [row] = await p.db.query<{ sealed: string }>('SELECT access_token AS sealed FROM provider_accounts WHERE id = $1', [accountId]);
      expect(row?.sealed).not.toContain(accessToken);
      expect(await p.accounts.credential(tenantId, accountId)).toEqual({ accessToken });
    });

    it('keep their token when a new one is refused, and their sessions use a new one at once', async () => {
      const { id, accountId, accessToken } = await create();
      expect((await p.credentials.find(id))?.accountToken).toBe(accessToken);
      expect(await p.accounts.update(tenantId, accountId, { accessToken: 'wrong' }).catch(reason)).toBe('provider_unauthorised');
      expect(await p.accounts.update(tenantId, accountId, { name: 'Renamed' })).toMatchObject({ name: 'Renamed' });
      expect(await p.accounts.credential(tenantId, accountId)).toEqual({ accessToken });

      const renewed = provider.addAccount();
      await p.accounts.update(tenantId, accountId, { accessToken: renewed });
      await until(async () => (await p.credentials.find(id))?.accountToken === renewed);
    });
  });
});
