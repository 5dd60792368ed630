import { randomBytes } from 'node:crypto';
import { KafkaDouble } from '@heliograph/ingestion/testing';
import { until } from '@heliograph/kernel/testing';
import { Admin, Consumer, ProduceAcks, Producer } from '@platformatic/kafka';
import { ApiRig } from '../api/api-rig';
import { aTenant, body, headers, letters, sources, stored, structured } from './rig';

/** A real cluster, comma-separated host:port; without it the double stands in, which speaks the wire protocol. */
const real = process.env.KAFKA_BROKERS;

describe(`Kafka as an input (${real ? 'a real broker' : 'a double of the wire protocol'})`, () => {
  let double: KafkaDouble | null = null;
  let brokers: string[];
  let producer: Producer;
  let rig: ApiRig;
  beforeAll(async () => {
    double = real ? null : await KafkaDouble.start();
    brokers = real ? real.split(',') : [double?.address ?? ''];
    producer = new Producer({ clientId: 'shop', bootstrapBrokers: brokers });
    rig = await ApiRig.start({ WORKER_ROLES: 'brokers' });
  });
  afterAll(async () => {
    await rig?.stop();
    await producer?.close(true);
    await double?.stop();
  });

  /** A topic of the test's own and its topic of dead messages. */
  const aTopic = async (partitions: number): Promise<string> => {
    const topic = `heliograph-${randomBytes(6).toString('hex')}`;
    for (const name of [topic, `${topic}.dead`]) {
      if (double) double.createTopic(name, name === topic ? partitions : 1);
      else {
        const admin = new Admin({ clientId: 'shop', bootstrapBrokers: brokers });
        await admin.createTopics({ topics: [name], partitions: name === topic ? partitions : 1, replicas: 1 });
        await admin.close();
      }
    }
    return topic;
  };
  const source = (topic: string, over: object = {}) => ({
    kind: 'kafka',
    name: topic,
    brokers,
    topics: [topic],
    group_id: topic,
    session_timeout_ms: 6_000,
    ...over,
  });
  const send = async (topic: string, messages: { value: string; key?: string; partition?: number; headers?: Record<string, string> }[]) => {
    await producer.send({
      acks: ProduceAcks.ALL,
      messages: messages.map(({ value, key, partition, headers: given = {} }) => ({
        topic,
        value: Buffer.from(value),
        ...(key && { key: Buffer.from(key) }),
        ...(partition !== undefined && { partition }),
        headers: new Map(Object.entries(given).map(([name, text]): [Buffer, Buffer] => [Buffer.from(name), Buffer.from(text)])),
      })),
    });
  };
  /** Committed offsets of the topic's group by partition. */
  const committed = async (topic: string, partitions: number) => {
    const consumer = new Consumer({ clientId: 'look', groupId: topic, bootstrapBrokers: brokers });
    try {
      const all = await consumer.listCommittedOffsets({
        topics: [{ topic, partitions: Array.from({ length: partitions }, (_, i) => i) }],
      });
      return (all.get(topic) ?? []).map(Number);
    } finally {
      await consumer.close(true);
    }
  };

  it('takes messages of every partition in both modes, in the order of their key, and commits behind them', async () => {
    const [tenant, topic] = [await aTenant(rig), await aTopic(3)];
    await send(
      topic,
      Array.from({ length: 30 }, (_, n) =>
        n % 2
          ? { key: 'k', partition: n % 3, value: structured({ id: `${n}`, tenant: tenant.id }, body(`Order ${n}`)) }
          : {
              key: 'k',
              partition: n % 3,
              value: JSON.stringify(body(`Order ${n}`)),
              headers: headers('ce_', { id: `${n}`, tenant: tenant.id }),
            },
      ),
    );
    await rig.work(sources(source(topic)));
    await until(async () => (await committed(topic, 3)).join() === '10,10,10', 60_000);
    const texts = await stored(rig, tenant.id);
    expect({ rows: texts.length, messages: new Set(texts).size }).toEqual({ rows: 30, messages: 30 });
    for (const partition of [0, 1, 2]) {
      const mine = texts.map((text) => Number(text.slice(6))).filter((n) => n % 3 === partition);
      expect(mine).toEqual(mine.toSorted((a, b) => a - b));
    }
  });

  it('stores nothing twice when members join and leave in mid-batch', async () => {
    const [tenant, topic] = [await aTenant(rig), await aTopic(4)];
    const wave = async (from: number) => {
      for (let n = from; n < from + 500; n += 50) {
        await send(
          topic,
          Array.from({ length: 50 }, (_, i) => ({
            partition: (n + i) % 4,
            value: structured({ tenant: tenant.id }, body(`Order ${n + i}`)),
          })),
        );
      }
    };
    const first = await rig.work(sources(source(topic, { batch: 20 })));
    const waves = wave(0);
    await until(async () => (await stored(rig, tenant.id)).length > 50, 60_000);
    await rig.work(sources(source(topic, { batch: 20 })));
    await waves;
    const more = wave(500);
    await until(async () => (await stored(rig, tenant.id)).length > 600, 60_000);
    await first.close();
    rig.apps.splice(rig.apps.indexOf(first), 1);
    await more;
    await until(async () => (await committed(topic, 4)).join() === '250,250,250,250', 90_000);
    const texts = await stored(rig, tenant.id);
    expect({ rows: texts.length, messages: new Set(texts).size }).toEqual({ rows: 1_000, messages: 1_000 });
  }, 200_000);

  it('puts poison into the dead-letter topic with the reason, and goes on behind it', async () => {
    const [tenant, topic] = [await aTenant(rig), await aTopic(1)];
    await send(topic, [
      { value: 'no JSON at all', headers: headers('ce_', { id: '1', tenant: tenant.id }) },
      { value: structured({ id: '2', tenant: tenant.id }, body('Well')) },
    ]);
    await rig.work(sources(source(topic)));
    await until(async () => (await committed(topic, 1)).join() === '2', 60_000);
    expect(await stored(rig, tenant.id)).toEqual(['Well']);
    expect(await letters(rig, tenant.key)).toMatchObject([{ cause: 'unreadable_broker_message', reason: 'invalid_json' }]);

    const consumer = new Consumer({ clientId: 'look', groupId: `${topic}-look`, bootstrapBrokers: brokers });
    const stream = await consumer.consume({ topics: [`${topic}.dead`], mode: 'earliest', autocommit: false });
    for await (const message of stream) {
      const reason = [...message.headers].find(([name]) => name.toString() === 'x-heliograph-reason')?.[1];
      expect([message.value.toString(), reason?.toString()]).toEqual(['no JSON at all', 'invalid_json']);
      break;
    }
    await consumer.close(true);
  });

  (real ? it.skip : it)(
    'comes back by itself when the broker was away, and loses and doubles nothing',
    async () => {
      const [tenant, topic] = [await aTenant(rig), await aTopic(2)];
      const worker = await rig.work(sources(source(topic)));
      const health = async () => {
        const answer = await fetch(`${await worker.getUrl()}/health/ready`);
        const { info } = (await answer.json()) as { info: Record<string, { broker?: string }> };
        return [answer.status, info[`broker_${topic}`]?.broker];
      };
      const batch = (from: number) =>
        send(
          topic,
          Array.from({ length: 20 }, (_, i) => ({ partition: i % 2, value: structured({ tenant: tenant.id }, body(`Order ${from + i}`)) })),
        );
      await batch(0);
      await until(async () => (await stored(rig, tenant.id)).length === 20, 60_000);
      for (let life = 1; life <= 3; life++) {
        await double?.down();
        await until(async () => (await health()).join() === '200,degraded', 60_000);
        await double?.up();
        await until(
          () =>
            batch(life * 20).then(
              () => true,
              () => false,
            ),
          30_000,
        );
        await until(async () => (await health()).join() === '200,connected', 60_000);
      }
      await until(async () => (await committed(topic, 2)).join() === '40,40', 90_000);
      const texts = await stored(rig, tenant.id);
      expect({ rows: texts.length, messages: new Set(texts).size }).toEqual({ rows: 80, messages: 80 });
    },
    240_000,
  );
});
