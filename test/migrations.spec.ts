import { randomBytes } from 'node:crypto';
import { Database, dataSourceOptions, migrateQueueSchema, newId } from '@heliograph/kernel';
import { createEmptyDatabase } from '@heliograph/kernel/testing';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { migrate } from '../apps/api/src/cli/migrate.repository';

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

describe('migrations', () => {
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
  let client: Client;

  beforeEach(async () => {
    database = await createEmptyDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
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

  it('are applied once when several processes start them at the same time', async () => {
    const applied = await Promise.all([migrate(options()), migrate(options()), migrate(options())]);

    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY id');
    expect(rows.map((row) => row.name)).toEqual(applied.flat());
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
