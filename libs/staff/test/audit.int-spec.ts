import { randomBytes } from 'node:crypto';
import { auditedAs, type AuditScope, type Database, inAuditScope, newId, SealedSecrets, systemActor } from '@heliograph/kernel';
import { moveClock, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { AuditChain } from '../src/audit/audit-chain.repository';
import { AuditLog } from '../src/audit/audit-log.repository';

let test: TestDatabase;
let db: Database;
let log: AuditLog;
let chain: AuditChain;
beforeEach(async () => {
  test = await openTestDatabase();
  ({ db } = test);
  log = new AuditLog(db);
  const secrets = new SealedSecrets({ KEYRING: `k1:${randomBytes(32).toString('base64')}` });
  chain = new AuditChain(db, secrets, { AUDIT_RETENTION_DAYS: 90 });
});
afterEach(() => test.close());

const act = (over: Partial<AuditScope> = {}): AuditScope => ({
  mode: 'once',
  isWritten: false,
  actor: { kind: 'person', id: 'p1', name: 'Ines' },
  action: 'tenant.changed',
  address: '203.0.113.9',
  requestId: 'r1',
  ...over,
});
const addTenant = (id: string, name = 'Kettle') =>
  db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, $2, 'GB')`, [id, name]);
const rename = (id: string, name: string) => db.forTenant(id, (tx) => tx.query('UPDATE tenants SET name = $2 WHERE id = $1', [id, name]));
const all = async () => (await log.list({ tenants: null }, { limit: 500 })).rows;
const wide = (sql: string, params: unknown[] = []) =>
  db.transaction(async (tx) => {
    await tx.query(`SET LOCAL session_replication_role = replica`);
    await tx.query(sql, params);
  });

describe('an entry of an act that names no subject', () => {
  it('shows the name that the subject had then, in a list and by itself', async () => {
    const [id, other] = [newId(), newId()];
    const subject = { kind: 'tenant', id };
    await inAuditScope(act({ action: 'tenant.created', subject, tenantId: id }), () => addTenant(id));
    await log.write(act({ action: 'tenant.tested', subject, tenantId: id }));
    await inAuditScope(act({ subject, tenantId: id }), () => rename(id, 'Copper Kettle'));
    await log.write(act({ action: 'tenant.tested', subject, tenantId: id }));
    await log.write(act({ action: 'tenant.tested', subject: { kind: 'tenant', id: other }, tenantId: id }));
    await log.write(act({ action: 'tenant.tested', subject, tenantId: other }));
    const entries = await all();
    expect(entries.map((entry) => entry.subject?.name)).toEqual([null, null, 'Copper Kettle', 'Copper Kettle', 'Kettle', 'Kettle']);
    expect((await log.find(entries[4]?.id ?? '', null))?.subject?.name).toBe('Kettle');
  });
});

describe('a change within an act', () => {
  it('leaves one entry with the changed fields, in the transaction of the change', async () => {
    const id = newId();
    await inAuditScope(act({ action: 'tenant.created' }), () => addTenant(id));
    await inAuditScope(act({ subject: { kind: 'tenant', id }, tenantId: id }), () => rename(id, 'Copper Kettle'));
    const [changed, created] = await all();
    expect(created).toMatchObject({ action: 'tenant.created', tenantId: id, subject: { kind: 'tenant', id, name: 'Kettle' } });
    expect(created?.changes).toEqual([
      { kind: 'tenant', id, name: 'Kettle', before: null, after: { name: 'Kettle', default_country: 'GB', settings: {} } },
    ]);
    expect(changed).toMatchObject({
      action: 'tenant.changed',
      tenantId: id,
      actor: { kind: 'person', id: 'p1', name: 'Ines' },
      subject: { kind: 'tenant', id, name: 'Copper Kettle' },
      changes: [{ kind: 'tenant', id, name: 'Copper Kettle', before: { name: 'Kettle' }, after: { name: 'Copper Kettle' } }],
      address: '203.0.113.9',
      requestId: 'r1',
    });
  });

  it('leaves none when it is rolled back, when nothing was written, and only one when the act goes on', async () => {
    const id = newId();
    const scope = act();
    await inAuditScope(scope, async () => {
      await db.query('SELECT 1');
      await expect(
        db.transaction(async (tx) => {
          await tx.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Gone', 'GB')`, [newId()]);
          throw new Error('refused');
        }),
      ).rejects.toThrow('refused');
      expect(scope.isWritten).toBe(false);
      await addTenant(id);
      expect(scope.isWritten).toBe(true);
      await db.query(`UPDATE tenants SET created_at = heliograph_now() WHERE id = $1`, [id]);
    });
    expect((await all()).map(({ subject }) => subject?.id)).toEqual([id]);
  });

  it('names a secret that changed and never shows it', async () => {
    const [tenant, id] = [newId(), newId()];
    await addTenant(tenant);
    await inAuditScope(act({ action: 'provider_account.created' }), () =>
      db.query(
        `INSERT INTO provider_accounts (tenant_id, id, provider, name, access_token) VALUES ($1, $2, 'wasender', 'Main', 'sealed-token')`,
        [tenant, id],
      ),
    );
    const [entry] = await all();
    expect(entry?.changes[0]?.after).toEqual({ name: 'Main', provider: 'wasender', access_token: '(secret)' });
    expect(JSON.stringify(entry)).not.toContain('sealed-token');
  });
});

