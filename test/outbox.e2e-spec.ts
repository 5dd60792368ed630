import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Database } from '@heliograph/kernel';
import { createTestDatabase, until } from '@heliograph/kernel/testing';
import { Client } from 'pg';
import { ApiRig } from './api/api-rig';

const app = join(__dirname, '../examples/outbox/app.mjs');
const users = 300;

let rig: ApiRig;
let theirs: { url: string; drop: () => Promise<void> };
beforeAll(async () => {
  rig = await ApiRig.start();
  theirs = await createTestDatabase();
});
afterAll(async () => {
  await rig.stop();
  await theirs.drop();
});

/** The core application's own database. */
async function ask<T>(sql: string): Promise<T[]> {
  const client = new Client({ connectionString: theirs.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

it('a core application that is killed again and again tells of every user it has, and of each once', async () => {
  const tenant = await rig.tenant(['events:write']);
  const start = (pod: number) =>
    spawn(process.execPath, [app, String(users)], {
      env: { PATH: process.env.PATH, DATABASE_URL: theirs.url, HELIOGRAPH_URL: rig.urls[pod] as string, HELIOGRAPH_KEY: tenant.key },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  const stored = async () =>
    (await rig.get(Database).query<{ key: string }>(`SELECT key FROM events WHERE tenant_id = $1`, [tenant.id])).map(({ key }) => key);
  for (let kills = 0; kills < 5; kills++) {
    const process = start(kills % 2);
    const before = (await stored()).length;
    // In the middle of its work: something more has arrived, or it has finished.
    await Promise.race([until(async () => (await stored()).length > before || null, 20_000), once(process, 'exit')]);
    process.kill('SIGKILL');
    if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
  }
  const last = start(0);
  let said = '';
  last.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  expect([await once(last, 'exit'), said]).toEqual([[0, null], '']);
  const [count] = await ask<{ users: number; waiting: number }>(
    'SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM heliograph_outbox) AS waiting',
  );
  expect(count).toEqual({ users, waiting: 0 });
  const keys = await stored();
  expect(keys).toHaveLength(users);
  expect(new Set(keys).size).toBe(users);
});
