import { DataSource } from 'typeorm';
import { Database, dataSourceOptions } from '../src';
import { SharedCounterStorage } from '../src/throttle/shared-counter.storage';
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
    const storage = new SharedCounterStorage(db);
    toStop.push(async () => {
      storage.onApplicationShutdown();
      if (dataSource.isInitialized) await dataSource.destroy();
    });
    return { dataSource, db, storage, hit: (key: string) => storage.increment(key, ttlMs, limit) };
  }
  type Process = Awaited<ReturnType<typeof aProcess>>;
  const hits = async ({ hit }: Process, key: string, times: number) => {
    const answers = [];
    for (let i = 0; i < times; i++) answers.push(await hit(key));
    return answers;
  };
  /** What this process believes was counted: a refused request, which is not counted itself, tells. */
  const counted = async ({ storage }: Process, key: string) => (await storage.increment(key, ttlMs, 0)).totalHits - 1;

  it('share one limit, each key its own', async () => {
    const [one, two] = [await aProcess(), await aProcess()];
    expect((await hits(one, 'shared', 12)).some((answer) => answer.isBlocked)).toBe(false);
    expect((await hits(two, 'shared', 7)).some((answer) => answer.isBlocked)).toBe(false);
    for (const process of [one, two]) await until(async () => (await counted(process, 'shared')) === 19);

    expect((await one.hit('shared')).isBlocked).toBe(false);
    await until(async () => (await counted(two, 'shared')) === 20);

    expect([(await one.hit('shared')).isBlocked, (await two.hit('shared')).isBlocked]).toEqual([true, true]);
    expect(await two.hit('another')).toMatchObject({ isBlocked: false, totalHits: 1 });
  });

  it('says how long a refusal holds', async () => {
    const one = await aProcess();
    const last = (await hits(one, 'alone', limit + 1)).at(-1);
    expect(last).toMatchObject({ isBlocked: true, totalHits: limit + 1 });
    expect(last?.timeToBlockExpire).toBeGreaterThan(0);
    expect(last?.timeToBlockExpire).toBeLessThanOrEqual(ttlMs / 1_000);
  });

  it('are known to a process that starts in the middle of the window', async () => {
    const one = await aProcess();
    await hits(one, 'late', limit);
    const late = await aProcess();
    await late.hit('late');
    await until(async () => (await counted(late, 'late')) === limit + 1);
    expect((await late.hit('late')).isBlocked).toBe(true);
  });

  it('begin at nothing in the next window', async () => {
    const one = await aProcess();
    const hit = () => one.storage.increment('short', 300, 1);
    await until(async () => (await hit()).isBlocked);
    await until(async () => !(await hit()).isBlocked);
  });

  it('are forgotten a day after their window', async () => {
    const one = await aProcess();
    const rows = () => one.db.query<{ key: string }>(`SELECT key FROM throttle_counters WHERE key IN ('ancient', 'recent') ORDER BY 1`);
    const [now, hour] = [Date.now(), 3_600_000];
    await one.db.query(`INSERT INTO throttle_counters VALUES ('ancient', $1, 1), ('recent', $2, 1)`, [now - 25 * hour, now - 23 * hour]);
    const two = await aProcess();
    await two.hit('anything');
    await until(async () => (await rows()).length === 1);
    expect(await rows()).toEqual([{ key: 'recent' }]);
  });

  it('are counted by each process alone while the database is away', async () => {
    const one = await aProcess();
    await one.dataSource.destroy();
    expect((await hits(one, 'away', limit + 1)).map((answer) => answer.isBlocked)).toEqual([...Array<boolean>(limit).fill(false), true]);
  });
});
