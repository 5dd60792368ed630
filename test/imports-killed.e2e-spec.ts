import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { ApiRig, fileForm } from './api/api-rig';
import { Housekeepers } from './housekeepers';

/** New people of the file, and beside them people who are known, rows that repeat a person and rows without a number. */
const fresh = 24_000;
const [known, repeated, wrong] = [500, 300, 200];
const keyring = `k1:${randomBytes(32).toString('base64')}`;
let rig: ApiRig;
const housekeepers = new Housekeepers(() => rig, keyring);
beforeAll(async () => (rig = await ApiRig.start({ KEYRING: keyring })));
afterAll(async () => {
  housekeepers.killAll();
  await rig.stop();
});

async function kill(worker: ChildProcess): Promise<void> {
  worker.kill('SIGKILL');
  if (worker.signalCode === null) await once(worker, 'exit');
}

const phoneOf = (place: number): string => `+44770${String(1_000_001 + place).slice(-7)}`;

it('an import whose workers are killed again and again writes each person once, and its counts add up', async () => {
  const tenant = await rig.tenant();
  const db = rig.get(Database);
  await db.query(
    `WITH made AS (INSERT INTO contacts (tenant_id, id, name) SELECT $1, gen_random_uuid(), 'Known' FROM generate_series(1, $2::int) RETURNING id)
     INSERT INTO contact_addresses (tenant_id, address, contact_id) SELECT $1, '+4477' || lpad(row_number() OVER ()::text, 8, '0'), id FROM made`,
    [tenant.id, known],
  );
  const rows = [
    ...Array.from({ length: fresh }, (_, i) => `${phoneOf(i)},Person ${i},yes`),
    ...Array.from({ length: known }, (_, i) => `+4477${String(i + 1).padStart(8, '0')},Known,no`),
    ...Array.from({ length: repeated }, (_, i) => `${phoneOf(i * 7)},Again,yes`),
    ...Array.from({ length: wrong }, (_, i) => `4.47E+11,Wrong ${i},yes`),
  ];
  const uploaded = await rig.call('POST', '/v1/imports', { key: tenant.key, ...fileForm(`phone,name,consent\n${rows.join('\n')}`) });
  const path = `/v1/imports/${String(uploaded.body.id)}`;
  const columns = ['phone', 'name', 'consent'].map((column) => ({ column, to: column }));
  await rig.call('PUT', `${path}/mapping`, { key: tenant.key, body: { columns, consent: { source: 'form' }, default_country: 'GB' } });

  const at = async () => {
    const { state, rows_done: done } = (await rig.call('GET', path, { key: tenant.key })).body as { state: string; rows_done: number };
    return { state, done };
  };
  // Tables that a part writes to, early and late.
  for (const [step, end, tables] of [
    ['check', 'checked', ['contact_import_keys', 'contact_import_refusals']],
    ['run', 'done', ['contacts', 'consents', 'contact_import_refusals']],
  ] as const) {
    expect((await rig.call('POST', `${path}/${step}`, { key: tenant.key })).status).toBe(202);
    for (const table of tables) {
      const worker = housekeepers.start();
      const before = (await at()).done;
      await until(async () => (await at()).done > before, 60_000);
      // A later part stops in the middle, where it writes to the table.
      await db.transaction(async (tx) => {
        await tx.query(`LOCK TABLE ${table} IN SHARE MODE`);
        await until(async () => {
          const waiting = await db.query(
            `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = $1::regclass AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
            [table],
          );
          return waiting.length > 0;
        }, 60_000);
        await kill(worker);
      });
      expect((await at()).state).not.toBe(end);
    }
    const last = housekeepers.start();
    await until(async () => (await at()).state === end, 120_000);
    await kill(last);
  }

  expect((await rig.call('GET', path, { key: tenant.key })).body).toMatchObject({
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
