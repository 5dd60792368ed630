import { Linter } from 'eslint';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import tseslint from 'typescript-eslint';
import plugin from '../scripts/lint/plugin.cjs';

const linter = new Linter();
/** Lints a text as the file of this name. @returns what this rule finds in it */
const faultsOf = (rule: keyof typeof plugin.rules, filename: string, code: string) =>
  linter
    .verify(
      code,
      {
        files: ['**/*.ts'],
        languageOptions: { parser: tseslint.parser },
        plugins: { heliograph: plugin },
        rules: { [`heliograph/${rule}`]: 'error' },
      },
      { filename },
    )
    .map(({ messageId }) => messageId);

describe('the places of SQL', () => {
  const statement = 'export const read = (db: Db) => db.query(`SELECT id FROM messages WHERE tenant_id = $1`);';

  it('finds a statement that stands beside rules', () => {
    expect(faultsOf('sql-in-its-places', 'libs/messaging/src/send/message-sender.ts', statement)).toEqual(['call', 'text']);
  });

  it.each([
    ['a part of a statement', 'export const live = (s: string) => `${s}.deleted_at IS NULL`;'],
    ['a cast', "export const ids = '$1::uuid[]';"],
    ['a statement in a plain string', "export const sql = 'DELETE FROM lanes WHERE session_id = $1';"],
    ['a statement handed to a prepared call', "export const run = (db: Db) => db.prepared('name', text, []);"],
  ])('finds %s', (_, code) => {
    expect(faultsOf('sql-in-its-places', 'libs/messaging/src/lanes/lane-runner.ts', code)).toHaveLength(1);
  });

  it.each([
    'libs/messaging/src/lanes/lane-claims.repository.ts',
    'libs/messaging/migrations/1764000200000-messaging.ts',
    'libs/kernel/src/database/database.ts',
  ])('lets %s hold it', (file) => {
    expect(faultsOf('sql-in-its-places', file, statement)).toEqual([]);
  });

  it('takes prose for prose', () => {
    const prose = `
      export const texts = ['Select a session, then update its limits from the list.', 'From where it was left, where it is not null.', 'Order by time'];
    `;
    expect(faultsOf('sql-in-its-places', 'apps/api/src/http/openapi/tags.ts', prose)).toEqual([]);
  });
});

