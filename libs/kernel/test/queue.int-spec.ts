import { getQueueToken, Processor, BullModule } from '@nestjs/bullmq';
import { Global, type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Queue } from 'bullmq';
import { z } from 'zod';
import { defineQueue, done, HealthChecks, type JobOutcome, JobProducer, newClient, type PayloadOf, TypedProcessor } from '../src';
import { QueueModule } from '../src/queue/queue.module';
import { createTestDatabase, describeWithRedis, testRedisUrl, until } from '../testing';

const bells = defineQueue({
  name: 'test.ring',
  payload: z.object({ id: z.string() }),
  deduplicate: ({ id }) => ({ id }),
});

/** The calls of the processor, and its behaviour as set by a test. */
@Injectable()
class Runs {
  readonly seen: string[] = [];
  answer: (id: string) => Promise<JobOutcome> = () => Promise.resolve(done());
  of(id: string): number {
    return this.seen.filter((seen) => seen === id).length;
  }
}

@Processor(bells.name)
class BellProcessor extends TypedProcessor<typeof bells> {
  protected readonly queue = bells;
  protected readonly concurrency = 4;

  constructor(private readonly runs: Runs) {
    super();
  }

  protected handle({ id }: PayloadOf<typeof bells>): Promise<JobOutcome> {
    this.runs.seen.push(id);
    return this.runs.answer(id);
  }
}

@Module({ imports: [BullModule.registerQueue({ name: bells.name })], providers: [BellProcessor, Runs] })
class BellModule {}

const far = 60_000;

function behavesAsDoorbell(start: () => Promise<{ app: INestApplicationContext; stop: () => Promise<void> }>) {
  let running: Awaited<ReturnType<typeof start>>;
  let jobs: JobProducer;
  let runs: Runs;
  let queue: Queue;

  beforeAll(async () => {
    running = await start();
    jobs = running.app.get(JobProducer);
    runs = running.app.get(Runs);
    queue = running.app.get<Queue>(getQueueToken(bells.name));
  });
  afterAll(() => running.stop());
  beforeEach(async () => {
    await queue.drain(true);
    runs.seen.length = 0;
    runs.answer = () => Promise.resolve(done());
  });

  const ring = (id: string, options?: Parameters<JobProducer['add']>[2]) => jobs.add(bells, { id }, options);
  const ran = (id: string, times = 1) => until(() => runs.of(id) >= times);
  /** Resolves once a ring that is added after all others has been processed. */
  const roundTrip = async () => {
    const id = `round-trip-${Math.random()}`;
    await ring(id);
    await ran(id);
  };
  const left = async () => {
    const { waiting, active, delayed, failed, completed } = await queue.getJobCounts();
    return { waiting, active, delayed, failed, completed };
  };
  const nothing = { waiting: 0, active: 0, delayed: 0, failed: 0, completed: 0 };
  const empty = () => until(async () => JSON.stringify(await left()) === JSON.stringify(nothing));
  /** Makes runs of this id wait until they are released. */
  const hold = (held: string) => {
    let open!: () => void;
    const opened = new Promise<void>((resolve) => (open = resolve));
    runs.answer = async (id) => {
      if (id === held) await opened;
      return done();
    };
    return open;
  };

  it('runs once per ring and keeps no job', async () => {
    await jobs.addMany(bells, [{ payload: { id: 'a' } }, { payload: { id: 'b' } }]);
    await ran('a');
    await ran('b');
    await empty();
    expect(runs.seen.sort()).toEqual(['a', 'b']);

    await ring('a');
    await ran('a', 2);
  });

  it('folds any number of rings during a run into one run after it', async () => {
    const open = hold('busy');
    await ring('busy');
    await ran('busy');
    for (let i = 0; i < 5; i++) await ring('busy');
    await roundTrip();
    expect(runs.of('busy')).toBe(1);

    open();
    await ran('busy', 2);
    await empty();
    expect(runs.of('busy')).toBe(2);
  });

  it('folds waiting rings into one, and keeps the delay of a delayed one', async () => {
    await ring('later', { delayMs: far });
    await ring('later');
    await ring('later', { delayMs: far });
    await roundTrip();

    expect(await left()).toMatchObject({ delayed: 1, waiting: 0 });
    expect(runs.of('later')).toBe(0);
  });

  it('shortens the delay of a ring on request', async () => {
    await ring('sooner', { delayMs: far });
    await ring('sooner', { delayMs: 20, reschedule: true });
    await ran('sooner');
    await empty();
    expect(runs.of('sooner')).toBe(1);
  });

  it('rings again after the delay that a run requests, and an urgent ring comes first', async () => {
    runs.answer = (id) => Promise.resolve(id === 'slow' && runs.of('slow') === 1 ? { kind: 'ring-again', inMs: far } : done());
    await ring('slow');
    await until(async () => (await left()).delayed === 1);
    expect(runs.of('slow')).toBe(1);

    await ring('slow', { reschedule: true });
    await ran('slow', 2);
    await empty();
  });

  it('rings again at once when a run requests it', async () => {
    runs.answer = (id) => Promise.resolve(runs.of(id) < 4 ? { kind: 'ring-again', inMs: 1 } : done());
    await ring('again');
    await ran('again', 4);
    await empty();
    expect(runs.of('again')).toBe(4);
  });

  it('fails a job with an invalid payload at once, without a run, and continues', async () => {
    await queue.add(bells.name, { id: 7 }, { attempts: 5, backoff: far, removeOnFail: true });
    await roundTrip();
    await empty();
    expect(runs.seen.filter((id) => !String(id).startsWith('round-trip'))).toEqual([]);
  });

  it('drops a run that threw, so that the next ring runs', async () => {
    runs.answer = () => Promise.reject(new Error('broken on purpose'));
    await ring('broken');
    await ran('broken');
    await empty();

    await ring('broken');
    await ran('broken', 2);
  });

  it('reports a part that fails every run as degraded, until one run succeeds', async () => {
    const state = () => running.app.get(HealthChecks).facts.get(bells.name)?.();
    await roundTrip();
    runs.answer = () => Promise.reject(new Error('Map.groupBy is not a function'));
    for (let i = 0; i < 5; i++) {
      await ring(`fails-${i}`);
      await ran(`fails-${i}`);
    }
    await until(() => state()?.state === 'degraded');
    expect(state()).toEqual({ state: 'degraded', failures_in_a_row: 5 });
    runs.answer = () => Promise.resolve(done());
    await roundTrip();
    await until(() => state()?.state === 'working');
  });
}

