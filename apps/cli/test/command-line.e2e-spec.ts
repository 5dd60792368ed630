import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { newId } from '@heliograph/kernel';
import { createEmptyDatabase, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';

// Each command is its own process, on a machine that may be busy.
jest.setTimeout(240_000);

describe('the command line', () => {
  let test: TestDatabase;
  beforeAll(async () => (test = await openTestDatabase()));
  afterAll(() => test.close());

  const keyring = `k1:${randomBytes(32).toString('base64')}`;
  /** Runs the built command line. */
  async function run(
    words: string[],
    { env = {}, node = [], input = '' }: { env?: Record<string, string>; node?: string[]; input?: string } = {},
  ) {
    const child = spawn(process.execPath, [...node, 'dist/apps/cli/src/main.js', ...words], {
      cwd: join(__dirname, '../../..'),
      env: { ...process.env, DATABASE_URL: test.url, KEYRING: keyring, ...env },
    });
    child.stdin.on('error', () => undefined); // a command that rejects its options ends before it reads its input
    child.stdin.end(input);
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number]>]);
    return { out, err, code };
  }
  const made = async (...words: string[]) => {
    const { out, err } = await run(words);
    if (out === '') throw new Error(err);
    return JSON.parse(out) as { id: string; secret: string; expiresAt: string | null; sessionIds: string[] | null; defaultCountry: string };
  };

  it('names an invalid option, and shows nothing of the database', async () => {
    const { id } = await made('tenant:create', '--name', 'Agency', '--country', 'gb');
    const wrong = [
      [['session:list', '--tenant', 'nope'], '--tenant'],
      [['key:list', '--tenant', '1'], '--tenant'],
      [['key:revoke', '--tenant', id, '--id', "x' OR 1=1"], '--id'],
      [['tenant:suspend', '--tenant', ''], '--tenant'],
      [['session:list', '--tenant', newId()], 'tenant'],
      [['key:list', '--tenant', newId()], 'tenant'],
      [['tenant:create', '--name', 'Nowhere', '--country', 'ZZ'], '--country'],
      [['tenant:create', '--name', '', '--country', 'GB'], '--name'],
      [['key:create', '--tenant', id, '--name', 'x', '--scopes', 'messages:write,all'], '--scopes'],
      [['key:create', '--tenant', id, '--name', 'x', '--expires', '2020-01-01'], '--expires'],
      [['key:create', '--tenant', id, '--name', 'x', '--expires', 'soon'], '--expires'],
      [['key:create', '--tenant', id, '--name', 'x', '--expires', '2020-01-01T00:00:00Z'], 'past'],
      [['key:create', '--tenant', id, '--name', 'x', '--sessions', 'all'], '--sessions'],
      [['key:create', '--tenant', id, '--name', 'x', '--sessions', newId()], 'No such session'],
      [['suppression:add', '+447700900101', '--expires', '2020-01-01T00:00:00Z'], 'past'],
      [['suppression:add', '+447700900101', '--country', 'ZZ'], '--country'],
    ] as const;
    // A few processes at a time: each spends most of its time in its start.
    const rest = wrong.values();
    const tryRest = async (): Promise<void> => {
      for (const [words, said] of rest) {
        const { out, err, code } = await run([...words]);
        expect({ words, out, code }).toEqual({ words, out: '', code: 1 });
        expect(err).toContain(said);
        expect(err).not.toMatch(/syntax|relation|uuid:|SELECT|INSERT|\bat /);
      }
    };
    await Promise.all(Array.from({ length: 3 }, tryRest));
    expect(await test.db.query('SELECT 1 FROM api_keys')).toEqual([]);
    expect(await test.db.query('SELECT name FROM tenants')).toEqual([{ name: 'Agency' }]);
  });

  it('ends without a word when nobody reads its output any more', async () => {
    const child = spawn(process.execPath, ['dist/apps/cli/src/main.js', 'config:check'], {
      cwd: join(__dirname, '../../..'),
      env: { ...process.env, DATABASE_URL: test.url, KEYRING: keyring },
    });
    child.stdout.destroy();
    expect(await Promise.all([text(child.stderr), once(child, 'exit')])).toEqual(['', [0, null]]);
  });

  it('creates the same objects as the REST API', async () => {
    const { id, defaultCountry } = await made('tenant:create', '--name', 'Shop', '--country', 'de');
    expect(defaultCountry).toBe('DE');
    const key = await made('key:create', '--tenant', id.toUpperCase(), '--name', 'core', '--expires', '2099-01-01T00:00:00+01:00');
    expect(key).toMatchObject({
      expiresAt: '2098-12-31T23:00:00.000Z',
      sessionIds: null,
      secret: expect.stringMatching(/^hg_live_/) as string,
    });
    const sessionIds = [newId(), newId()];
    await test.db.query(
      `INSERT INTO sessions (tenant_id, id, provider, name, status) SELECT $1, s, 'wasender', 'Line', 'connected' FROM unnest($2::uuid[]) s`,
      [id, sessionIds],
    );
    const limited = await made('key:create', '--tenant', id, '--name', 'shop', '--sessions', sessionIds.join(', '));
    expect(limited.sessionIds).toEqual(sessionIds);
  });

  it('lists everything, over all pages', async () => {
    const { id } = await made('tenant:create', '--name', 'Large');
    await test.db.query(
      `INSERT INTO sessions (tenant_id, id, provider, name, status) SELECT $1, gen_random_uuid(), 'wasender', n::text, 'connected' FROM generate_series(1, 1203) n`,
      [id],
    );
    await test.db.query(
      `INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes) SELECT $1, gen_random_uuid(), n::text, '', sha256(n::text::bytea), '{}' FROM generate_series(1, 601) n`,
      [id],
    );
    for (const [command, count] of [
      ['session:list', 1_203],
      ['key:list', 601],
    ] as const)
      expect(new Set((JSON.parse((await run([command, '--tenant', id])).out) as { id: string }[]).map((row) => row.id)).size).toBe(count);
  });

  it('reports a database without a schema, or without a server', async () => {
    const empty = await createEmptyDatabase();
    try {
      expect((await run(['tenant:list'], { env: { DATABASE_URL: empty.url } })).err).toBe(
        'The database does not have the schema of this version: run `migrate` first.\n',
      );
    } finally {
      await empty.drop();
    }
    const { err, code } = await run(['tenant:list'], { env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' } });
    expect({ err, code }).toEqual({ err: expect.stringMatching(/^A connection failed \(ECONNREFUSED\)/) as string, code: 1 });
  });

  it('accepts no secret as an option of listen, and reads it from the environment, a file or standard input', async () => {
    const api = ['--api', 'http://127.0.0.1:1'];
    expect(await run(['listen', ...api, '--key', 'hg_live_x'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('HELIOGRAPH_API_KEY') as string,
    });
    expect(await run(['listen', ...api])).toMatchObject({ code: 1, err: expect.stringContaining('There is no API key') as string });
    const file = join(await mkdtemp(join(tmpdir(), 'heliograph-')), 'key');
    await writeFile(file, 'hg_live_x\n');
    for (const given of [
      run(['listen', ...api], { env: { HELIOGRAPH_API_KEY: 'hg_live_x' } }),
      run(['listen', ...api, '--key-file', file]),
      run(['listen', ...api, '--key-file', '-'], { input: 'hg_live_x\n' }),
    ])
      expect((await given).err).toMatch(/fetch failed|connection failed/i);
  });

  it('shows its help without loading the services of commands', async () => {
    const watch = `process.on('exit', () => process.stderr.write(String(Object.keys(require.cache).filter((file) => /node_modules.(@nestjs|typeorm|pg|bullmq|zod)/.test(file) || /dist.libs/.test(file)).length)))`;
    const file = join(await mkdtemp(join(tmpdir(), 'heliograph-')), 'watch.cjs');
    await writeFile(file, watch);
    for (const words of [['--help'], ['key:create', '--help']]) {
      const { out, err, code } = await run(words, { node: ['--require', file] });
      expect({ err, code }).toEqual({ err: '0', code: 0 });
      expect(out).toContain('Usage: heliograph');
    }
  });
});