describe('the frames of windows', () => {
  const sql = (frame: string) => `export const w = \`min(place) OVER (ORDER BY place ROWS ${frame})\`;`;

  it.each(['BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', 'BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING'])('refuse %s', (frame) => {
    expect(faultsOf('linear-windows', 'libs/inbox/src/entries.repository.ts', sql(frame))).toEqual(['frame']);
  });

  it('may begin at the first row', () => {
    expect(faultsOf('linear-windows', 'libs/inbox/src/entries.repository.ts', sql('BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW'))).toEqual(
      [],
    );
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
    expect(faultsOf('one-writer', own, `export const sql = \`${sql}\`;`)).toEqual([]);
    expect(faultsOf('one-writer', foreign, `export const sql = \`${sql}\`;`)).toEqual(['foreign']);
  });

  it('finds a write in the body of a function of a migration', () => {
    const body =
      'CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN INSERT INTO session_events (id) VALUES (1); RETURN NULL; END $$ LANGUAGE plpgsql';
    const code = `export class M { async up(q: Runner) { await q.query(\`${body}\`); } }`;
    expect(faultsOf('one-writer', 'libs/tenants/migrations/1764000100000-tenants.ts', code)).toEqual([]);
    expect(faultsOf('one-writer', 'libs/messaging/migrations/1764000200000-messaging.ts', code)).toEqual(['foreign']);
  });

  it('finds a write by an app', () => {
    expect(faultsOf('one-writer', 'apps/cli/src/check-invariants.repository.ts', "export const sql = 'DELETE FROM lanes';")).toEqual([
      'foreign',
    ]);
  });

  it('finds a table that nobody owns, and one whose name is an expression', () => {
    expect(faultsOf('one-writer', own, "export const sql = 'INSERT INTO strangers (id) VALUES (1)';")).toEqual(['unknown']);
    expect(faultsOf('one-writer', own, 'export const sql = `DELETE FROM ${table}`;')).toEqual(['expression']);
  });

  it('takes locks, triggers and upserts for what they are', () => {
    const sql = `SELECT 1 FROM sessions s FOR UPDATE OF s; CREATE TRIGGER t AFTER INSERT OR UPDATE OF phone OR DELETE ON sessions;
      INSERT INTO entries (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2`;
    expect(faultsOf('one-writer', foreign, `export const sql = \`${sql}\`;`)).toEqual([]);
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

describe('the readers of tables', () => {
  const from = (table: string) => `export const sql = \`WITH own AS (SELECT 1) SELECT o.id FROM own o JOIN ${table} t ON t.id = o.id\`;`;

  it('finds a table of another lib in a statement', () => {
    expect(faultsOf('own-reads', 'libs/tenants/src/sessions/session-checks.repository.ts', from('lanes'))).toEqual(['foreign']);
    expect(faultsOf('own-reads', 'apps/cli/src/open-ledger.repository.ts', from('sessions'))).toEqual(['foreign']);
    expect(faultsOf('own-reads', 'libs/inbox/src/timelines.repository.ts', from('messages'))).toEqual(['foreign']);
    expect(faultsOf('own-reads', 'libs/messaging/src/lanes/claim-statement.repository.ts', from('tenants'))).toEqual(['foreign']);
  });

  it('takes the own ones, and views of others', () => {
    expect(faultsOf('own-reads', 'libs/messaging/src/lanes/lane-claims.repository.ts', from('lanes'))).toEqual([]);
    expect(faultsOf('own-reads', 'libs/tenants/src/sessions/session-checks.repository.ts', from('sending_sessions'))).toEqual([]);
  });

  it('takes functions, columns and names that begin like a table for what they are', () => {
    const sql = 'SELECT extract(epoch FROM lanes(1)), a FROM lanes_of_mine JOIN x USING (messages)';
    expect(faultsOf('own-reads', 'libs/tenants/src/sessions/session-checks.repository.ts', `export const sql = '${sql}';`)).toEqual([]);
  });
});

describe('doc comments', () => {
  const inFile = (code: string) => faultsOf('comment-starts', 'libs/messaging/src/message.ts', code);

  it.each(['/** Whether it is up. */', '/**\n * How many people there are.\n * More of it.\n */', '/** Of whom it is. */'])(
    'are found by: %s',
    (code) => {
      expect(inFile(`${code}\nexport const it = 1;`)).toEqual(['start']);
    },
  );

  it.each([
    '/** True when it is up. */',
    '/** Returns\n * whether it is up. */',
    '/** Whoever sends it. */',
    '// What waits is left alone.',
    '/* How it is */',
  ])('may be: %s', (code) => {
    expect(inFile(`${code}\nexport const it = 1;`)).toEqual([]);
  });
});

describe('names of files', () => {
  it('finds two files of one name, but for those that every lib or process has', () => {
    const files = ['libs/tenants/src/tenants.ts', 'apps/cli/src/tenants.ts', 'libs/tenants/src/index.ts', 'libs/inbox/src/index.ts'];
    expect(plugin.sameNames(files)).toEqual([['apps/cli/src/tenants.ts', 'libs/tenants/src/tenants.ts']]);
  });

  it('reads the sources of these folders, components among them', () => {
    expect(plugin.sourceFiles('libs', 'apps', 'bench', 'chaos')).toEqual(
      expect.arrayContaining([
        'libs/kernel/src/database/database.ts',
        'apps/simulator/src/main.ts',
        'apps/admin/src/app.tsx',
        'bench/parts/send.ts',
        'chaos/oracle/oracle.ts',
      ]),
    );
  });
});

describe('indexes of libs', () => {
  it('finds names that no file imports, also those that an index passes on as a whole', () => {
    const all = plugin.unusedExports(['campaigns', 'templates'], []);
    expect(all).toEqual(expect.arrayContaining(['campaigns: Campaigns', 'campaigns: CampaignsModule', 'templates: endsWithin']));
    const files = ['libs/campaigns/src/templates/message-template.ts', 'apps/api/src/public/campaigns/campaigns.controller.ts'];
    const left = plugin.unusedExports(['campaigns', 'templates'], files);
    expect(left).not.toContain('campaigns: Campaigns');
    expect(left).toContain('campaigns: CampaignsModule');
  });

  it('takes each name in a file that loads a lib for an import', () => {
    expect(plugin.unusedExports(['messaging'], [])).toContain('messaging: InstallationFile');
    expect(plugin.unusedExports(['messaging'], ['apps/cli/src/ledger-commands.ts'])).not.toContain('messaging: InstallationFile');
  });
});
