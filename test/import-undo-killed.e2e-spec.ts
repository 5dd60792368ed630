import { randomBytes } from 'node:crypto';
import { Database } from '@heliograph/kernel';
import { ApiRig, fileForm } from './api/api-rig';
import { type Gate, WorkerProcesses } from './worker-processes';

/** New people of the file, and people who are known. */
const [fresh, known] = [12_000, 1_500];
const keyring = `k1:${randomBytes(32).toString('base64')}`;
let rig: ApiRig;
const workers = new WorkerProcesses(() => rig, keyring);
beforeAll(async () => (rig = await ApiRig.start({ KEYRING: keyring })));
afterAll(async () => {
  workers.killAll();
  await rig.stop();
});

const knownPhone = (i: number): string => `+4477${String(i).padStart(8, '0')}`;

it('the undo of an import whose workers are killed again and again leaves everything as it was, and its counts add up', async () => {
  const tenant = await rig.tenant();
  const db = rig.get(Database);
  await db.query(
    `WITH made AS (INSERT INTO contacts (tenant_id, id, name, tags) SELECT $1, gen_random_uuid(), 'Known', '{vip}' FROM generate_series(1, $2::int) RETURNING id)
     INSERT INTO contact_addresses (tenant_id, address, contact_id) SELECT $1, '+4477' || lpad(row_number() OVER ()::text, 8, '0'), id FROM made`,
    [tenant.id, known],
  );
  const contacts = () =>
    db.query<{ address: string; name: string; tags: string[] }>(
      `SELECT a.address, c.name, c.tags FROM contact_addresses a JOIN contacts c ON c.tenant_id = a.tenant_id AND c.id = a.contact_id
       WHERE a.tenant_id = $1 ORDER BY a.address`,
      [tenant.id],
    );
  const before = await contacts();
  expect(before).toHaveLength(known);
  const list = await rig.call('POST', '/v1/contact-lists', { key: tenant.key, body: { name: 'Of the fair' } });
  const rows = [
    ...Array.from({ length: fresh }, (_, i) => `+44770${String(1_000_001 + i).slice(-7)},Person ${i},fair,yes`),
    ...Array.from({ length: known }, (_, i) => `${knownPhone(i + 1)},Another,fair,yes`),
  ];
  const uploaded = await rig.call('POST', '/v1/imports', { key: tenant.key, ...fileForm(`phone,name,tags,consent\n${rows.join('\n')}`) });
  const path = `/v1/imports/${String(uploaded.body.id)}`;
  const columns = ['phone', 'name', 'tags', 'consent'].map((column) => ({ column, to: column }));
  await rig.call('PUT', `${path}/mapping`, {
    key: tenant.key,
    body: { columns, consent: { source: 'form' }, default_country: 'GB', list_id: list.body.id },
  });
  const stateOf = async () => (await rig.call('GET', path, { key: tenant.key })).body.state as string;
  expect((await rig.call('POST', `${path}/run`, { key: tenant.key })).status).toBe(202);
  const runner = workers.start();
  await workers.until(async () => (await stateOf()) === 'done', 120_000);
  await workers.kill(runner);
  expect(await contacts()).toHaveLength(fresh + known);

  expect((await rig.call('POST', `${path}/undo`, { key: tenant.key })).status).toBe(202);
  const progress = async () => {
    const { undo } = (await rig.call('GET', path, { key: tenant.key })).body as { undo: { removed: number; restored: number } };
    return undo.removed + undo.restored;
  };
  // What a chunk writes, early, late and last.
  const gates: Gate[] = [
    { table: 'contact_list_members', event: 'DELETE' },
    { table: 'consents', event: 'INSERT' },
    { table: 'contact_imports', event: 'UPDATE', when: 'NEW.undo_position <> OLD.undo_position' },
  ];
  for (const gate of gates) {
    const worker = workers.start();
    const done = await progress();
    await workers.until(async () => (await progress()) > done, 60_000);
    // A later chunk stops there.
    await workers.killAt(worker, gate);
    expect(await stateOf()).toBe('undoing');
  }
  // It has begun: nobody can cancel it.
  expect(await rig.call('POST', `${path}/cancel`, { key: tenant.key })).toMatchObject({ status: 409, body: { code: 'import_ended' } });
  const last = workers.start();
  await workers.until(async () => (await stateOf()) === 'undone', 120_000);
  await workers.kill(last);

  expect((await rig.call('GET', path, { key: tenant.key })).body).toMatchObject({ undo: { removed: fresh, restored: known, kept: 0 } });
  expect(await contacts()).toEqual(before);
  const [left] = await db.query(
    `SELECT (SELECT count(*)::int FROM contacts WHERE tenant_id = $1) AS contacts,
       (SELECT count(*)::int FROM contact_list_members WHERE tenant_id = $1) AS members,
       (SELECT count(*)::int FROM contact_import_rows WHERE tenant_id = $1) AS people,
       (SELECT count(*)::int FROM consents WHERE tenant_id = $1 AND action = 'opt_in') AS consents,
       (SELECT count(*)::int FROM consents WHERE tenant_id = $1 AND action = 'void') AS voids,
       (SELECT count(DISTINCT voids)::int FROM consents WHERE tenant_id = $1) AS voided`,
    [tenant.id],
  );
  const all = fresh + known;
  expect(left).toEqual({ contacts: known, members: 0, people: 0, consents: all, voids: all, voided: all });
}, 300_000);
