import { type AppError, newId } from '@heliograph/kernel';
import { createTestDatabase, keyActor, moveClock, until } from '@heliograph/kernel/testing';
import { aRingKey, FakeProvider, startTenantsProcess, type TenantsProcess } from '../testing';

const desk = keyActor('desk');
const here = '203.0.113.7';

describe('API keys', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let one: TenantsProcess;
  let two: TenantsProcess;
  let tenantId: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    const options = { url: database.url, provider: new FakeProvider(), keyring: aRingKey() };
    [one, two] = [await startTenantsProcess(options), await startTenantsProcess(options)];
  });
  afterAll(async () => {
    await one.stop();
    await two.stop();
    await database.drop();
  });
  beforeEach(async () => {
    await moveClock(one.db, 0);
    ({ id: tenantId } = await one.tenants.create({ name: 'Agency', defaultCountry: 'GB' }));
  });

  const create = (over: Partial<Parameters<TenantsProcess['keys']['create']>[2]> = {}) =>
    one.keys.create(tenantId, desk, { name: 'Shop', scopes: ['messages:write'], ...over });
  const reason = (error: AppError) => error.reason;

  it('show their secret once and store it nowhere', async () => {
    const { key, secret } = await create();
    expect(secret).toMatch(/^hg_live_[0-9a-f]{64}$/);

    const [stored] = await one.db.query<{ all: string }>('SELECT to_jsonb(k)::text AS all FROM api_keys k WHERE id = $1', [key.id]);
    const listed = await one.keys.list(tenantId, { limit: 10 });
    for (const text of [stored?.all, JSON.stringify(listed), JSON.stringify(key)]) {
      expect(text).toContain(key.id);
      expect(text).not.toContain(secret.slice('hg_live_'.length + 6));
      expect(text).not.toContain(Buffer.from(secret).toString('hex'));
    }
    expect(secret.startsWith(key.prefix)).toBe(true);
  });

  it('authenticate their tenant with its settings and their scopes, and no other text does', async () => {
    const { key, secret } = await create({ scopes: ['messages:read', 'sessions:read'] });
    const caller = await two.keys.authenticate(secret, here);

    expect(caller?.key).toEqual({ id: key.id, name: 'Shop', scopes: new Set(['messages:read', 'sessions:read']) });
    expect(caller?.tenant).toMatchObject({
      id: tenantId,
      defaultCountry: 'GB',
      suspended: false,
      settings: { routing: { rule: 'sticky' } },
    });
    const almost = secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0');
    for (const junk of [almost, secret.toUpperCase(), `${secret} `, '', 'hg_live_', "' OR true --"]) {
      expect(await two.keys.authenticate(junk, here)).toBeNull();
    }
  });

  it('are invalid on every process within a second of being revoked', async () => {
    const { key, secret } = await create();
    for (const { keys } of [one, two]) expect(await keys.authenticate(secret, here)).not.toBeNull();

    const first = await one.keys.revoke(tenantId, desk, key.id);
    expect(first).toMatchObject({ createdBy: desk, revokedBy: desk });

    expect(await one.keys.authenticate(secret, here)).toBeNull();
    await until(async () => (await two.keys.authenticate(secret, here)) === null, 1_000);
    expect(await two.keys.revoke(tenantId, keyActor('another'), key.id)).toEqual(first);
  });

  it('reflect a suspended tenant and changed settings on every process within a second', async () => {
    const { secret } = await create();
    await two.keys.authenticate(secret, here);
    await one.tenants.update(tenantId, { settings: { routing: { rule: 'weighted' } } });
    await until(async () => (await two.keys.authenticate(secret, here))?.tenant.settings.routing.rule === 'weighted', 1_000);
    await one.db.query('UPDATE tenants SET suspended_at = heliograph_now() WHERE id = $1', [tenantId]);
    await until(async () => (await two.keys.authenticate(secret, here))?.tenant.suspended === true, 1_000);
  });

  it('expire by the database’s clock, and by the process’s own when they are cached', async () => {
    const inAnHour = new Date(Date.now() + 3_600_000);
    const { secret } = await create({ expiresAt: inAnHour });
    expect(await one.keys.authenticate(secret, here)).not.toBeNull();
    await moveClock(one.db, 3_600_001);
    expect(await two.keys.authenticate(secret, here)).toBeNull();

    await moveClock(one.db, 0);
    const soon = await create({ expiresAt: new Date(Date.now() + 3_000) });
    expect(await one.keys.authenticate(soon.secret, here)).not.toBeNull();
    await until(async () => (await one.keys.authenticate(soon.secret, here)) === null);
  });

  it('work from their addresses only', async () => {
    const { key, secret } = await create({ allowedAddresses: ['203.0.113.0/24', '2001:db8::/32'] });
    expect(key.allowedAddresses).toEqual(['203.0.113.0/24', '2001:db8::/32']);
    expect(await one.keys.authenticate(secret, here)).not.toBeNull();
    expect(await one.keys.authenticate(secret, '2001:db8::1')).not.toBeNull();
    expect(await one.keys.authenticate(secret, '198.51.100.1')).toBeNull();
  });

  const session = async (): Promise<string> => {
    const id = newId();
    await one.db.query(`INSERT INTO sessions (tenant_id, id, provider, name, status) VALUES ($1, $2, 'fake', 'Line', 'connected')`, [
      tenantId,
      id,
    ]);
    return id;
  };

  it('carry the sessions they are limited to, and are refused once the limit is gone from their row', async () => {
    const ids = [await session(), await session()].sort();
    const { key, secret } = await create({ sessionIds: [...ids, ids[0] as string] });
    expect(key.sessionIds).toEqual(ids);
    for (const { keys } of [one, two]) expect((await keys.authenticate(secret, here))?.sessions).toEqual(new Set(ids));
    expect((await one.keys.authenticate((await create()).secret, here))?.sessions).toBeNull();

    await one.db.query('UPDATE api_keys SET session_ids = session_ids[1:1] WHERE id = $1', [key.id]);
    await until(async () => (await two.keys.authenticate(secret, here))?.sessions?.size === 1, 1_000);
    await one.db.query('UPDATE api_keys SET session_ids = NULL WHERE id = $1', [key.id]);
    await until(async () => (await two.keys.authenticate(secret, here)) === null, 1_000);
    await expect(one.db.query(`UPDATE api_keys SET session_ids = '{}' WHERE id = $1`, [key.id])).rejects.toThrow();
  });

  it('are unknown to a process of a version without that limit, when they have it', async () => {
    // The condition of that version on the hash.
    const isKnown = async (secret: string) =>
      (await one.db.query('SELECT 1 FROM api_keys WHERE hash = sha256($1::text::bytea)', [secret])).length === 1;
    expect(await isKnown((await create()).secret)).toBe(true);
    expect(await isKnown((await create({ sessionIds: [await session()] })).secret)).toBe(false);
  });

  it('are made with at most the sessions of the key that makes them', async () => {
    const ids = [await session(), await session()];
    const { key } = await create({ scopes: ['messages:write', 'keys:manage'], sessionIds: [ids[0] as string] });
    const make = (sessionIds: string[] | null) =>
      one.keys.create(tenantId, desk, { name: 'made', scopes: ['messages:write'], sessionIds }, { keyId: key.id }).catch(reason);
    for (const over of [null, ids, [ids[1] as string]]) expect(await make(over)).toBe('exceeds_own_rights');
    expect(await make([ids[0] as string])).toMatchObject({ key: { sessionIds: [ids[0]] } });
  });

  it('are replaced by keys of the same rights, and work beside them for the overlap', async () => {
    const expiresAt = new Date(Date.now() + 30 * 86_400_000);
    const { key, secret } = await create({ scopes: ['messages:read'], allowedAddresses: ['203.0.113.0/24'], expiresAt });
    expect(await two.keys.authenticate(secret, here)).not.toBeNull();
    const rotated = await one.keys.rotate(tenantId, desk, key.id, 24);
    expect(rotated.key).toMatchObject({ name: key.name, scopes: key.scopes, allowedAddresses: key.allowedAddresses, createdBy: desk });
    expect(Math.abs((rotated.key.expiresAt?.getTime() ?? 0) - expiresAt.getTime())).toBeLessThan(60_000);
    expect(Math.abs((rotated.previous.expiresAt?.getTime() ?? 0) - Date.now() - 86_400_000)).toBeLessThan(60_000);
    for (const both of [secret, rotated.secret]) expect(await two.keys.authenticate(both, here)).not.toBeNull();
    // A second rotation does not prolong the first key.
    await one.keys.rotate(tenantId, desk, rotated.key.id, 0);
    await until(async () => (await two.keys.authenticate(rotated.secret, here)) === null, 1_000);
    await moveClock(one.db, 86_400_001);
    const third = await startTenantsProcess({ url: database.url, provider: new FakeProvider(), keyring: aRingKey() });
    expect(await third.keys.authenticate(secret, here)).toBeNull();
    await third.stop();
    expect(await one.keys.rotate(tenantId, desk, key.id, 24).catch(reason)).toBe('key_not_live');
    expect(await one.keys.rotate(tenantId, desk, tenantId, 24).catch(reason)).toBe('not_found');
  });

  it('are not replaced by one that has more than its maker', async () => {
    const { key } = await create({ scopes: ['messages:write', 'tenant:manage'] });
    const maker = await create({ scopes: ['messages:write', 'keys:manage'] });
    for (const by of [{ keyId: maker.key.id }, { scopes: new Set(['messages:write', 'keys:manage'] as const) }])
      expect(await one.keys.rotate(tenantId, desk, key.id, 24, by).catch(reason)).toBe('exceeds_own_rights');
    expect((await one.keys.list(tenantId, { limit: 10 })).rows.find(({ id }) => id === key.id)?.expiresAt).toBeNull();
  });

  it('store the time of their last use, at the latest when the process ends', async () => {
    const { key, secret } = await create();
    const third = await startTenantsProcess({ url: database.url, provider: new FakeProvider(), keyring: aRingKey() });
    const before = Date.now();
    await third.keys.authenticate(secret, here);
    expect((await one.keys.list(tenantId, { limit: 1 })).rows[0]?.lastUsedAt).toBeNull();
    await third.stop();

    const [listed] = (await one.keys.list(tenantId, { limit: 1 })).rows;
    expect(listed?.id).toBe(key.id);
    expect(listed?.lastUsedAt?.getTime()).toBeGreaterThanOrEqual(before);
  });

  it('of another tenant are not found', async () => {
    const { key } = await create();
    const { id: other } = await one.tenants.create({ name: 'Other', defaultCountry: 'DE' });
    expect(await one.keys.revoke(other, desk, key.id).catch(reason)).toBe('not_found');
    expect((await one.keys.list(other, { limit: 10 })).rows).toEqual([]);
  });

  it('are listed newest first, page by page, including revoked ones', async () => {
    const made = [];
    for (let i = 0; i < 5; i++) made.unshift((await create({ name: `key ${i}` })).key.id);
    await one.keys.revoke(tenantId, desk, made[2] as string);

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await one.keys.list(tenantId, { limit: 2, ...(cursor && { cursor }) });
      seen.push(...page.rows.map((row) => row.id));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen).toEqual(made);
  });
});
