import { DataSource } from 'typeorm';
import { CachedLookup, ChangeFeed, Database, dataSourceOptions } from '../src';
import { flakyProxy, openTestDatabase, type TestDatabase, until } from '../testing';

/** A process with regard to its memory: a pool, a feed and a look-up of its own. */
interface Instance {
  feed: ChangeFeed;
  values: CachedLookup<string | null>;
  /** Keys read from the database, in order. */
  reads: string[];
}

describe('a look-up that the change feed keeps current', () => {
  let test: TestDatabase;
  const toStop: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    test = await openTestDatabase();
    await test.db.query(`CREATE TABLE things (id text PRIMARY KEY, value text)`);
    await test.db.query(
      `CREATE TRIGGER things_changed AFTER INSERT OR UPDATE OR DELETE ON things FOR EACH ROW EXECUTE FUNCTION heliograph_notify_change()`,
    );
  });
  afterEach(async () => {
    for (const stop of toStop.splice(0)) await stop();
  });
  afterAll(() => test.close());

  async function start(
    options: {
      feedUrl?: string;
      maxEntries?: number;
      maxAgeMs?: number;
      around?: (read: () => Promise<string | null>) => Promise<string | null>;
    } = {},
  ): Promise<Instance> {
    const dataSource = await new DataSource({ ...dataSourceOptions(test.url, 2), entities: [] }).initialize();
    const db = new Database(dataSource);
    const feed = new ChangeFeed({ DATABASE_URL: options.feedUrl ?? test.url });
    const reads: string[] = [];
    const values = new CachedLookup<string | null>(feed, {
      ...(options.maxEntries && { maxEntries: options.maxEntries }),
      ...(options.maxAgeMs !== undefined && { maxAgeMs: options.maxAgeMs }),
      load: (id) => {
        reads.push(id);
        const read = async () => (await db.query<{ value: string }>('SELECT value FROM things WHERE id = $1', [id]))[0]?.value ?? null;
        return options.around ? options.around(read) : read();
      },
    });
    feed.onChange('things', (id) => values.forget(id));
    toStop.unshift(async () => {
      await feed.onApplicationShutdown();
      await dataSource.destroy();
    });
    await feed.onApplicationBootstrap();
    return { feed, values, reads };
  }
  async function aLine() {
    const line = await flakyProxy(test.url);
    toStop.push(() => line.close());
    return line;
  }
  const set = (id: string, value: string) =>
    test.db.query('INSERT INTO things VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET value = excluded.value', [id, value]);
  const listeners = async () =>
    (await test.db.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'heliograph-changes'`))
      .length;
  const cutLines = () =>
    test.db.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'heliograph-changes'`,
    );

  it('tells every process of what a process says, each change once, also what was said while its connection was lost', async () => {
    const [one, two] = [await start(), await start()];
    const heard: string[] = [];
    two.feed.onChange('lamps', (id) => heard.push(`two ${id}`));
    one.feed.onChange('lamps', (id) => heard.push(`one ${id}`));
    for (let i = 0; i < 3; i++) one.feed.notifyAll('lamps', 'a');
    await until(() => heard.length >= 2);
    await cutLines();
    one.feed.notifyAll('lamps', 'b');
    await until(() => heard.includes('one b'));
    expect(heard.filter((text) => text.endsWith(' a')).sort()).toEqual(['one a', 'two a']);
  });

  it('sees a change of another process, and reads no key twice before it', async () => {
    await set('a', 'old');
    const [one, two] = [await start(), await start()];
    for (const { values } of [one, two]) expect(await Promise.all([values.get('a'), values.get('a')])).toEqual(['old', 'old']);
    expect(one.reads).toEqual(['a']);

    await set('a', 'new');

    for (const { values } of [one, two]) await until(async () => (await values.get('a')) === 'new');
  });

  it('sees that a row was inserted and deleted', async () => {
    const { values } = await start();
    expect(await values.get('later')).toBeNull();
    await set('later', 'here');
    await until(async () => (await values.get('later')) === 'here');
    await test.db.query(`DELETE FROM things WHERE id = 'later'`);
    await until(async () => (await values.get('later')) === null);
  });

  it('does not keep a value that was read before a change and arrived after it', async () => {
    await set('slow', 'old');
    let letGo!: () => void;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const instance: Instance = await start({
      around: async (read) => {
        const value = await read();
        if (instance.reads.length === 1) await held;
        return value;
      },
    });
    const notified = new Promise<void>((resolve) => instance.feed.onChange('things', () => resolve()));
    const early = instance.values.get('slow');
    await until(() => instance.reads.length === 1);
    await set('slow', 'new');
    await notified;
    letGo();

    expect(await early).toMatch(/old|new/);
    expect(await instance.values.get('slow')).toBe('new');
  });

  it('reads a change of its own process at once, also through a read that began before it', async () => {
    await set('own', 'old');
    const line = await aLine();
    let letGo!: () => void;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const instance: Instance = await start({
      feedUrl: line.url,
      around: async (read) => {
        const value = await read();
        if (instance.reads.length === 1) await held;
        return value;
      },
    });
    // The notification does not arrive while the connection is trusted.
    line.hang();
    const early = instance.values.get('own');
    await until(() => instance.reads.length === 1);
    await set('own', 'new');
    instance.feed.notifyHere('things', 'own');
    letGo();

    expect(await early).toMatch(/old|new/);
    expect(await instance.values.get('own')).toBe('new');
  });

  it('trusts nothing in memory once its connection is cut, and sees changes again', async () => {
    await set('b', 'old');
    const instance = await start();
    expect(await instance.values.get('b')).toBe('old');

    await cutLines();
    await set('b', 'new');

    await until(async () => (await instance.values.get('b')) === 'new');
    await until(() => instance.feed.isLive());
    await set('b', 'newer');
    await until(async () => (await instance.values.get('b')) === 'newer');
  });

  it('distrusts a silent connection, reads the database meanwhile, and opens a new connection', async () => {
    await set('c', 'old');
    const line = await aLine();
    const instance = await start({ feedUrl: line.url });
    expect(await instance.values.get('c')).toBe('old');

    line.hang();
    await set('c', 'new');
    await until(() => !instance.feed.isLive());
    expect(await instance.values.get('c')).toBe('new');
    const before = instance.reads.length;
    await instance.values.get('c');
    expect(instance.reads.length).toBe(before + 1);

    line.heal();
    await until(() => instance.feed.isLive());
    expect(await instance.values.get('c')).toBe('new');
  });

  it('leaves no connection open when it is stopped while connecting', async () => {
    const line = await aLine();
    const feed = new ChangeFeed({ DATABASE_URL: line.url });
    const connecting = feed.onApplicationBootstrap();
    await feed.onApplicationShutdown();
    await connecting;

    await until(async () => (await listeners()) === 0);
    expect(feed.isLive()).toBe(false);
  });

  it('does not cache a failure, and keeps no more than its maximum', async () => {
    let failing = true;
    const instance = await start({ maxEntries: 2, around: (read) => (failing ? Promise.reject(new Error('away')) : read()) });
    await expect(instance.values.get('x')).rejects.toThrow('away');
    failing = false;
    for (const id of ['x', 'y', 'z', 'z', 'x']) await instance.values.get(id);

    expect(instance.reads).toEqual(['x', 'x', 'y', 'z', 'x']);
  });

  it('drops expired values, even those that nobody requests', async () => {
    const { values } = await start({ maxAgeMs: 1 });
    for (const id of ['x', 'y', 'z']) await values.get(id);
    await until(async () => {
      await values.get('other');
      return values.size === 1;
    });
  });
});
