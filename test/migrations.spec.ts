import { randomBytes } from 'node:crypto';
import { createIndexConcurrently, Database, dataSourceOptions, migrateQueueSchema, newId } from '@heliograph/kernel';
import { createEmptyDatabase, openTestDatabase, until } from '@heliograph/kernel/testing';
import { Client } from 'pg';
import { AbstractLogger, DataSource, type LogLevel, type LogMessage } from 'typeorm';
import { migrate } from '../apps/cli/src/migrate.repository';

/** Everything the migrations make in a schema, one line per thing; ids that differ from run to run are left out. */
const inventorySql = `
WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname = 'public')
SELECT concat_ws(' ', 'relation', c.relkind, c.relname, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relacl, c.reloptions, obj_description(c.oid, 'pg_class')) AS thing
  FROM pg_class c WHERE relnamespace IN (TABLE ours) AND relkind <> 'i'
UNION ALL
SELECT concat_ws(' ', 'column', c.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attacl,
    pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum))
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE relnamespace IN (TABLE ours) AND c.relkind IN ('r', 'p', 'v', 'm')
UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace IN (TABLE ours)
UNION ALL SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid)) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace IN (TABLE ours) AND NOT tgisinternal
UNION ALL SELECT concat_ws(' ', 'policy', tablename, policyname, cmd, roles, qual, with_check) FROM pg_policies WHERE schemaname = 'public'
UNION ALL SELECT concat_ws(' ', 'function', pg_get_functiondef(oid), proacl, obj_description(oid, 'pg_proc')) FROM pg_proc WHERE pronamespace IN (TABLE ours) AND prokind <> 'a'
UNION ALL SELECT concat_ws(' ', 'type', typname) FROM pg_type WHERE typnamespace IN (TABLE ours) AND typtype IN ('e', 'd')
UNION ALL SELECT concat_ws(' ', 'schema', nspname, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
ORDER BY 1`;

/** The command line's own book-keeping, which stays. */
const isBookkeeping = (thing: string): boolean => thing.includes('schema_migrations');

/** Migrations of before the first release that index tables of older ones: those were empty. Nothing is added here. */
const beforeTheRelease = [
  'MessageEventFeed1764000500000',
  'CapPools1764000600000',
  'SessionEventFeed1764000750000',
  'TellingOutside1764000800000',
  'Inbox1764001100000',
];

const statement = {
  table: /create table (?:if not exists )?(\w+)/gi,
  // Also what makes an index by itself. An index that is there already (`USING INDEX`) is none to build.
  index: [
    /create (?:unique )?index (?!concurrently)(?:if not exists )?\w+ on (?:only )?(\w+)/gi,
    /alter table (?:only )?(?:if exists )?(\w+)[^;]*? add (?:constraint \w+ )?(?:unique|primary key|exclude)\b(?![^;]* using index)/gi,
    /alter table (?:only )?(?:if exists )?(\w+)[^;]*? add (?:column )?(?!constraint\b)\w+ [^;,]*?\b(?:unique|primary key)\b/gi,
  ],
};

/** Tables that the migration did not make itself and that nobody could write to while it built an index. */
function blockedTables(sql: string): string[] {
  const text = sql.replace(/--[^\n]*/g, ' ').replace(/\s+/g, ' ');
  const own = new Set([...text.matchAll(statement.table)].map(([, table]) => table));
  const indexed = statement.index.flatMap((index) => [...text.matchAll(index)].map(([, table]) => table as string));
  return [...new Set(indexed)].filter((table) => !own.has(table));
}

