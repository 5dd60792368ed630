import { DataSource } from 'typeorm';
import { Database, dataSourceOptions } from '../src';
import { SharedCounters } from '../src/throttle/shared-counters';
import { createTestDatabase, until } from '../testing';

/** Longer than any test: no window ends in the middle of one but at midnight. */
const ttlMs = 24 * 3_600_000;
const limit = 20;

describe('requests counted over several processes', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  const toStop: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const stop of toStop.splice(0)) await stop();
  });
  afterAll(() => database.drop());

  async function aProcess() {
    const dataSource = await new DataSource({ ...dataSourceOptions(database.url, 2), entities: [] }).initialize();
    const db = new Database(dataSource);
    const storage = new SharedCounters(db);
    toStop.push(async () => {
      storage.onApplicationShutdown();
      if (dataSource.isInitialized) await dataSource.destroy();
    });
    return { dataSource, db, storage, hit: (key: string) => storage.hit(key, ttlMs, limit) };
  }
  type Process = Awaited<ReturnType<typeof aProcess>>;
  const hits = ({ hit }: Process, key: string, times: number) => {
    const answers = [];
    for (let i = 0; i < times; i++) answers.push(hit(key));
    return answers;
  };
  /** What this process believes was counted: a request that is counted itself is the last of them. */
  const rowOf = async ({ db }: Process, key: string) =>
    (await db.query<{ hits: number; xmin: string }>('SELECT hits, xmin::text FROM throttle_counters WHERE key = $1', [key]))[0];

  it('share one limit, each key its own', async () => {
    const [one, two] = [await aProcess(), await aProcess()];
    expect(hits(one, 'shared', 12).some((answer) => answer.isBlocked)).toBe(false);
    expect(hits(two, 'shared', 7).some((answer) => answer.isBlocked)).toBe(false);
    await until(async () => (await rowOf(one, 'shared'))?.hits === 19);

    expect(one.hit('shared').isBlocked).toBe(false);
    await until(async () => (await rowOf(one, 'shared'))?.hits === 20);
    // Either process may let one through that it knows not of yet; after the next look it knows.
    await until(() => Promise.resolve(one.hit('shared').isBlocked));
    await until(() => Promise.resolve(two.hit('shared').isBlocked));

    expect((await rowOf(one, 'shared'))?.hits).toBeLessThanOrEqual(limit + 1);
    expect(two.hit('another')).toMatchObject({ isBlocked: false, left: limit - 1 });
  });

  it('says how long a refusal holds', async () => {
    const one = await aProcess();
    const last = hits(one, 'alone', limit + 1).at(-1);
    expect(last).toMatchObject({ isBlocked: true, left: 0 });
    expect(last?.resetMs).toBeGreaterThan(0);
    expect(last?.resetMs).toBeLessThanOrEqual(2 * ttlMs);
  });

  it('are known to a process that starts in the middle of the window', async () => {
    const one = await aProcess();
    hits(one, 'late', limit);
    await until(async () => (await rowOf(one, 'late'))?.hits === limit);
    const late = await aProcess();
    await until(() => Promise.resolve(late.hit('late').isBlocked));
    expect((await rowOf(one, 'late'))?.hits).toBeLessThanOrEqual(2 * limit);
  });

  it('age with the window instead of being forgotten at its edge', async () => {
    const one = await aProcess();
    const [ttl, most] = [60_000, 100];
    const { now } = Date;
    try {
      const start = Math.ceil(now() / ttl) * ttl;
      Date.now = () => start + ttl - 1;
      for (let i = 0; i < most; i++) expect(one.storage.hit('edge', ttl, most).isBlocked).toBe(false);
      Date.now = () => start + ttl + ttl / 4;
      let passed = 0;
      while (!one.storage.hit('edge', ttl, most).isBlocked) passed++;
      expect(passed).toBe(25);
      const { resetMs } = one.storage.hit('edge', ttl, most);
      Date.now = () => start + ttl + ttl / 4 + resetMs;
      expect(one.storage.hit('edge', ttl, most).isBlocked).toBe(false);
    } finally {
      Date.now = now;
    }
  });

  it('are written only when they changed', async () => {
    const one = await aProcess();
    hits(one, 'quiet', limit);
    await until(async () => (await rowOf(one, 'quiet'))?.hits === limit);
    const before = await rowOf(one, 'quiet');
    hits(one, 'quiet', 50);
    one.hit('marker');
    await until(async () => (await rowOf(one, 'marker'))?.hits === 1);
    expect(await rowOf(one, 'quiet')).toEqual(before);
  });

  it('are purged minutes after their window', async () => {
    const one = await aProcess();
    const rows = () => one.db.query<{ key: string }>(`SELECT key FROM throttle_counters WHERE key IN ('ancient', 'recent') ORDER BY 1`);
    const [now, minute] = [Date.now(), 60_000];
    await one.db.query(`INSERT INTO throttle_counters VALUES ('ancient', $1, 1), ('recent', $2, 1)`, [now - 6 * minute, now - 2 * minute]);
    await aProcess();
    await until(async () => (await rows()).length === 1);
    expect(await rows()).toEqual([{ key: 'recent' }]);
  });

  it('are counted by each process alone while the database is away', async () => {
    const one = await aProcess();
    await one.dataSource.destroy();
    expect(hits(one, 'away', limit + 1).map((answer) => answer.isBlocked)).toEqual([...Array<boolean>(limit).fill(false), true]);
  });
});
