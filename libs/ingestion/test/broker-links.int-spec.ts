import { type Database, HealthChecks, Metrics, newId } from '@heliograph/kernel';
import { moveClock, openTestDatabase, processLoops, until } from '@heliograph/kernel/testing';
import type { BrokerIntake } from '../src/brokers/broker-intake';
import { type BrokerLink, BrokerLinks } from '../src/brokers/broker-links.repository';
import type { BrokerPoison } from '../src/brokers/broker-poison.repository';
import { BrokersRole } from '../src/brokers/brokers-role';
import { brokersConfig } from '../src/brokers/brokers.config';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let db: Database;
let links: BrokerLinks;
beforeEach(async () => {
  database = await openTestDatabase();
  db = database.db;
  links = new BrokerLinks(db);
});
afterEach(async () => {
  await moveClock(db, 0);
  await database.close();
});

const link = (over: Partial<BrokerLink> = {}): BrokerLink => ({
  source: 'orders',
  workerId: newId(),
  worker: 'worker-1:41',
  kind: 'rabbitmq',
  tenantId: null,
  target: 'orders',
  isUp: true,
  since: new Date('2026-11-24T09:00:00Z'),
  error: null,
  lag: 3,
  stored: 10,
  repeated: 0,
  poison: 1,
  setAside: 0,
  lastMessageAt: null,
  startedAt: new Date('2026-11-24T09:00:00Z'),
  ...over,
});

describe('reports of brokers', () => {
  it('replace what the same worker said before, and leave those of others', async () => {
    const [one, other] = [link(), link({ worker: 'worker-2:7', lag: null })];
    await links.report([one]);
    await links.report([other]);
    await links.report([{ ...one, isUp: false, error: 'ECONNREFUSED', stored: 11 }]);
    expect(await links.list()).toMatchObject([
      { worker: 'worker-1:41', isUp: false, error: 'ECONNREFUSED', stored: 11, lag: 3 },
      { worker: 'worker-2:7', isUp: true, lag: null },
    ]);
    await links.leave(one.workerId);
    expect((await links.list()).map(({ worker }) => worker)).toEqual(['worker-2:7']);
  });

  it('grow old when a worker dies, and are forgotten after a day', async () => {
    await links.report([link()]);
    await moveClock(db, 60_000);
    expect((await links.list())[0]?.ageS).toBeGreaterThanOrEqual(59);
    await moveClock(db, 25 * 3_600_000);
    await links.report([link({ worker: 'worker-2:7' })]);
    expect((await links.list()).map(({ worker }) => worker)).toEqual(['worker-2:7']);
  });
});

describe('a worker', () => {
  it('reports a broker that it cannot reach, with the reason and without credentials, until it ends', async () => {
    const { loops, drain } = processLoops();
    const drains: (() => Promise<void>)[] = [];
    const role = new BrokersRole(
      { countsOf: () => ({ stored: 4, repeated: 1, poison: 2, setAside: 0, lastAt: null }) } as unknown as BrokerIntake,
      { takeUp: () => Promise.resolve([]) } as unknown as BrokerPoison,
      links,
      loops,
      { onDrain: (_name: string, one: () => Promise<void>) => void drains.push(one) } as never,
      new HealthChecks(),
      {
        INGEST_SOURCES: brokersConfig.INGEST_SOURCES.parse(
          JSON.stringify([{ kind: 'rabbitmq', name: 'orders', url: 'amqp://user:very-secret@127.0.0.1:1', queue: 'orders' }]),
        ),
      },
      new Metrics(),
    );
    await role.onApplicationBootstrap();
    await until(async () => (await links.list())[0]?.error);
    const [reported] = await links.list();
    expect(reported).toMatchObject({ source: 'orders', kind: 'rabbitmq', target: 'orders', isUp: false, lag: null, stored: 4, poison: 2 });
    expect(JSON.stringify(reported)).not.toContain('very-secret');
    await Promise.all(drains.map((one) => one()));
    await drain();
    expect(await links.list()).toEqual([]);
  }, 60_000);
});