it('audits a change outside of an act under the name of the connection, and one of a part of the system under its own', async () => {
  const id = newId();
  await addTenant(id);
  await auditedAs(systemActor('callbacks'), 'tenant.suspended', () =>
    db.query('UPDATE tenants SET suspended_at = heliograph_now() WHERE id = $1', [id]),
  );
  expect((await all()).map(({ action, actor }) => [action, actor.kind, actor.id])).toEqual([
    ['tenant.suspended', 'system', 'callbacks'],
    ['tenant.created', 'system', 'heliograph'],
  ]);
});

it('takes a row that belongs to a subject for a change of the subject', async () => {
  const id = newId();
  await auditedAs(systemActor('command_line'), undefined, () =>
    db.transaction(async (tx) => {
      await tx.query(`INSERT INTO staff_users (id, name, email) VALUES ($1, 'Ines', 'ines@agency.example')`, [id]);
      await tx.query(`INSERT INTO staff_grants (id, user_id, role) VALUES ($1, $2, 'owner')`, [newId(), id]);
    }),
  );
  expect((await all()).map(({ action, subject }) => [action, subject?.id])).toEqual([
    ['person.changed', id],
    ['person.created', id],
  ]);
});

describe('the log', () => {
  it('is changed and deleted by nobody, not even by its owner', async () => {
    await addTenant(newId());
    await chain.seal();
    for (const sql of [
      `UPDATE audit_log SET actor_name = 'somebody else'`,
      'DELETE FROM audit_log',
      'TRUNCATE audit_log',
      'UPDATE audit_chain SET seq = seq + 1',
      'DELETE FROM audit_chain',
      'TRUNCATE audit_chain',
      'DELETE FROM audit_chain_ends',
      `UPDATE audit_chain_ends SET seq = 0`,
      `INSERT INTO audit_chain_ends (name, seq, hash, seal) SELECT 'base', seq, hash, '' FROM audit_chain`,
    ])
      await expect(db.query(sql)).rejects.toThrow(/append-only|only advance|not purged/);
    expect(await all()).toHaveLength(1);
  });

  it('shows a reader of some tenants only their entries, by page, and by each filter', async () => {
    const [a, b] = [newId(), newId()];
    for (const id of [a, b]) await inAuditScope(act({ action: 'tenant.created' }), () => addTenant(id));
    for (const name of ['One', 'Two', 'Three']) await inAuditScope(act({ requestId: name }), () => rename(a, name));
    await log.write({ actor: systemActor('test'), action: 'installation.changed' });
    const seen = async (filter: object, limit = 500) => (await log.list({ tenants: null, ...filter }, { limit })).rows;
    expect(await seen({ tenants: [a] })).toHaveLength(4);
    expect(await seen({ tenants: [a, b] })).toHaveLength(5);
    expect(await seen({ tenants: [] })).toHaveLength(0);
    expect(await seen({})).toHaveLength(6);
    expect(await seen({ action: 'tenant.' })).toHaveLength(5);
    expect(await seen({ action: 'tenant.created', tenants: [b] })).toHaveLength(1);
    expect(await seen({ actorKind: 'system' })).toHaveLength(1);
    expect(await seen({ actorId: 'p1', requestId: 'Two' })).toHaveLength(1);
    expect(await seen({ subjectKind: 'tenant', subjectId: a })).toHaveLength(4);
    expect(await seen({ subjectId: b })).toHaveLength(1);
    expect(await seen({ address: '203.0.113.9' })).toHaveLength(5);
    expect(await seen({ since: new Date(Date.now() + 60_000) })).toHaveLength(0);
    const first = await log.list({ tenants: [a] }, { limit: 3 });
    const second = await log.list({ tenants: [a] }, { limit: 3, cursor: first.next ?? '' });
    expect([...first.rows, ...second.rows].map(({ requestId }) => requestId)).toEqual(['Three', 'Two', 'One', 'r1']);
    expect([second.next, (await log.find(first.rows[0]?.id ?? '', [b])) === null]).toEqual([null, true]);
  });
});

