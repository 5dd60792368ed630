// A core application: onboards users, each in one transaction with its event, and relays the events.
//   DATABASE_URL=… HELIOGRAPH_URL=… HELIOGRAPH_KEY=… node app.mjs [users]
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { record, relay } from './outbox.mjs';

const { DATABASE_URL, HELIOGRAPH_URL: url, HELIOGRAPH_KEY: apiKey } = process.env;
const users = Number(process.argv[2] ?? 10);
const pool = new pg.Pool({ connectionString: DATABASE_URL });
await pool.query('CREATE TABLE IF NOT EXISTS users (number int PRIMARY KEY, phone text NOT NULL)');
await pool.query(readFileSync(new URL('outbox.sql', import.meta.url), 'utf8'));

const stop = new AbortController();
const relaying = relay({ pool, url, apiKey, prefix: 'demo', signal: stop.signal });
const { rows } = await pool.query('SELECT count(*)::int AS count FROM users');
for (let number = rows[0].count; number < users; number++) await onboard(number, `+4477009${String(number).padStart(5, '0')}`);
while ((await pool.query('SELECT 1 FROM heliograph_outbox WHERE refused IS NULL LIMIT 1')).rows.length > 0)
  await new Promise((resolve) => setTimeout(resolve, 50));
stop.abort();
await relaying;
await pool.end();
console.log(`${users} users, Heliograph has every event.`);

async function onboard(number, phone) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('INSERT INTO users VALUES ($1, $2)', [number, phone]);
    await record(client, {
      name: 'user_onboarded',
      subject: { phone, external_id: `user-${number}` },
      payload: { first_name: `User ${number}` },
    });
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
