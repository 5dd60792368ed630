import { declareFeedReader, TransactionFeed, type TransactionRange, type Tx } from '../src';
import { historySettles, openTestDatabase, type TestDatabase } from '../testing';

const things = declareFeedReader({ name: 'things', memory: '1 day' });

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  await database.db.query(`CREATE TABLE things (name text, tx bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint))`);
});
afterAll(() => database.close());

/** Reads to the end, as another process would. */
async function read(): Promise<string[]> {
  const feed = new TransactionFeed(database.db);
  const seen: string[] = [];
  const take = async (tx: Tx, { from, to }: TransactionRange) => {
    const rows = await tx.query<{ name: string }>(`SELECT name FROM things WHERE tx >= $1 AND tx < $2 ORDER BY tx`, [from, to]);
    seen.push(...rows.map(({ name }) => name));
  };
  while (await feed.advance(things, take));
  return seen;
}
async function happens(name: string): Promise<void> {
  await database.db.query(`INSERT INTO things (name) VALUES ($1)`, [name]);
  await historySettles(database.db);
}

describe('a history reader that no migration creates', () => {
  it('starts with transactions after its first read, and each process continues where the last one stopped', async () => {
    await happens('before');
    expect(await read()).toEqual([]);
    await happens('first');
    expect(await read()).toEqual(['first']);
    await happens('second');
    expect([await read(), await read()]).toEqual([['second'], []]);
  });

  it('is not turned back by a process that looked before another one moved on', async () => {
    const turned = declareFeedReader({ name: 'turned', memory: '1 day' });
    await new TransactionFeed(database.db).advance(turned, () => Promise.resolve());
    let end: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => (end = resolve));
    let old: Promise<void> = Promise.resolve();
    await new Promise<void>((resolve) => {
      old = database.db.transaction(async (tx) => {
        await tx.query(`SELECT pg_current_xact_id()`);
        resolve();
        await isOver;
      });
    });
    // As if the old transaction had ended before the other process looked, and after this one did.
    const [moved] = await database.db.query<{ to: string }>(
      `UPDATE feed_readers SET next_tx = pg_current_xact_id()::text::bigint WHERE name = 'turned' RETURNING next_tx::text AS "to"`,
    );
    const looking = {
      query: database.db.query.bind(database.db),
      transaction: <T>(work: (tx: Tx) => Promise<T>) =>
        database.db.transaction((tx) =>
          work({
            ...tx,
            query: tx.query.bind(tx),
            prepared: async (name: string, sql: string, params: unknown[]) => {
              const rows = await tx.prepared(name, sql, params);
              end();
              await old;
              return rows;
            },
          } as Tx),
        ),
    } as unknown as TestDatabase['db'];
    let from = '';
    await new TransactionFeed(looking).advance(turned, (_tx, range) => Promise.resolve(void (from = range.from)));
    expect(from).toBe(moved?.to);
  });

  it('can be declared only once', () => {
    expect(() => declareFeedReader({ name: 'things', memory: '1 hour' })).toThrow('things is declared twice');
  });
});