describe('migrations', () => {
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
  let client: Client;
  let watcher: Client;

  beforeEach(async () => {
    database = await createEmptyDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
    watcher = new Client({ connectionString: database.url });
    await watcher.connect();
  });
  afterEach(async () => {
    await client.end();
    await watcher.end();
    await database.drop();
  });

  const options = () => dataSourceOptions(database.url, 2, 'heliograph-migrate');
  const inventory = async (): Promise<string[]> => {
    const { rows } = await client.query<{ thing: string }>(inventorySql);
    return rows.map(({ thing }) => thing).filter((thing) => !isBookkeeping(thing));
  };
  const undoAll = async (): Promise<void> => {
    const dataSource = await new DataSource({ ...options(), entities: [] }).initialize();
    try {
      for (let left = dataSource.migrations.length; left > 0; left--) await dataSource.undoLastMigration();
    } finally {
      await dataSource.destroy();
    }
  };

  it('make the same schema again after all of them were undone, and leave nothing behind in between', async () => {
    const empty = await inventory();
    const applied = await migrate(options());
    const first = await inventory();
    expect(first.length).toBeGreaterThan(200);

    await undoAll();
    expect(await inventory()).toEqual(empty);

    expect(await migrate(options())).toEqual(applied);
    expect(await inventory()).toEqual(first);
  });

  it('leave an earlier version the settings that it knows', async () => {
    await migrate(options());
    for (const approval of ['off', 'person', 'client'])
      await client.query(
        `INSERT INTO tenants (id, name, default_country, settings) VALUES ($1, $2, 'GB', jsonb_build_object('campaign_approval', $2::text, 'min_gap_s', 60))`,
        [newId(), approval],
      );
    const dataSource = await new DataSource({ ...options(), entities: [] }).initialize();
    const isApplied = async () => (await client.query(`SELECT 1 FROM schema_migrations WHERE name LIKE 'ApprovalLinks%'`)).rowCount === 1;
    while (await isApplied()) await dataSource.undoLastMigration();
    await dataSource.destroy();
    const { rows } = await client.query(`SELECT name, settings FROM tenants ORDER BY name`);
    expect(rows).toEqual(
      ['client', 'off', 'person'].map((name) => ({ name, settings: { campaign_approval: name !== 'off', min_gap_s: 60 } })),
    );
  });

  it('are applied once when several processes start them at the same time', async () => {
    const applied = await Promise.all([migrate(options()), migrate(options()), migrate(options())]);

    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY id');
    expect(rows.map((row) => row.name)).toEqual(applied.flat());
  });

  it('build no index of a table that is in use in a way that stops writes', async () => {
    const sql: string[] = [];
    const blocking: string[] = [];
    class Recorder extends AbstractLogger {
      protected override isLogEnabledFor(): boolean {
        return true;
      }
      protected override writeLog(_level: LogLevel, logged: LogMessage | string | number | (LogMessage | string | number)[]): void {
        for (const { message, parameters } of this.prepareLogMessages(logged, { addParameters: false, highlightSql: false } as never))
          this.record(String(message), parameters as unknown[] | undefined);
      }
      private record(message: string, parameters: unknown[] | undefined): void {
        if (!/^INSERT INTO "schema_migrations"/.test(message)) return void sql.push(message);
        const name = String(parameters?.[1]);
        const tables = blockedTables(sql.splice(0).join(';\n'));
        if (tables.length > 0) blocking.push(`${name} ${tables.join(' ')}`);
      }
    }
    const dataSource = await new DataSource({ ...options(), entities: [], logging: true, logger: new Recorder() }).initialize();
    const all = await dataSource.runMigrations().finally(() => dataSource.destroy());

    expect(all.length).toBeGreaterThan(30);
    expect(blocking.map((line) => line.split(' ')[0])).toEqual(beforeTheRelease);
  });

  it('refuse what builds an index in the way, however it is written', () => {
    const own = 'CREATE TABLE fresh (id uuid PRIMARY KEY);';
    for (const sql of [
      'CREATE INDEX a_idx ON messages (id)',
      'create unique index if not exists a_idx\n on messages using brin (id)',
      `${own} CREATE INDEX fresh_idx ON fresh (id); CREATE INDEX a_idx ON messages (id)`,
      'ALTER TABLE messages ADD CONSTRAINT a_uq UNIQUE (id)',
      'ALTER TABLE messages ADD COLUMN a text, ADD PRIMARY KEY (id)',
      'ALTER TABLE messages ADD COLUMN a text UNIQUE',
    ])
      expect([sql, blockedTables(sql)]).toEqual([sql, ['messages']]);
    for (const sql of [
      `${own} CREATE INDEX fresh_idx ON fresh (id); ALTER TABLE fresh ADD UNIQUE (id)`,
      'CREATE INDEX CONCURRENTLY a_idx ON messages (id)',
      'ALTER TABLE messages ADD CONSTRAINT a_uq UNIQUE USING INDEX a_idx',
      '-- CREATE INDEX a_idx ON messages (id)\nALTER TABLE messages ADD COLUMN a text',
    ])
      expect([sql, blockedTables(sql)]).toEqual([sql, []]);
  });

  it('build an index while the table is written to, and anew where a build was interrupted', async () => {
    await client.query('CREATE TABLE things (id int); INSERT INTO things VALUES (1), (1)');
    const dataSource = await new DataSource({ ...options(), entities: [] }).initialize();
    const runner = dataSource.createQueryRunner();
    const indexes = async () =>
      (await client.query<{ valid: boolean }>(`SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('things_idx')`))
        .rows;
    try {
      // Two rows are the same: the build fails and leaves an index that is not valid, as one that is killed does.
      await expect(createIndexConcurrently(runner, 'things_idx', 'ON things (id)', 'UNIQUE INDEX')).rejects.toThrow(
        'could not create unique index',
      );
      expect(await indexes()).toEqual([{ valid: false }]);
      await client.query('DELETE FROM things');

      // A writer whose transaction is open is waited for, and can go on writing.
      await client.query('BEGIN; INSERT INTO things VALUES (2)');
      await runner.query(`SET lock_timeout = '1s'`);
      const built = createIndexConcurrently(runner, 'things_idx', 'ON things (id)', 'UNIQUE INDEX');
      await until(async () => {
        const waiting = await watcher.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%INDEX CONCURRENTLY things_idx%' AND wait_event_type = 'Lock'`,
        );
        return waiting.rows.length > 0;
      });
      await client.query('INSERT INTO things VALUES (3); COMMIT');
      await built;

      expect(await indexes()).toEqual([{ valid: true }]);
      expect(await runner.query('SHOW lock_timeout')).toEqual([{ lock_timeout: '1s' }]);
      // Killed between the build and the note that it is done.
      await createIndexConcurrently(runner, 'things_idx', 'ON things (id)', 'UNIQUE INDEX');
    } finally {
      await runner.release();
      await dataSource.destroy();
    }
  });

  it('go on where a process was killed between two of them', async () => {
    const dataSource = await new DataSource({ ...options(), entities: [] }).initialize();
    const all = await dataSource.runMigrations();
    await dataSource.undoLastMigration();
    await dataSource.destroy();

    expect(await migrate(options())).toEqual([all.at(-1)?.name]);
  });

  it('need no superuser where an administrator made the tenant role, and the wall stands for their owner too', async () => {
    const owner = `owner_${randomBytes(4).toString('hex')}`;
    const url = new URL(database.url);
    const name = url.pathname.slice(1);
    await client.query(
      `CREATE ROLE ${owner} LOGIN PASSWORD 'owner'; ALTER DATABASE ${name} OWNER TO ${owner}; GRANT heliograph_tenant TO ${owner}`,
    );
    Object.assign(url, { username: owner, password: 'owner' });
    try {
      await migrate(dataSourceOptions(url.href, 2));

      const dataSource = await new DataSource({ ...dataSourceOptions(url.href, 2), entities: [] }).initialize();
      const db = new Database(dataSource);
      const [mine, other] = [newId(), newId()];
      await db.query(`INSERT INTO tenants (id, name, default_country) SELECT unnest($1::uuid[]), 'Agency', 'GB'`, [[mine, other]]);
      expect(await db.query('SELECT id FROM tenants')).toHaveLength(2);
      expect(await db.forTenant(mine, (tx) => tx.query('SELECT id FROM tenants'))).toEqual([{ id: mine }]);
      await dataSource.destroy();
    } finally {
      await client.query(`REASSIGN OWNED BY ${owner} TO CURRENT_USER; DROP OWNED BY ${owner}; DROP ROLE ${owner}`);
    }
  });

  it('of the queue’s own tables may run any number of times, at once too', async () => {
    await Promise.all([migrateQueueSchema(database.url), migrateQueueSchema(database.url)]);
    await migrateQueueSchema(database.url);

    const { rows } = await client.query(`SELECT 1 FROM information_schema.tables WHERE table_schema = 'bullmq'`);
    expect(rows.length).toBeGreaterThan(0);
  });
});

