import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { Database, dataSourceOptions, isStorageDown, sqlState, type Tx } from '../src';
import { createTestDatabase, until } from '../testing';

/** A promise and what fulfils it. */
function gate() {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe('a transaction', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let db: Database;
  let other: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    other = new Client({ connectionString: database.url });
    await other.connect();
    // Ours notices a deadlock first, so that it and not the other one is the victim.
    await other.query(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET deadlock_timeout = '30ms'`);
    await other.query(`SET deadlock_timeout = '20s'`);
    await other.query('CREATE TABLE counters (id int PRIMARY KEY, hits int NOT NULL)');
    db = new Database(await new DataSource({ ...dataSourceOptions(database.url, 4), entities: [] }).initialize());
  });
  afterAll(async () => {
    await db.dataSource.destroy();
    await other.end();
    await database.drop();
  });
  beforeEach(() => other.query('TRUNCATE counters; INSERT INTO counters VALUES (1, 0), (2, 0)'));

  const hits = async () => (await db.query<{ hits: number }>('SELECT hits FROM counters ORDER BY id')).map((row) => row.hits);
  const hit = (sql: Pick<Tx, 'query'>, id: number) => sql.query('UPDATE counters SET hits = hits + 1 WHERE id = $1', [id]);

  it('that lost a deadlock is run again and counts once', async () => {
    let tries = 0;
    const locked = gate();
    await other.query('BEGIN; UPDATE counters SET hits = hits + 10 WHERE id = 2');
    const work = db.transaction(async (tx) => {
      tries++;
      await hit(tx, 1);
      locked.open();
      await hit(tx, 2);
    });
    await locked.opened;
    await other.query('UPDATE counters SET hits = hits + 10 WHERE id = 1');
    await other.query('COMMIT');
    await work;

    expect(tries).toBe(2);
    expect(await hits()).toEqual([11, 11]);
  });

  it('of one statement is run again just the same', async () => {
    await other.query('BEGIN; UPDATE counters SET hits = hits + 10 WHERE id = 2');
    const work = db.query('UPDATE counters SET hits = hits + 1');
    await until(async () => {
      const { rows } = await other.query(
        `SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid' AND pid <> pg_backend_pid()`,
      );
      return rows.length > 0;
    });
    await other.query('UPDATE counters SET hits = hits + 10 WHERE id = 1');
    await other.query('COMMIT');
    await work;

    expect(await hits()).toEqual([11, 11]);
  });

  it('that could not be serialised is run again on what the other one wrote', async () => {
    let tries = 0;
    await db.transaction(async (tx) => {
      tries++;
      await tx.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
      const [row] = await tx.query<{ hits: number }>('SELECT hits FROM counters WHERE id = 1');
      if (tries < 3) await hit(other, 1);
      await tx.query('UPDATE counters SET hits = $1 WHERE id = 1', [(row?.hits ?? 0) + 100]);
    });

    expect(tries).toBe(3);
    expect(await hits()).toEqual([102, 0]);
  });

  it('gives up after five tries with the database’s own error and leaves nothing behind', async () => {
    let tries = 0;
    const work = db.transaction(async (tx) => {
      tries++;
      await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await tx.query('SELECT hits FROM counters');
      await hit(tx, 2);
      await hit(other, 1);
      await hit(tx, 1);
    });

    expect(await work.catch(sqlState)).toBe('40001');
    expect(tries).toBe(5);
    expect(await hits()).toEqual([5, 0]);
  });

  it('that failed for another reason is not run again', async () => {
    let tries = 0;
    const work = db.transaction(async (tx) => {
      tries++;
      await hit(tx, 1);
      await tx.query('INSERT INTO counters VALUES (1, 0)');
    });

    expect(await work.catch(sqlState)).toBe('23505');
    expect(tries).toBe(1);
    expect(await hits()).toEqual([0, 0]);
  });

  it('whose connection is cut fails with an error that means storage is down, and the next one works', async () => {
    const work = db.transaction(async (tx) => {
      const [row] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await other.query('SELECT pg_terminate_backend($1)', [row?.pid]);
      await hit(tx, 1);
    });

    expect(await work.then(() => 'committed', isStorageDown)).toBe(true);
    expect(await hits()).toEqual([0, 0]);
  });
});
