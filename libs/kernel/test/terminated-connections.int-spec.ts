import { Pool } from 'pg';
import { connectionOptions, newClient } from '../src';
import { createTestDatabase, until } from '../testing';

describe('a connection that the server ends (57P01)', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  beforeAll(async () => (database = await createTestDatabase()));
  afterAll(() => database.drop());

  const terminate = async (pid: number) => {
    const admin = newClient(database.url, { applicationName: 'test' });
    await admin.connect();
    await admin.query('SELECT pg_terminate_backend($1)', [pid]);
    await admin.end();
  };
  const pidSql = 'SELECT pg_backend_pid() AS pid';

  it('fails only its next statement when a library holds it out of a pool, and the pool continues', async () => {
    const pool = new Pool({ ...connectionOptions(database.url, { applicationName: 'heliograph-test' }), max: 2 });
    pool.on('error', () => undefined);
    const client = await pool.connect();
    const { pid } = (await client.query<{ pid: number }>(pidSql)).rows[0] as { pid: number };
    expect(client.listenerCount('error')).toBeGreaterThan(0);
    const ended = new Promise((resolve) => client.once('end', resolve));
    await terminate(pid);
    await ended;
    await expect(client.query('SELECT 1')).rejects.toThrow();
    client.release(true);
    expect((await pool.query<{ pid: number }>(pidSql)).rows[0]?.pid).not.toBe(pid);
    await pool.end();
  });

  it('fails only its next statement when it is outside the pools', async () => {
    const client = newClient(database.url, { applicationName: 'heliograph-test' });
    await client.connect();
    const { pid } = (await client.query<{ pid: number }>(pidSql)).rows[0] as { pid: number };
    let isEnded = false;
    client.once('end', () => (isEnded = true));
    await terminate(pid);
    await until(() => isEnded);
    await expect(client.query('SELECT 1')).rejects.toThrow();
  });

  it('has the settings that the product needs, whatever the server defines, and the options of the string', async () => {
    const url = `${database.url}?options=${encodeURIComponent('-c search_path=mine -c work_mem=8MB')}`;
    const client = newClient(url, { applicationName: 'heliograph-test', searchPath: 'bullmq' });
    await client.connect();
    const settings: unknown[] = [];
    for (const name of ['jit', 'random_page_cost', 'search_path', 'work_mem'])
      settings.push((await client.query<{ value: string }>('SELECT current_setting($1) AS value', [name])).rows[0]?.value);
    await client.end();
    expect(settings).toEqual(['off', '1.1', 'bullmq', '8MB']);
  });

  it('reads times and isolates transactions alike when database and role have settings of their own', async () => {
    const hostile = await createTestDatabase();
    const name = new URL(hostile.url).pathname.slice(1);
    const admin = newClient(hostile.url, { applicationName: 'test' });
    await admin.connect();
    for (const setting of [
      `datestyle = 'German'`,
      `intervalstyle = 'sql_standard'`,
      `timezone = 'Asia/Kolkata'`,
      `default_transaction_isolation = 'serializable'`,
      `idle_session_timeout = '1s'`,
    ])
      await admin.query(`ALTER DATABASE ${name} SET ${setting}`);
    await admin.end();
    const client = newClient(hostile.url, { applicationName: 'heliograph-test' });
    await client.connect();
    const { rows } = await client.query(
      `SELECT '2026-11-29 08:00:00+00'::timestamptz AS at, interval '26 hours' AS span, date_trunc('hour', '2026-11-29 08:40:00+00'::timestamptz) AS hour,
         current_setting('transaction_isolation') AS isolation, current_setting('idle_session_timeout') AS idle`,
    );
    await client.end();
    await hostile.drop();
    expect(rows).toEqual([
      {
        at: new Date('2026-11-29T08:00:00Z'),
        span: { hours: 26 },
        hour: new Date('2026-11-29T08:00:00Z'),
        isolation: 'read committed',
        idle: '0',
      },
    ]);
  });
});