describe('the schema', () => {
  it('describes tables, columns and functions by a noun first', async () => {
    const test = await openTestDatabase();
    try {
      const wrong = await test.db.query<{ comment: string }>(
        `SELECT concat_ws(' ', d.objoid::regclass, d.objsubid, d.description) AS comment FROM pg_description d
         JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass AND c.relnamespace = 'public'::regnamespace
         WHERE d.description ~ '^(Of|How|What|When|Where|Whether|Who)\\M'
         UNION ALL SELECT concat_ws(' ', p.proname, d.description) FROM pg_description d
         JOIN pg_proc p ON p.oid = d.objoid AND d.classoid = 'pg_proc'::regclass AND p.pronamespace = 'public'::regnamespace
         WHERE d.description ~ '^(Of|How|What|When|Where|Whether|Who)\\M'`,
      );
      expect(wrong.map(({ comment }) => comment)).toEqual([]);
    } finally {
      await test.close();
    }
  });

  it('says of every table what it holds', async () => {
    const test = await openTestDatabase();
    try {
      const silent = await test.db.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND obj_description(oid, 'pg_class') IS NULL`,
      );
      expect(silent.map(({ name }) => name).filter((name) => !isBookkeeping(name))).toEqual([]);
    } finally {
      await test.close();
    }
  });
});
