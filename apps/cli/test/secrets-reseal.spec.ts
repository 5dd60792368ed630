import { SealedSecrets } from '@heliograph/kernel';
import { createTestDatabase, keyActor } from '@heliograph/kernel/testing';
import { aRingKey, FakeProvider, startTenantsProcess, type TenantsProcess } from '@heliograph/tenants/testing';
import { sealedColumns } from '@heliograph/tenants';
import { reseal } from '../src/operations-commands';

const desk = keyActor('desk');
/** Returns SQL for the cells that hold a sealed value, by column, with the key each one is sealed under. */
const sealedCellsSql = (columns: { table: string; column: string }[]) =>
  columns
    .map(
      ({ table, column }) =>
        `SELECT '${table}.${column}' AS place, split_part("${column}", '.', 2) AS key FROM ${table} WHERE "${column}" LIKE 'v1.%'`,
    )
    .join(' UNION ALL ');

/** Secrets of a process that dies after a number of seals. */
class Dying extends SealedSecrets {
  constructor(
    config: { KEYRING: string },
    private left: number,
  ) {
    super(config);
  }

  override seal(plain: string, boundTo: string): string {
    if (this.left-- === 0) throw new Error('killed');
    return super.seal(plain, boundTo);
  }
}

describe('resealing of every secret', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let provider: FakeProvider;
  let old: TenantsProcess;
  const [oldKey, newKey] = [aRingKey('old'), aRingKey('new')];
  const ring = (...keys: string[]) => new SealedSecrets({ KEYRING: keys.join(',') });
  const sessions: { id: string; hookUrl: string; apiKey: string; secrets: string[]; accessToken: string }[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    provider = new FakeProvider();
    old = await startTenantsProcess({ url: database.url, provider, keyring: oldKey });
    const { id: tenantId } = await old.tenants.create({ name: 'Agency', defaultCountry: 'GB' });
    for (let i = 0; i < 3; i++) {
      const accessToken = provider.addAccount();
      const { id: accountId } = await old.accounts.create(tenantId, { name: 'Main', accessToken });
      const { id: providerSessionId, apiKey, webhookSecret } = provider.addSession({ accessToken });
      const { session, hookUrl } = await old.sessions.register(tenantId, desk, { apiKey, accountId, providerSessionId });
      await old.webhooks.rotateWebhookSecret(tenantId, desk, session.id, `renewed-${i}`);
      sessions.push({ id: session.id, hookUrl, apiKey, secrets: [`renewed-${i}`, webhookSecret], accessToken });
    }
  });
  afterAll(async () => {
    await old.stop();
    await database.drop();
  });

  const cells = async () => {
    const columns = await old.db.query<{ table: string; column: string }>(
      `SELECT table_name AS table, column_name AS column FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text'`,
    );
    return old.db.query<{ place: string; key: string }>(sealedCellsSql(columns));
  };
  const expectReadable = async (keyring: string) => {
    const process = await startTenantsProcess({ url: database.url, provider, keyring });
    for (const { id, hookUrl, apiKey, secrets, accessToken } of sessions) {
      expect(await process.credentials.find(id)).toMatchObject({ apiKey, accountToken: accessToken });
      expect(await process.credentials.byHookToken(hookUrl.split('/').at(-1) as string)).toMatchObject({ apiKey, secrets });
    }
    await process.stop();
  };

  it('covers every column that holds a sealed value', async () => {
    const found = new Set((await cells()).map((cell) => cell.place));
    expect([...found].sort()).toEqual(sealedColumns.map(({ table, column }) => `${table}.${column}`).sort());
  });

  it('continues after a crash, keeps everything readable, and needs the old key no more at the end', async () => {
    const dying = new Dying({ KEYRING: `${newKey},${oldKey}` }, 7);
    await expect(reseal(database.url, dying)).rejects.toThrow('killed');
    expect(new Set((await cells()).map((cell) => cell.key))).toEqual(new Set(['old', 'new']));
    await expectReadable(`${newKey},${oldKey}`);

    const done = await reseal(database.url, ring(newKey, oldKey));

    expect(Object.values(done).reduce((sum, n) => sum + n)).toBe((await cells()).length - 7);
    expect(new Set((await cells()).map((cell) => cell.key))).toEqual(new Set(['new']));
    await expectReadable(newKey);
    expect(Object.values(await reseal(database.url, ring(newKey, oldKey))).every((n) => n === 0)).toBe(true);
  });
});
