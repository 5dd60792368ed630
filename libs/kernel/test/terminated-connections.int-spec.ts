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

  it('fails the next statement and nothing else while it is held out of a pool, as libraries hold it, and the pool goes on', async () => {
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

  it('fails the next statement and nothing else when it is beside the pools', async () => {
    const client = newClient(database.url, { applicationName: 'heliograph-test' });
    await client.connect();
    const { pid } = (await client.query<{ pid: number }>(pidSql)).rows[0] as { pid: number };
    let isEnded = false;
    client.once('end', () => (isEnded = true));
    await terminate(pid);
    await until(() => isEnded);
    await expect(client.query('SELECT 1')).rejects.toThrow();
  });

  it('brings the settings that the product needs, whatever the server has, and the options of the string', async () => {
    const url = `${database.url}?options=${encodeURIComponent('-c search_path=mine -c work_mem=8MB')}`;
    const client = newClient(url, { applicationName: 'heliograph-test', searchPath: 'bullmq' });
    await client.connect();
    const settings: unknown[] = [];
    for (const name of ['jit', 'random_page_cost', 'search_path', 'work_mem'])
      settings.push((await client.query<{ value: string }>('SELECT current_setting($1) AS value', [name])).rows[0]?.value);
    await client.end();
    expect(settings).toEqual(['off', '1.1', 'bullmq', '8MB']);
  });
});
