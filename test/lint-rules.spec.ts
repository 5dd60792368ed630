import { Linter } from 'eslint';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import tseslint from 'typescript-eslint';
import plugin from '../scripts/lint/plugin.cjs';

const linter = new Linter();
/** Lints a text as the file of this name. @returns the rules it breaks, with the line of each */
const faultsOf = (filename: string, code: string) =>
  linter
    .verify(
      code,
      {
        files: ['**/*.ts'],
        languageOptions: { parser: tseslint.parser },
        plugins: { heliograph: plugin },
        rules: { 'heliograph/sql-in-its-places': 'error', 'heliograph/one-writer': 'error' },
      },
      { filename },
    )
    .map(({ ruleId, messageId }) => `${ruleId}: ${messageId}`);

describe('the places of SQL', () => {
  const statement = 'export const read = (db: Db) => db.query(`SELECT id FROM messages WHERE tenant_id = $1`);';

  it('finds a statement that stands beside rules', () => {
    expect(faultsOf('libs/messaging/src/send/message-sender.ts', statement)).toEqual([
      'heliograph/sql-in-its-places: call',
      'heliograph/sql-in-its-places: text',
    ]);
  });

  it.each([
    ['a part of a statement', 'export const live = (s: string) => `${s}.deleted_at IS NULL`;'],
    ['a cast', "export const ids = '$1::uuid[]';"],
    ['a statement in a plain string', "export const sql = 'DELETE FROM lanes WHERE session_id = $1';"],
    ['a statement handed to a prepared call', "export const run = (db: Db) => db.prepared('name', text, []);"],
  ])('finds %s', (_, code) => {
    expect(faultsOf('libs/messaging/src/lanes/lane-runner.ts', code)).toHaveLength(1);
  });

  it.each([
    'libs/messaging/src/lanes/lane-claims.repository.ts',
    'libs/messaging/migrations/1764000200000-messaging.ts',
    'libs/kernel/src/database/database.ts',
  ])('lets %s hold it', (file) => {
    expect(faultsOf(file, statement)).toEqual([]);
  });

  it('takes prose for prose', () => {
    const prose = `
      export const texts = ['Select a session, then update its limits from the list.', 'From where it was left, where it is not null.', 'Order by time'];
    `;
    expect(faultsOf('apps/api/src/openapi/tags.ts', prose)).toEqual([]);
  });
});

describe('the writers of tables', () => {
  const own = 'libs/messaging/src/lanes/lane-claims.repository.ts';
  const foreign = 'libs/inbox/src/entries.repository.ts';

  it.each([
    ['an insert', 'INSERT INTO lanes AS l (session_id) VALUES ($1)'],
    ['an update', 'UPDATE lanes SET revision = 1'],
    ['an update by an alias', 'UPDATE lanes l SET revision = 1 FROM due WHERE l.session_id = due.session_id'],
    ['an update by AS', 'UPDATE ONLY lanes AS l SET revision = 1'],
    ['a delete', 'DELETE FROM lanes l USING gone g WHERE l.session_id = g.id'],
    ['a truncate', 'TRUNCATE lanes'],
    ['a write inside a longer statement', 'WITH a AS (SELECT 1), b AS (UPDATE lanes l SET revision = 1) SELECT * FROM b'],
  ])('finds %s by another lib than the owner', (_, sql) => {
    expect(faultsOf(own, `export const sql = \`${sql}\`;`)).toEqual([]);
    expect(faultsOf(foreign, `export const sql = \`${sql}\`;`)).toEqual(['heliograph/one-writer: foreign']);
  });

  it('finds a write in the body of a function of a migration', () => {
    const body =
      'CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN INSERT INTO session_events (id) VALUES (1); RETURN NULL; END $$ LANGUAGE plpgsql';
    const code = `export class M { async up(q: Runner) { await q.query(\`${body}\`); } }`;
    expect(faultsOf('libs/tenants/migrations/1764000100000-tenants.ts', code)).toEqual([]);
    expect(faultsOf('libs/messaging/migrations/1764000200000-messaging.ts', code)).toEqual(['heliograph/one-writer: foreign']);
  });

  it('finds a write by an app', () => {
    expect(faultsOf('apps/api/src/cli/invariants.repository.ts', "export const sql = 'DELETE FROM lanes';")).toEqual([
      'heliograph/one-writer: foreign',
    ]);
  });

  it('finds a table that nobody owns, and one whose name is an expression', () => {
    expect(faultsOf(own, "export const sql = 'INSERT INTO strangers (id) VALUES (1)';")).toEqual(['heliograph/one-writer: unknown']);
    expect(faultsOf(own, 'export const sql = `DELETE FROM ${table}`;')).toEqual(['heliograph/one-writer: expression']);
  });

  it('takes locks, triggers and upserts for what they are', () => {
    const sql = `SELECT 1 FROM sessions s FOR UPDATE OF s; CREATE TRIGGER t AFTER INSERT OR UPDATE OF phone OR DELETE ON sessions;
      INSERT INTO entries (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2`;
    expect(faultsOf(foreign, `export const sql = \`${sql}\`;`)).toEqual([]);
  });

  it('knows an owner for every table that a migration makes', () => {
    const made = readdirSync('libs').flatMap((lib) => {
      const folder = join('libs', lib, 'migrations');
      const files = readdirSync('libs/' + lib).includes('migrations') ? readdirSync(folder) : [];
      return files.flatMap((file) =>
        [...readFileSync(join(folder, file), 'utf8').matchAll(/CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+)/g)].map((m) => m[1]),
      );
    });
    expect(made.length).toBeGreaterThan(40);
    const gone = ['message_event_readers', 'inbound_messages'];
    expect(made.filter((table) => table !== undefined && !(table in plugin.owners) && !gone.includes(table))).toEqual([]);
  });
});

describe('names of files', () => {
  it('finds two files of one name, but for those that every lib or process has', () => {
    const files = ['libs/tenants/src/tenants.ts', 'apps/cli/src/tenants.ts', 'libs/tenants/src/index.ts', 'libs/inbox/src/index.ts'];
    expect(plugin.sameNames(files)).toEqual([['apps/cli/src/tenants.ts', 'libs/tenants/src/tenants.ts']]);
  });

  it('reads the sources of every lib and app', () => {
    expect(plugin.sourceFiles('libs', 'apps')).toEqual(
      expect.arrayContaining(['libs/kernel/src/database/database.ts', 'apps/simulator/src/main.ts']),
    );
  });
});
