import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { Database, dataSourceOptions, inHalves, isStorageDown, sqlState, type Tx } from '../src';
import { createTestDatabase, until } from '../testing';

/** A promise and the function that fulfils it. */
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
    // Ours detects a deadlock first, so that it is the victim.
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

  it('runs its after-commit work once, in order, with its connection free, even when some of it fails', async () => {
    const seen: string[] = [];
    const idle: number[] = [];
    await db.transaction(async (tx) => {
      tx.afterCommit(async () => seen.push(`first ${(await hits()).join()}`));
      tx.afterCommit(() => Promise.reject(new Error('on purpose')));
      tx.afterCommit(() => {
        throw new Error('on purpose');
      });
      tx.afterCommit(() => idle.push(db.pool.totalCount - db.pool.idleCount));
      await hit(tx, 1);
      expect(seen).toEqual([]);
      // A transaction started within has after-commit work of its own.
      await db.transaction((inner) => Promise.resolve(inner.afterCommit(() => seen.push('inner'))));
      tx.afterCommit(() => seen.push('last'));
    });
    expect([seen, idle]).toEqual([['inner', 'first 1,0', 'last'], [0]]);
  });

  it('that is rolled back runs no after-commit work, and one that is repeated runs it once', async () => {
    const seen: string[] = [];
    let tries = 0;
    const failing = db.transaction((tx) => {
      tx.afterCommit(() => seen.push('never'));
      return Promise.reject(new Error('on purpose'));
    });
    await expect(failing).rejects.toThrow('on purpose');
    await db.transaction((tx) => {
      tx.afterCommit(() => seen.push(`try ${tries}`));
      return tries++ === 0 ? Promise.reject(Object.assign(new Error('lost'), { code: '40001' })) : Promise.resolve();
    });
    expect(seen).toEqual(['try 2']);
  });

  it('undoes an attempt that failed, with its after-commit work, and keeps the rest', async () => {
    const seen: string[] = [];
    await db.transaction(async (tx) => {
      await hit(tx, 1);
      const outer = tx.attempt(async () => {
        tx.afterCommit(() => seen.push('outer'));
        const inner = tx.attempt(async () => {
          tx.afterCommit(() => seen.push('inner'));
          await hit(tx, 1);
          await tx.query('SELECT 1 / 0');
        });
        await expect(inner).rejects.toThrow('division by zero');
        await hit(tx, 2);
      });
      await outer;
    });
    expect([seen, await hits()]).toEqual([['outer'], [1, 1]]);
  });

  it('writes items in halves when one fails, and reports that item', async () => {
    const refused = await db.transaction((tx) =>
      inHalves(tx, [3, 4, 1, 5, 2, 6, 7], (ids) =>
        tx.query('INSERT INTO counters SELECT unnest($1::int[]), 0', [ids]).then(() => undefined),
      ),
    );
    expect(refused.map(({ item }) => item)).toEqual([1, 2]);
    expect(await hits()).toHaveLength(7);
    const away = db.transaction((tx) => inHalves(tx, [8, 9], () => Promise.reject(new Error('away'))));
    await expect(away).rejects.toThrow('away');
  });

  it('that lost a deadlock is repeated and counts once', async () => {
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

  it('of one statement is repeated in the same way', async () => {
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

  it('that could not be serialised is repeated on what the other one wrote', async () => {
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

  it('fails after five tries with the database’s own error and leaves nothing behind', async () => {
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

  it('that failed for another reason is not repeated', async () => {
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