@Global()
@Module({ providers: [HealthChecks], exports: [HealthChecks] })
class HealthChecksModule {}

async function startOn(config: { DATABASE_URL: string; REDIS_URL?: string }) {
  @Module({ imports: [HealthChecksModule, QueueModule.forRoot(config), BellModule] })
  class Root {}
  return NestFactory.createApplicationContext(Root, { logger: false });
}

describe('a queue on PostgreSQL', () => {
  behavesAsDoorbell(async () => {
    const database = await createTestDatabase();
    const app = await startOn({ DATABASE_URL: database.url });
    return { app, stop: () => app.close().then(() => database.drop()) };
  });

  it('is checked by readiness, which is false while its tables are missing', async () => {
    const database = await createTestDatabase();
    const app = await startOn({ DATABASE_URL: database.url });
    const isReady = app.get(HealthChecks).checks.get('queue') as () => Promise<boolean>;
    expect(await isReady()).toBe(true);
    const admin = newClient(database.url, { applicationName: 'test' });
    await admin.connect();
    await admin.query('ALTER SCHEMA bullmq RENAME TO elsewhere');
    expect(await isReady()).toBe(false);
    await admin.query('ALTER SCHEMA elsewhere RENAME TO bullmq');
    expect(await isReady()).toBe(true);
    await admin.end();
    await app.close();
    await database.drop();
  });
});

describeWithRedis('a queue on Redis', () => {
  behavesAsDoorbell(async () => {
    const app = await startOn({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', REDIS_URL: testRedisUrl() });
    return { app, stop: () => app.close() };
  });
});
