import { Controller, Global, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { APP_CONFIG, createHttpApp, Database, dataSourceOptions, Loops, RateLimiter, ThrottleModule } from '../src';
import { LoggingModule } from '../src/logging/logging.module';
import { SharedCounters } from '../src/throttle/shared-counters';
import { createTestDatabase, openTestDatabase, processLoops, type TestDatabase, until } from '../testing';

/** Longer than any test: no window ends during one except at midnight. */
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
    const { loops, metrics, drain } = processLoops();
    const storage = new SharedCounters(db, loops);
    storage.onApplicationBootstrap();
    toStop.push(async () => {
      await drain();
      if (dataSource.isInitialized) await dataSource.destroy();
    });
    return { dataSource, db, storage, metrics, hit: (key: string) => storage.hit(key, ttlMs, limit) };
  }
  type Process = Awaited<ReturnType<typeof aProcess>>;
  const hits = ({ hit }: Process, key: string, times: number) => {
    const answers = [];
    for (let i = 0; i < times; i++) answers.push(hit(key));
    return answers;
  };
  /** Returns the count as this process knows it. The call itself is counted as the last request. */
  const rowOf = async ({ db }: Process, key: string) =>
    (await db.query<{ hits: number; xmin: string }>('SELECT hits, xmin::text FROM throttle_counters WHERE key = $1', [key]))[0];

  it('share one limit, each key its own', async () => {
    const [one, two] = [await aProcess(), await aProcess()];
    expect(hits(one, 'shared', 12).some((answer) => answer.isBlocked)).toBe(false);
    expect(hits(two, 'shared', 7).some((answer) => answer.isBlocked)).toBe(false);
    await until(async () => (await rowOf(one, 'shared'))?.hits === 19);

    expect(one.hit('shared').isBlocked).toBe(false);
    await until(async () => (await rowOf(one, 'shared'))?.hits === 20);
    // Either process may admit one request that it does not know of yet; it knows after the next synchronisation.
    await until(() => Promise.resolve(one.hit('shared').isBlocked));
    await until(() => Promise.resolve(two.hit('shared').isBlocked));

    expect((await rowOf(one, 'shared'))?.hits).toBeLessThanOrEqual(limit + 1);
    expect(two.hit('another')).toMatchObject({ isBlocked: false, left: limit - 1 });
  });

  it('report how long a refusal lasts', async () => {
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

  it('age with the window instead of being dropped at its end', async () => {
    const one = await aProcess();
    const [ttl, max] = [60_000, 100];
    const { now } = Date;
    try {
      const start = Math.ceil(now() / ttl) * ttl;
      Date.now = () => start + ttl - 1;
      for (let i = 0; i < max; i++) expect(one.storage.hit('edge', ttl, max).isBlocked).toBe(false);
      Date.now = () => start + ttl + ttl / 4;
      let passed = 0;
      while (!one.storage.hit('edge', ttl, max).isBlocked) passed++;
      expect(passed).toBe(25);
      const { resetMs } = one.storage.hit('edge', ttl, max);
      Date.now = () => start + ttl + ttl / 4 + resetMs;
      expect(one.storage.hit('edge', ttl, max).isBlocked).toBe(false);
    } finally {
      Date.now = now;
    }
  });

  it('are written only when they have changed', async () => {
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
    await one.db.query(
      `INSERT INTO throttle_counters (key, window_start, hits, window_ms) VALUES ('ancient', $1, 1, $3), ('recent', $2, 1, $3)`,
      [now - 7 * minute, now - 5 * minute, minute],
    );
    await aProcess();
    await until(async () => (await rows()).length === 1);
    expect(await rows()).toEqual([{ key: 'recent' }]);
  });

  it('are kept as long as they count, also by a process that counts in shorter windows', async () => {
    const minute = 60_000;
    const quarter = 15 * minute;
    const one = await aProcess();
    const { now } = Date;
    const start = Math.floor(now() / quarter) * quarter;
    const at = (minutes: number) => (Date.now = () => start + minutes * minute);
    const hit = ({ storage }: Process) => storage.hit('slow', quarter, 2);
    try {
      at(0);
      expect([hit(one), hit(one)].map(({ isBlocked }) => isBlocked)).toEqual([false, false]);
      await until(async () => (await rowOf(one, 'slow'))?.hits === 2);
      await one.db.query(`INSERT INTO throttle_counters (key, window_start, hits, window_ms) VALUES ('over', $1, 1, $2)`, [start, minute]);
      at(14);
      const other = await aProcess();
      other.storage.hit('quick', minute, 2);
      await until(async () => (await rowOf(one, 'over')) === undefined);
      const late = await aProcess();
      await until(() => Promise.resolve(hit(late).isBlocked));
      expect((await rowOf(one, 'slow'))?.hits).toBeLessThanOrEqual(4);
    } finally {
      Date.now = now;
    }
  });

  it('are counted by each process alone while the database is down', async () => {
    const one = await aProcess();
    await one.dataSource.destroy();
    expect(hits(one, 'away', limit + 1).map((answer) => answer.isBlocked)).toEqual([...Array<boolean>(limit).fill(false), true]);
  });

  it('are the work of a loop, whose failures the metrics show', async () => {
    const one = await aProcess();
    await one.dataSource.destroy();
    one.hit('failing');
    await until(async () => /loop_failed_turns_total\{loop="throttle_sync"\} [1-9]/.test(await one.metrics.registry.metrics()));
  });
});

