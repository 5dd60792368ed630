import { randomBytes } from 'node:crypto';
import { createEmptyDatabase, createTestDatabase } from '@heliograph/kernel/testing';
import { Command } from 'commander';
import { Client } from 'pg';
import { operationsCommands } from '../src/operations-commands';

describe('the server check of the command line', () => {
  const environment = { ...process.env };
  const role = `app_${randomBytes(4).toString('hex')}`;
  let admin: Client;
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
  const name = () => new URL(database.url).pathname.slice(1);
  const as = (user: string, url = database.url) => url.replace(/postgres:\/\/[^@]*@/, `postgres://${user}:app@`);

  beforeAll(async () => {
    database = await createEmptyDatabase();
    admin = new Client({ connectionString: database.url });
    await admin.connect();
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'app'`);
  });
  afterAll(async () => {
    process.env = environment;
    await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await admin.end();
    await database.drop();
  });

  async function check(url: string, env: Record<string, string> = {}) {
    process.env = { ...environment, DATABASE_URL: url, ...env };
    let printed = '';
    const out = jest.spyOn(process.stdout, 'write').mockImplementation((text) => (printed += String(text)).length > 0);
    try {
      const program = new Command().exitOverride();
      operationsCommands(program);
      await program.parseAsync(['node', 'heliograph', 'database:check']);
      return { lines: printed.trimEnd().split('\n'), exitCode: process.exitCode ?? 0 };
    } finally {
      out.mockRestore();
      process.exitCode = undefined;
    }
  }
  const errors = (lines: string[]) => lines.filter((line) => line.startsWith('error: '));

  it('reports the missing rights of a role, and passes once the printed statements ran', async () => {
    await admin.query(`REVOKE CREATE ON SCHEMA public FROM public`);
    const { lines, exitCode } = await check(as(role));
    expect(exitCode).toBe(1);
    expect(lines[0]).toMatch(/^PostgreSQL \d+.*, role app_.*An api takes 38 of them and a worker 30,/);
    const advice = errors(lines).flatMap((line) => /(?:GRANT|CREATE) .*(?=\.$)/.exec(line)?.[0] ?? []);
    expect(advice).toHaveLength(3);
    for (const sql of advice) await admin.query(sql.replace('CREATE ROLE heliograph_tenant NOLOGIN; ', ''));
    expect(errors((await check(as(role))).lines).filter((line) => !/fsync|synchronous_commit/.test(line))).toEqual([]);
  });

  it('compares connections with pools, also where database and role are limited', async () => {
    expect(errors((await check(database.url, { DATABASE_POOL: '200' })).lines)).toContainEqual(expect.stringMatching(/need 436/));
    await admin.query(`ALTER DATABASE ${name()} CONNECTION LIMIT 40`);
    expect(errors((await check(as(role))).lines)).toContainEqual(expect.stringMatching(/^error: 40 connections/));
    await admin.query(`ALTER DATABASE ${name()} CONNECTION LIMIT -1; ALTER ROLE ${role} CONNECTION LIMIT 30`);
    expect(errors((await check(as(role))).lines)).toContainEqual(expect.stringMatching(/^error: 30 connections/));
    await admin.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
  });

  it('reads timeouts and durability as set for role and database', async () => {
    await admin.query(`ALTER ROLE ${role} SET statement_timeout = '30s'; ALTER ROLE ${role} SET synchronous_commit = off;
      ALTER ROLE ${role} SET idle_in_transaction_session_timeout = '5s'; ALTER ROLE ${role} SET default_transaction_read_only = on`);
    const { lines } = await check(as(role));
    for (const setting of [
      'statement_timeout is 30000 ms',
      'synchronous_commit is off',
      'idle_in_transaction_session_timeout is 5000 ms',
      'read_only is on',
    ])
      expect(lines).toContainEqual(expect.stringContaining(setting));
    await admin.query(`ALTER ROLE ${role} RESET ALL`);
  });

  it('reports tables that belong to another role', async () => {
    const migrated = await createTestDatabase();
    expect(errors((await check(as(role, migrated.url))).lines)).toContainEqual(expect.stringMatching(/tables belong to postgres/));
    expect(errors((await check(migrated.url)).lines).filter((line) => !/fsync|synchronous_commit/.test(line))).toEqual([]);
    await migrated.drop();
  });

  it('reports a failed connection in a sentence, without the password', async () => {
    const nowhere = database.url.replace(/:\d+\//, ':1/');
    for (const [url, sentence] of [
      [nowhere, /cannot be reached.*ECONNREFUSED/],
      [database.url.replace(name(), 'nowhere'), /does not exist/],
      [as('nobody_such'), /refuses the user or password/],
      [`${database.url}?sslmode=require`, /TLS to the server fails/],
    ] as const) {
      const { lines, exitCode } = await check(url);
      expect(lines).toEqual([expect.stringMatching(sentence)]);
      expect(lines[0]).not.toContain(':app@');
      expect(exitCode).toBe(1);
    }
  });
});
