import { randomBytes } from 'node:crypto';
import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { ApiRig, fileForm } from './api/api-rig';
import { WorkerProcesses } from './worker-processes';

/** New people of the file, and beside them people who are known, rows that repeat a person and rows without a number. */
const fresh = 24_000;
const [known, repeated, wrong] = [500, 300, 200];
const keyring = `k1:${randomBytes(32).toString('base64')}`;
let rig: ApiRig;
const workers = new WorkerProcesses(() => rig, keyring);
beforeAll(async () => (rig = await ApiRig.start({ KEYRING: keyring })));
afterAll(async () => {
  workers.killAll();
  await rig.stop();
});

const phoneOf = (place: number): string => `+44770${String(1_000_001 + place).slice(-7)}`;
const freshRows = (count: number): string[] => Array.from({ length: count }, (_, i) => `${phoneOf(i)},Person ${i},yes`);

/** Uploads a file of people and says what its columns are. @returns a client of the import */
async function upload(key: string, rows: string[]) {
  const uploaded = await rig.call('POST', '/v1/imports', { key, ...fileForm(`phone,name,consent\n${rows.join('\n')}`) });
  const path = `/v1/imports/${String(uploaded.body.id)}`;
  const columns = ['phone', 'name', 'consent'].map((column) => ({ column, to: column }));
  await rig.call('PUT', `${path}/mapping`, { key, body: { columns, consent: { source: 'form' }, default_country: 'GB' } });
  const read = async () => (await rig.call('GET', path, { key })).body as { state: string; rows_done: number };
  const ask = (what: 'check' | 'run' | 'cancel' | 'undo') => rig.call('POST', `${path}/${what}`, { key });
  /** Waits until a worker has done some more rows. */
  const goesOn = async () => {
    const before = (await read()).rows_done;
    await workers.until(async () => (await read()).rows_done > before, 60_000);
  };
  return { read, ask, goesOn };
}

it('an import whose workers are killed again and again writes each person once, and its counts add up', async () => {
  const tenant = await rig.tenant();
  const db = rig.get(Database);
  await db.query(
    `WITH made AS (INSERT INTO contacts (tenant_id, id, name) SELECT $1, gen_random_uuid(), 'Known' FROM generate_series(1, $2::int) RETURNING id)
     INSERT INTO contact_addresses (tenant_id, address, contact_id) SELECT $1, '+4477' || lpad(row_number() OVER ()::text, 8, '0'), id FROM made`,
    [tenant.id, known],
  );
  const rows = [
    ...freshRows(fresh),
    ...Array.from({ length: known }, (_, i) => `+4477${String(i + 1).padStart(8, '0')},Known,no`),
    ...Array.from({ length: repeated }, (_, i) => `${phoneOf(i * 7)},Again,yes`),
    ...Array.from({ length: wrong }, (_, i) => `4.47E+11,Wrong ${i},yes`),
  ];
  const { read, ask, goesOn } = await upload(tenant.key, rows);

  // Tables that a part writes to, early and late.
  for (const [step, end, tables] of [
    ['check', 'checked', ['contact_import_keys', 'contact_import_refusals']],
    ['run', 'done', ['contacts', 'consents', 'contact_import_refusals']],
  ] as const) {
    expect((await ask(step)).status).toBe(202);
    for (const table of tables) {
      const worker = workers.start();
      await goesOn();
      // A later part stops in the middle, where it writes to the table.
      await workers.killAt(worker, { table });
      expect((await read()).state).not.toBe(end);
    }
    const last = workers.start();
    await workers.until(async () => (await read()).state === end, 120_000);
    await workers.kill(last);
  }

  expect(await read()).toMatchObject({
    rows_total: rows.length,
    rows_done: rows.length,
    new: fresh,
    changed: 0,
    unchanged: known,
    refused: repeated + wrong,
    consents: fresh,
  });
  const [found] = await db.query(
    `SELECT (SELECT count(*)::int FROM contacts WHERE tenant_id = $1) AS contacts,
       (SELECT count(*)::int FROM contact_addresses WHERE tenant_id = $1) AS addresses,
       (SELECT count(*)::int FROM consents WHERE tenant_id = $1) AS consents,
       (SELECT count(DISTINCT contact_id)::int FROM consents WHERE tenant_id = $1) AS "whoConsented",
       (SELECT count(*)::int FROM contact_import_rows WHERE tenant_id = $1) AS people,
       (SELECT count(*)::int FROM contact_import_refusals WHERE tenant_id = $1) AS refusals`,
    [tenant.id],
  );
  expect(found).toEqual({
    contacts: fresh + known,
    addresses: fresh + known,
    consents: fresh,
    whoConsented: fresh,
    people: fresh + known,
    refusals: repeated + wrong,
  });
}, 300_000);

it('an import that is cancelled while its worker is killed has whole parts alone, and its undo leaves nothing of them', async () => {
  const tenant = await rig.tenant();
  const db = rig.get(Database);
  const { read, ask, goesOn } = await upload(tenant.key, freshRows(8_000));
  expect((await ask('run')).status).toBe(202);
  const worker = workers.start();
  await workers.until(async () => (await read()).state === 'running', 60_000);
  await goesOn();
  let cancelled: ReturnType<typeof ask> | undefined;
  await workers.killAt(worker, { table: 'consents' }, async () => {
    // It waits for the part that the worker never ends.
    cancelled = ask('cancel');
    await until(() => workers.waits(`l.locktype = 'transactionid'`), 10_000);
  });
  expect(await cancelled).toMatchObject({ status: 200, body: { state: 'cancelled' } });

  const { rows_done: done } = await read();
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(8_000);
  expect(await read()).toMatchObject({ new: done, changed: 0, unchanged: 0, refused: 0, consents: done });
  const counts = async () => {
    const [found] = await db.query(
      `SELECT (SELECT count(*)::int FROM contacts WHERE tenant_id = $1) AS contacts,
         (SELECT count(*)::int FROM contact_import_rows WHERE tenant_id = $1) AS people,
         (SELECT count(*)::int FROM consents WHERE tenant_id = $1 AND action = 'opt_in') AS consents,
         (SELECT count(*)::int FROM consents WHERE tenant_id = $1 AND action = 'void') AS voids`,
      [tenant.id],
    );
    return found;
  };
  expect(await counts()).toEqual({ contacts: done, people: done, consents: done, voids: 0 });

  expect((await ask('undo')).status).toBe(202);
  await workers.killAt(workers.start(), { table: 'contacts', event: 'DELETE' });
  expect((await read()).state).toBe('undoing');
  workers.start();
  await workers.until(async () => (await read()).state === 'undone', 60_000);
  expect(await read()).toMatchObject({ undo: { removed: done, restored: 0, kept: 0 } });
  expect(await counts()).toEqual({ contacts: 0, people: 0, consents: done, voids: done });
}, 240_000);