describe('a limiter', () => {
  let test: TestDatabase;
  const apps: NestFastifyApplication[] = [];
  const { loops, drain } = processLoops();

  beforeAll(async () => {
    test = await openTestDatabase();
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });
  afterAll(async () => {
    await drain();
    await test.close();
  });

  /** Creates an application that counts the address first and then the key of `x-key`, before it reads a body. */
  async function limited(limits: { address: number; key: number }) {
    const config = {
      LOG_LEVEL: 'fatal',
      NODE_ENV: 'production',
      RATE_LIMIT_PER_ADDRESS: limits.address,
      RATE_LIMIT_PER_MINUTE: limits.key,
    } as const;
    const globals = [
      { provide: APP_CONFIG, useValue: config },
      { provide: Database, useValue: test.db },
      { provide: Loops, useValue: loops },
    ];
    @Global()
    @Module({ providers: globals, exports: globals })
    class Globals {}
    @Controller('v1')
    class TestController {
      @Post('things')
      things(): void {}
    }
    @Module({ imports: [Globals, LoggingModule.forRoot(config, 'test'), ThrottleModule], controllers: [TestController] })
    class Root {}
    const app = await createHttpApp(Root, { TRUST_PROXY: '127.0.0.1' });
    apps.push(app);
    const limiter = app.get(RateLimiter);
    const fastify = app.getHttpAdapter().getInstance();
    fastify.addHook('onRequest', async (request, reply) => {
      await limiter.admitAddress(request.ip, reply);
      const key = request.headers['x-key'];
      if (typeof key === 'string') await limiter.admitKey(key, reply);
    });
    await app.init();
    await fastify.ready();
    return (from: string, key?: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/things',
        payload: '{',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': from, ...(key && { 'x-key': key }) },
      });
  }
  const fields = ({ statusCode, headers }: { statusCode: number; headers: Record<string, unknown> }) =>
    [statusCode, headers['ratelimit-policy'], String(headers.ratelimit).replace(/t=\d+$/, 't')] as const;

  it('reports the rest of the limit that was checked last, and refuses before the body is read', async () => {
    const post = await limited({ address: 3, key: 1 });
    // The body is not JSON: an admitted client gets that error.
    expect(fields(await post('192.0.2.1'))).toEqual([400, '"address";q=3;w=60', '"address";r=2;t']);
    expect(fields(await post('192.0.2.1', 'a'))).toEqual([400, '"key";q=1;w=60', '"key";r=0;t']);
    expect(fields(await post('192.0.2.1', 'a'))).toEqual([429, '"key";q=1;w=60', '"key";r=0;t']);
    const refused = await post('192.0.2.1', 'b');
    expect(fields(refused)).toEqual([429, '"address";q=3;w=60', '"address";r=0;t']);
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(refused.json()).toMatchObject({ status: 429, code: 'rate_limited', detail: 'More than 3 requests a minute.' });
    const seconds = /t=(\d+)$/.exec(String(refused.headers.ratelimit))?.[1];
    expect(Number(seconds)).toBeGreaterThanOrEqual(1);
    expect(refused.headers['retry-after']).toBe(seconds);
    expect(
      Object.keys(refused.headers)
        .filter((name) => /limit|retry/.test(name))
        .sort(),
    ).toEqual(['ratelimit', 'ratelimit-policy', 'retry-after']);
  });

  it('counts the /64 of an IPv6 address as one client, and an IPv4 address in IPv6 as itself', async () => {
    const post = await limited({ address: 1, key: 0 });
    const statuses = [];
    for (const from of [
      '2001:db8:1:2::1',
      '2001:db8:1:2:ffff::9',
      '2001:db8:1:3::1',
      '198.51.100.7',
      '::ffff:198.51.100.7',
      '::ffff:c633:6407',
      '198.51.100.8',
    ])
      statuses.push((await post(from)).statusCode);
    expect(statuses).toEqual([400, 429, 400, 400, 429, 429, 400]);
  });

  it('counts nothing when the limit is 0', async () => {
    const post = await limited({ address: 0, key: 0 });
    const answer = await post('192.0.2.77', 'free');
    expect(answer.statusCode).toBe(400);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  });
});
