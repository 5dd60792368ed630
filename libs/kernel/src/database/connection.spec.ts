import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { connectionOptions, connectionStringFault, sessionSettings, type DatabaseTarget } from './connection';

const optionsOf = (target: DatabaseTarget, searchPath?: string) =>
  connectionOptions(target, { applicationName: 'x', ...(searchPath && { searchPath }) });
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

describe('a connection string', () => {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-ca-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it.each([
    ['postgres://app:pw@db:6000/main', { user: 'app', password: 'pw', host: 'db', port: 6000, database: 'main' }],
    ['postgresql://app@[::1]/main', { user: 'app', host: '::1', database: 'main' }],
    ['postgres://app:50%@db/main', { password: '50%' }],
    ['postgres://app:100%ab@db/main', { password: '100%ab' }],
    ['postgres://app:a%zz%2Fb@db/main', { password: 'a%zz/b' }],
    ['postgres://app:p%40ss w@db/main', { password: 'p@ss w' }],
    ['postgres://app:pw@/main?host=/var/run/postgresql', { user: 'app', host: '/var/run/postgresql', database: 'main' }],
    ['postgres:///main?host=/var/run/postgresql&port=5433', { host: '/var/run/postgresql', port: 5433, database: 'main' }],
    ['postgres://app@%2Fvar%2Frun%2Fpostgresql/main', { user: 'app', host: '/var/run/postgresql', database: 'main' }],
    ['postgres://app@db/main?sslmode=require', { ssl: {} }],
    ['postgres://app@db/main?sslmode=no-verify', { ssl: { rejectUnauthorized: false } }],
    ['postgres://app@db/main?sslmode=disable', { ssl: false }],
  ])('is read: %s', (text, expected) => {
    expect(connectionStringFault(text)).toBeNull();
    expect(optionsOf(text)).toMatchObject(expected);
  });

  it('reads back every percent-encoded password', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (password) => {
        expect(optionsOf(`postgres://app:${encodeURIComponent(password)}@db/main`).password).toBe(password);
      }),
    );
  });

  it('keeps its own options and appends those that a connection needs', () => {
    const ours = Object.entries(sessionSettings).map(([name, value]) => `-c ${name}=${value}`);
    expect(optionsOf('postgres://app@db/main?options=-c%20search_path%3Dmine%20-c%20work_mem%3D8MB', 'bullmq').options).toBe(
      ['-c search_path=mine', '-c work_mem=8MB', ...ours, '-c search_path=bullmq'].join(' '),
    );
  });

  it('takes a private CA as text or file, and keeps the sslmode of the string', () => {
    const file = join(dir, 'ca.pem');
    writeFileSync(file, pem);
    for (const DATABASE_CA of [file, pem, pem.replaceAll('\n', '\\n')])
      expect(optionsOf({ DATABASE_URL: 'postgres://app@db/main?sslmode=require', DATABASE_CA }).ssl).toEqual({ ca: pem });
    expect(optionsOf({ DATABASE_URL: 'postgres://app@db/main', DATABASE_CA: pem }).ssl).toEqual({ ca: pem });
    expect(optionsOf(`postgres://app@db/main?sslrootcert=${file}`).ssl).toEqual({ ca: pem });
  });

  it.each([
    ['mysql://app:hunter2@db/main', /^must start with postgres/],
    ['/var/run/postgresql main', /^must start with postgres/],
    ['postgres://app:hunter2#1@db/main', /%23/],
    ['postgres://app:hunter/2@db/main', /^cannot be read as postgres:/],
    ['postgres://app:hunter2@one,two/main', /several hosts/],
    ['postgres://app:hunter2@db/main?sslmode=on', /sslmode/],
    ['postgres://app:hunter2@db/main?sslrootcert=/none/hunter2', /file that cannot be read/],
  ])('that is invalid is reported in one sentence that shows no part of it: %s', (text, sentence) => {
    const fault = connectionStringFault(text);
    expect(fault).toMatch(sentence);
    expect(fault).not.toContain('hunter');
  });
});
