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

  it('can be declared only once', () => {
    expect(() => declareFeedReader({ name: 'things', memory: '1 hour' })).toThrow('things is declared twice');
  });
});
