import { openTestDatabase, type TestDatabase, testPurges } from '../testing';
import { keptDays, untilNotFull } from '../src';
import type { Purge } from '../src/purges/purges';

describe('purges', () => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await openTestDatabase();
    await test.db.query('CREATE TABLE old_things (id int PRIMARY KEY)');
  });
  afterAll(() => test.close());
  beforeEach(() => test.db.query('TRUNCATE old_things'));

  const fill = (count: number) => test.db.query('INSERT INTO old_things SELECT generate_series(1, $1::int)', [count]);
  const left = async () => (await test.db.query<{ count: number }>('SELECT count(*)::int AS count FROM old_things'))[0]?.count;
  const ofThings = (over: Partial<Purge> = {}): Purge => ({
    table: 'old_things',
    purgeSome: async (tx, limit) => {
      const rows = await tx.query('DELETE FROM old_things WHERE id IN (SELECT id FROM old_things ORDER BY id LIMIT $1) RETURNING 1', [
        limit,
      ]);
      return untilNotFull('old_things', rows.length, limit);
    },
    ...over,
  });

  it('delete all old rows in chunks, a chunk of each table in turn, and count the rows by table', async () => {
    await fill(25);
    const { purges, counted } = testPurges(test.db);
    const turns: string[] = [];
    const noted = (table: string, chunks: number): Purge => ({
      table,
      purgeSome: (_tx, limit, from) => {
        turns.push(table);
        expect(limit).toBe(10);
        const done = Number(from ?? 0) + 1;
        return Promise.resolve({ deleted: { [table]: 1 }, next: done === chunks ? null : String(done) });
      },
    });
    purges.register(noted('short', 1));
    purges.register(ofThings());
    purges.register(noted('long', 4));

    expect(await purges.purgeDue(10)).toEqual({ short: 1, old_things: 25, long: 4 });

    expect(turns).toEqual(['short', 'long', 'long', 'long', 'long']);
    expect(await counted()).toEqual({ short: 1, old_things: 25, long: 4 });
    expect(await left()).toBe(0);
  });

  it('do not touch tables that are kept for ever', async () => {
    await fill(3);
    const { purges } = testPurges(test.db);
    purges.register(ofThings({ keptDays: 0 }));
    expect(await purges.purgeDue()).toEqual({});
    expect(await left()).toBe(3);
  });

  it('continue with the other tables when one fails or another process is purging it', async () => {
    await fill(3);
    const { purges } = testPurges(test.db);
    const others = testPurges(test.db).purges;
    purges.register(ofThings({ table: 'broken', purgeSome: () => Promise.reject(new Error('broken')) }));
    purges.register({
      table: 'held',
      purgeSome: async () => {
        others.register({ table: 'held', purgeSome: () => Promise.reject(new Error('two at a time')) });
        expect(await others.purgeDue()).toEqual({});
        return { deleted: { held: 1 }, next: null };
      },
    });
    purges.register(ofThings());

    expect(await purges.purgeDue()).toEqual({ held: 1, old_things: 3 });
  });

  it('end between two chunks when the process is stopped', async () => {
    await fill(30);
    const { purges, drain } = testPurges(test.db);
    let drained: Promise<void> | undefined;
    const one = ofThings();
    purges.register({
      ...one,
      purgeSome: async (tx, limit, from) => {
        const chunk = await one.purgeSome(tx, 10, from);
        drained = drain();
        return { ...chunk, next: limit > 10 ? '' : null };
      },
    });
    purges.onApplicationBootstrap();
    await new Promise<void>((resolve) => {
      const look = () => (drained ? resolve() : setImmediate(look));
      look();
    });
    await drained;
    expect(await left()).toBe(20);
  });

  it('are set in days, where 0 keeps for ever and a value below the minimum is refused', () => {
    const days = keptDays({ min: 31, default: 365 });
    expect([undefined, '0', '31', '4000'].map((given) => days.parse(given))).toEqual([365, 0, 31, 4000]);
    for (const given of ['30', '-1', '1.5', 'for ever']) expect(days.safeParse(given).success).toBe(false);
  });
});
