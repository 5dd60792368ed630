import { randomBytes } from 'node:crypto';
import { Database } from '@heliograph/kernel';
import { ApiRig } from './api/api-rig';
import { WorkerProcesses } from './worker-processes';

const letters = 6_000;
const keyring = `k1:${randomBytes(32).toString('base64')}`;
let rig: ApiRig;
const workers = new WorkerProcesses(() => rig, keyring);
beforeAll(async () => (rig = await ApiRig.start({ KEYRING: keyring })));
afterAll(async () => {
  workers.killAll();
  await rig.stop();
});

it('a redrive whose workers are killed again and again redrives every letter once', async () => {
  const tenant = await rig.tenant();
  const session = await rig.session(tenant.id);
  const db = rig.get(Database);
  await db.query(
    `INSERT INTO messages (tenant_id, id, session_id, created_at, expires_at, class, state, recipient, kind, body, cause, attempt)
     SELECT $1, gen_random_uuid(), $2, heliograph_now(), heliograph_now() + interval '1 day', 0, 'failed', '+4477' || lpad(n::text, 8, '0'), 'text',
       '{"content": {"kind": "text", "text": "Hello"}}', 'refused', 1 FROM generate_series(1, $3::int) n`,
    [tenant.id, session.id, letters],
  );
  await db.query(
    `INSERT INTO dead_letters (tenant_id, kind, subject_id, session_id, cause) SELECT tenant_id, 'message', id::text, session_id, cause FROM messages WHERE tenant_id = $1
     ON CONFLICT DO NOTHING`,
    [tenant.id],
  );
  const started = await rig.call('POST', '/v1/dead-letters/bulk-redrive', {
    key: tenant.key,
    body: { filter: { cause: 'refused' }, expect: letters },
  });
  expect(started.status).toBe(202);
  const job = async () =>
    (await rig.call('GET', `/v1/jobs/${String(started.body.id)}`, { key: tenant.key })).body as { state: string; done: number };
  for (let kills = 0; kills < 4; kills++) {
    const worker = workers.start();
    const before = (await job()).done;
    // In the middle of its work: some more is done, and the next chunk has begun.
    await workers.until(async () => (await job()).done > before || (await job()).state === 'done', 60_000);
    await workers.kill(worker);
  }
  workers.start();
  await workers.until(async () => (await job()).state === 'done', 60_000);
  expect(await job()).toMatchObject({ state: 'done', total: letters, done: letters, skipped: {}, failed: 0 });
  const [copies] = await db.query(
    `SELECT count(*)::int AS copies, count(DISTINCT redrive_of)::int AS originals FROM messages WHERE tenant_id = $1 AND redrive_of IS NOT NULL`,
    [tenant.id],
  );
  expect(copies).toEqual({ copies: letters, originals: letters });
}, 240_000);
