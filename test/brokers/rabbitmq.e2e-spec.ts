import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { brokersConfig } from '@heliograph/webhooks';
import { Connection } from 'rabbitmq-client';
import { ApiRig, text } from '../api/api-rig';
import { describeWithRabbitmq, RabbitmqServer } from './rabbitmq-server';

describeWithRabbitmq('RabbitMQ as an input', () => {
  let broker: RabbitmqServer;
  let rig: ApiRig;
  let client: Connection;
  beforeAll(async () => {
    broker = await RabbitmqServer.start();
    rig = await ApiRig.start({ WORKER_ROLES: 'brokers' });
    client = new Connection({ url: broker.url, retryLow: 50, retryHigh: 1_000 });
    client.on('error', () => undefined);
  });
  afterAll(async () => {
    await rig?.stop();
    await client?.close();
    await broker?.stop();
  });

  const sources = (...list: object[]) => ({ INGEST_SOURCES: brokersConfig.INGEST_SOURCES.parse(JSON.stringify(list)) });
  const aTenant = async () => {
    const tenant = await rig.tenant();
    return { ...tenant, session: await rig.session(tenant.id) };
  };
  const count = async (tenantId: string) =>
    Number((await rig.get(Database).query<{ n: string }>(`SELECT count(*) AS n FROM messages WHERE tenant_id = $1`, [tenantId]))[0]?.n);
  const event = (tenantId: string, id: string, data: unknown, over: object = {}) => ({
    specversion: '1.0',
    type: 'message.send',
    source: '/shop',
    id,
    heliographtenant: tenantId,
    data,
    ...over,
  });
  const structured = { contentType: 'application/cloudevents+json', durable: true };

  it('takes 10,000 messages while the broker is killed and started ten times: none is lost, none is doubled', async () => {
    const { id: tenantId, session } = await aTenant();
    await rig.work(sources({ kind: 'rabbitmq', name: 'many', url: broker.url, queue: 'many' }));
    const messages = client.createPublisher({ confirm: true, maxAttempts: 1 });
    const publish = async (n: number): Promise<void> => {
      for (;;) {
        try {
          const body = event(tenantId, `order-${n}`, text('+447700900101', { session_id: session.id, text: `Order ${n}` }));
          await messages.send({ ...structured, routingKey: 'many', mandatory: true }, Buffer.from(JSON.stringify(body)));
          return;
        } catch {
          // Not confirmed: it may have arrived, so the same one goes once more.
        }
      }
    };
    await until(() => client.queueDeclare({ queue: 'many', passive: true }).catch(() => null), 30_000);

    let next = 0;
    let isDown = false;
    const publishers = Array.from({ length: 64 }, async () => {
      // A slice for each life of the broker, so that it is killed while messages come.
      for (let n = next++; n < 10_000; n = next++) await publish(n);
    });
    for (let life = 1; life <= 10; life++) {
      await until(async () => next >= life * 900, 60_000);
      isDown = true;
      await broker.kill();
      await broker.up();
      isDown = false;
    }
    await Promise.all(publishers);
    expect(isDown).toBe(false);

    await until(async () => (await count(tenantId)) >= 10_000, 60_000);
    await until(async () => (await client.queueDeclare({ queue: 'many', passive: true })).messageCount === 0, 30_000);
    const [{ n, distinct }] = (await rig
      .get(Database)
      .query(`SELECT count(*)::int AS n, count(DISTINCT body->'content'->>'text')::int AS distinct FROM messages WHERE tenant_id = $1`, [
        tenantId,
      ])) as [{ n: number; distinct: number }];
    expect({ n, distinct }).toEqual({ n: 10_000, distinct: 10_000 });
    await messages.close();
  }, 240_000);
});
