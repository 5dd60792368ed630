import { type Database, newId, sqlState } from '../src';
import { openTestDatabase, type TestDatabase } from '../testing';

interface ProtectedTable {
  name: string;
  tenantColumn: boolean;
  enabled: boolean;
  policies: { roles: string[]; qual: string; cmd: string }[];
}

/** Tables without a tenant, each with its reason. */
const shared = [
  'message_event_readers', // unused; feed_readers took its place
  'audit_chain', // one chain for all tenants
  'audit_chain_ends',
  'audit_log', // read by people only, by the tenants of their roles
  'audit_pending',
  'brandings', // read before anybody is signed in
  'agency_suppressions', // list of the operator, valid for every tenant
  'message_counting', // time from which on messages are counted
  'message_flow_totals', // sums over all tenants
  'hook_answers', // how long answers to hooks took, of all tenants together
  'process_reports', // processes, not data of tenants
  'invariant_checks', // counts over all tenants
  'feed_readers', // positions in the history, of readers that see all of it
  'keyring_keys', // proofs of the installation's own keys
  'ledger_state', // which installation the database belongs to
  'schema_migrations', // the migration tool's own record
  'staff_accounts', // people of the agency, who belong to no tenant
  'staff_grants',
  'staff_known_networks',
  'staff_sign_ins',
  'staff_two_factors',
  'staff_users',
  'staff_verifications',
  'throttle_counters', // hashes of keys and addresses, read by no request
  'workers', // processes, not data of tenants
];

describe('row level security', () => {
  let test: TestDatabase;
  let db: Database;
  const [a, b] = [newId(), newId()];

  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
    for (const tenant of [a, b]) {
      await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Agency', 'GB')`, [tenant]);
      await db.query(`INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes) VALUES ($1, $2, 'k', 'p', $3, '{}')`, [
        tenant,
        newId(),
        Buffer.from(tenant),
      ]);
    }
  });
  afterAll(() => test.close());

  const tables = () =>
    db.query<ProtectedTable>(`
      SELECT c.relname AS name, c.relrowsecurity AS enabled,
        EXISTS (SELECT 1 FROM information_schema.columns i WHERE i.table_schema = 'public' AND i.table_name = c.relname AND i.column_name = 'tenant_id') AS "tenantColumn",
        coalesce((SELECT json_agg(json_build_object('roles', p.roles, 'qual', p.qual, 'cmd', p.cmd)) FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname), '[]') AS policies
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`);
  const tenantsOf = (rows: { tenant_id: string }[]) => [...new Set(rows.map((row) => row.tenant_id))];
  const blindRead = (tenant: string) => db.forTenant(tenant, (tx) => tx.query<{ tenant_id: string }>('SELECT tenant_id FROM api_keys'));

  it('covers every table that has a tenant, with the one policy, for every command', async () => {
    const walled = (await tables()).filter((table) => table.tenantColumn);
    expect(walled.length).toBeGreaterThan(12);
    for (const { name, enabled, policies } of walled) {
      expect({ name, enabled, policies }).toEqual({
        name,
        enabled: true,
        policies: [
          { roles: ['heliograph_tenant'], cmd: 'ALL', qual: expect.stringMatching(/^\(tenant_id = .*heliograph\.tenant_id/) as string },
        ],
      });
    }
  });

  it('exempts only tables that belong to no tenant', async () => {
    const outside = (await tables()).filter((table) => !table.enabled).map((table) => table.name);
    expect(outside.filter((name) => !shared.includes(name))).toEqual([]);
  });

  it('always binds the tenant role: it owns nothing, bypasses nothing and can read no exempt table', async () => {
    const [role] = await db.query(
      `SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole FROM pg_roles WHERE rolname = 'heliograph_tenant'`,
    );
    expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolcanlogin: false, rolcreaterole: false });
    const owned = await db.query(`SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'heliograph_tenant'`);
    expect(owned).toEqual([]);
    const open = await db.query(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT relrowsecurity AND NOT relispartition
         AND has_table_privilege('heliograph_tenant', oid, 'SELECT, INSERT, UPDATE, DELETE')`,
    );
    expect(open).toEqual([]);
  });

  it('shows a query without a tenant condition only the rows of its tenant', async () => {
    expect(tenantsOf(await blindRead(a))).toEqual([a]);
    expect(tenantsOf(await blindRead(b))).toEqual([b]);
  });

  it('shows no rows of any table when no tenant is set', async () => {
    const names = (await tables()).filter((table) => table.enabled).map((table) => table.name);
    await db.transaction(async (tx) => {
      await tx.query('SET LOCAL ROLE heliograph_tenant');
      for (const name of names) expect({ name, rows: await tx.query(`SELECT * FROM ${name}`) }).toEqual({ name, rows: [] });
    });
  });

  it('blocks writes that reach, move to or create rows of another tenant', async () => {
    await db.forTenant(a, async (tx) => {
      expect(await tx.query(`UPDATE api_keys SET name = 'mine now' WHERE tenant_id = $1 RETURNING id`, [b])).toEqual([]);
      expect(await tx.query(`DELETE FROM api_keys WHERE tenant_id = $1 RETURNING id`, [b])).toEqual([]);
    });
    const refused = (work: string, params: unknown[]) =>
      db
        .forTenant(a, (tx) => tx.query(work, params))
        .then(
          () => 'done',
          (error: unknown) => sqlState(error),
        );
    expect(await refused(`UPDATE api_keys SET tenant_id = $1`, [b])).toBe('42501');
    expect(
      await refused(`INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes) VALUES ($1, $2, 'k', 'p', 'h', '{}')`, [b, newId()]),
    ).toBe('42501');
    expect(await refused(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'x', 'GB')`, [newId()])).toBe('42501');
  });

  it('leaves no tenant and no role behind on a connection', async () => {
    const reads = Array.from({ length: 200 }, (_, i) => {
      const tenant = i % 2 ? a : b;
      return i % 5 === 0
        ? db.forTenant(tenant, () => Promise.reject(new Error('rolled back'))).catch(() => [])
        : blindRead(tenant).then((rows) => expect(tenantsOf(rows)).toEqual([tenant]));
    });
    await Promise.all(reads);

    const after = await Promise.all(
      Array.from({ length: 16 }, () =>
        db.query<{ role: string; tenant: string | null }>(
          `SELECT current_user::text = session_user::text AS role, nullif(current_setting('heliograph.tenant_id', true), '') AS tenant, pg_sleep(0.01)::text`,
        ),
      ),
    );
    for (const [row] of after) expect(row).toMatchObject({ role: true, tenant: null });
  });

  it('ignores a tenant setting that only looks valid', async () => {
    await expect(blindRead(`' OR true --`)).rejects.toMatchObject({ code: '22P02' });
    expect(await blindRead(newId())).toEqual([]);
  });
});