describe('the chain', () => {
  const some = async (count = 5) => {
    for (let i = 0; i < count; i++) await addTenant(newId(), `Tenant ${i}`);
  };

  it('seals what was committed, counts what waits, and holds', async () => {
    await some();
    expect(await chain.verify()).toMatchObject({ links: 0, pending: 5, broken: null });
    expect(await chain.seal(3)).toBe(3);
    expect(await chain.verify()).toMatchObject({ links: 3, pending: 2, head: { seq: '3' }, broken: null });
    const { head } = await chain.verify();
    expect(await chain.seal()).toBe(2);
    expect(await chain.seal()).toBe(0);
    expect(await chain.verify(head ?? undefined)).toMatchObject({ links: 5, pending: 0, broken: null });
  });

  it('is sealed by one process at a time, without a gap', async () => {
    await some(40);
    const turns = await Promise.all(Array.from({ length: 6 }, () => chain.seal(7)));
    while ((await chain.seal(7)) > 0);
    expect(turns.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(40);
    expect(await chain.verify()).toMatchObject({ links: 40, pending: 0, broken: null });
  });

  it.each<[string, string, object]>([
    [
      'a changed entry',
      `UPDATE audit_log SET actor_name = 'somebody else' WHERE id = (SELECT entry_id FROM audit_chain WHERE seq = 3)`,
      { seq: '3' },
    ],
    ['a deleted entry', 'DELETE FROM audit_log WHERE id = (SELECT entry_id FROM audit_chain WHERE seq = 4)', { seq: '4' }],
    ['a deleted link', 'DELETE FROM audit_chain WHERE seq = 2', { seq: '2' }],
    ['a changed link', `UPDATE audit_chain SET hash = sha256('x') WHERE seq = 2`, { seq: '2' }],
    ['a cut end', 'DELETE FROM audit_chain WHERE seq = 5', { seq: '5' }],
    ['a moved end', `UPDATE audit_chain_ends SET seq = 4, hash = (SELECT hash FROM audit_chain WHERE seq = 4)`, { seq: '4' }],
    ['an entry that was never sealed', 'DELETE FROM audit_pending', { seq: null }],
  ])('shows %s, and names the first broken place', async (_what, sql, broken) => {
    await some();
    await chain.seal();
    await some(1);
    await wide(sql);
    expect((await chain.verify()).broken).toMatchObject(broken);
  });

  it('shows a chain that was written anew, to whoever remembers its head', async () => {
    await some();
    await chain.seal();
    const { head } = await chain.verify();
    await wide(`DELETE FROM audit_chain; `);
    await wide('DELETE FROM audit_chain_ends');
    await wide(`UPDATE audit_log SET actor_name = 'somebody else'`);
    await wide('INSERT INTO audit_pending SELECT id FROM audit_log');
    await chain.seal();
    expect((await chain.verify()).broken).toBeNull();
    expect((await chain.verify(head ?? undefined)).broken).toMatchObject({ seq: '5' });
  });

  it('loses entries by age only, and still holds from there', async () => {
    await some();
    await chain.seal();
    expect(await chain.purge()).toBe(0);
    await moveClock(db, 91 * 86_400_000);
    await some(2);
    await chain.seal();
    expect(await chain.purge(3)).toBe(3);
    expect(await chain.verify()).toMatchObject({ links: 4, base: { seq: '3' }, head: { seq: '7' }, broken: null });
    expect(await chain.purge()).toBe(2);
    expect(await chain.purge()).toBe(0);
    expect(await chain.verify()).toMatchObject({ links: 2, base: { seq: '5' }, broken: null });
    expect(await all()).toHaveLength(2);
  });
});
