import { setImmediate } from 'node:timers/promises';
import { describeWithRabbitmq, RabbitmqServer } from '@heliograph/ingestion/testing';
import { until } from '@heliograph/kernel/testing';
import { Tenants } from '@heliograph/tenants';
import { Connection } from 'rabbitmq-client';
import { ApiRig } from '../api/api-rig';
import { aTenant, body, count, headers, letters, sources, stored, structured } from './rig';

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
    // Channels of a test that failed are open still, and would be waited for.
    client?.unsafeDestroy();
    await broker?.stop();
  });

  const event = { contentType: 'application/cloudevents+json', durable: true };

  it('takes 10,000 messages while the broker is killed and started ten times: none is lost, none is doubled', async () => {
    const { id: tenantId, session } = await aTenant(rig);
    await rig.work(sources({ kind: 'rabbitmq', name: 'many', url: broker.url, queue: 'many' }));
    const messages = client.createPublisher({ confirm: true, maxAttempts: 1 });
    const publish = async (n: number): Promise<void> => {
      for (;;) {
        try {
          const data = body(`Order ${n}`, { session_id: session.id });
          await messages.send(
            { ...event, routingKey: 'many', mandatory: true },
            Buffer.from(structured({ id: `order-${n}`, tenant: tenantId }, data)),
          );
          return;
        } catch {
          // Not confirmed: it may have arrived, so the same one goes once more. A broker that is away refuses at once.
          await setImmediate();
          await until(() => client.ready, 120_000);
        }
      }
    };
    await until(() => client.queueDeclare({ queue: 'many', passive: true }).catch(() => null), 30_000);
    await broker.restart();
    await until(() => client.queueDeclare({ queue: 'many', passive: true }).catch(() => null), 60_000);

    // Of each thousand some are with us, some with the broker and some not published yet when it is killed.
    const slices: Promise<void>[] = [];
    for (let life = 0; life < 10; life++) {
      const before = await count(rig, tenantId);
      let next = life * 1_000;
      const publisher = async (): Promise<void> => {
        for (let n = next++; n < (life + 1) * 1_000; n = next++) await publish(n);
      };
      slices.push(...Array.from({ length: 64 }, publisher));
      await until(async () => (await count(rig, tenantId)) > before + 100, 120_000);
      await broker.kill();
      await broker.up();
    }
    await Promise.all(slices);

    await until(async () => (await count(rig, tenantId)) >= 10_000, 60_000);
    await until(async () => (await client.queueDeclare({ queue: 'many', passive: true })).messageCount === 0, 30_000);
    const texts = await stored(rig, tenantId);
    expect({ rows: texts.length, messages: new Set(texts).size }).toEqual({ rows: 10_000, messages: 10_000 });
    await messages.close();
  }, 400_000);

  const dead = async (queue: string) => {
    const message = await until(() => client.basicGet({ queue, noAck: true }), 20_000);
    return { reason: String(message.headers?.['x-heliograph-reason']), body: String(message.body) };
  };
  const ready = (queue: string) => until(() => client.queueDeclare({ queue, passive: true }).catch(() => null), 30_000);

  it('puts what it cannot take into the dead-letter queue with the reason, and what a tenant can repair into its dead letters', async () => {
    const tenant = await rig.tenant();
    await rig.work(sources({ kind: 'rabbitmq', name: 'poison', url: broker.url, queue: 'poison' }));
    await ready('poison');
    const messages = client.createPublisher({ confirm: true });
    const send = (over: object, content: string) => messages.send({ routingKey: 'poison', durable: true, ...over }, Buffer.from(content));

    await send(event, 'no JSON at all');
    await send(event, structured({ id: '1' }, body('Whose?')));
    await send(event, structured({ id: '2', tenant: '018f6d2e-7c1a-7000-8000-0123456789ab' }, body('Whose?')));
    await send(event, structured({ id: '3', tenant: tenant.id }, { to: 'nobody', type: 'text' }));
    await send(event, structured({ tenant: tenant.id }, body('Once or twice?')));
    await send(
      { messageId: 'm-5', headers: headers('cloudEvents:', { id: '5', tenant: tenant.id }) },
      JSON.stringify(body('No session yet')),
    );
    const reasons = [];
    for (let i = 0; i < 6; i++) reasons.push((await dead('poison.dead')).reason);
    expect(reasons.toSorted()).toEqual(['invalid_json', 'invalid_message', 'no_key', 'no_session', 'no_tenant', 'unknown_tenant']);
    const open = await letters(rig, tenant.key);
    expect(open.map(({ cause, reason }) => `${cause} ${reason}`).toSorted()).toEqual([
      'refused_broker_message invalid_message',
      'refused_broker_message no_key',
      'refused_broker_message no_session',
    ]);

    await rig.session(tenant.id);
    const letter = open.find(({ reason }) => reason === 'no_session');
    await rig.call('POST', `/v1/dead-letters/${letter?.id}/redrive`, { key: tenant.key, body: {} });
    await until(async () => (await stored(rig, tenant.id)).length === 1);
    expect(await stored(rig, tenant.id)).toEqual(['No session yet']);
    await messages.close();
  });

  it('keeps what a suspended tenant is sent until it works again, and holds nobody else up', async () => {
    const [own, shared, other] = [await aTenant(rig), await aTenant(rig), await aTenant(rig)];
    await rig.work(
      sources(
        { kind: 'rabbitmq', name: 'own', url: broker.url, queue: 'own', tenant_id: own.id },
        { kind: 'rabbitmq', name: 'shared', url: broker.url, queue: 'shared', prefetch: 1 },
      ),
    );
    await ready('own');
    await ready('shared');
    const suspend = async (isSuspended: boolean) => {
      for (const { id } of [own, shared]) await rig.get(Tenants).setSuspended(id, isSuspended);
    };
    await suspend(true);
    const messages = client.createPublisher({ confirm: true });
    await messages.send({ ...event, routingKey: 'own' }, Buffer.from(structured({ id: '1' }, body('Own'))));
    await messages.send({ ...event, routingKey: 'shared' }, Buffer.from(structured({ id: '2', tenant: shared.id }, body('Shared'))));
    await messages.send({ ...event, routingKey: 'shared' }, Buffer.from(structured({ id: '3', tenant: other.id }, body('Other'))));

    await until(async () => (await stored(rig, other.id)).length === 1, 20_000);
    expect([await stored(rig, own.id), await stored(rig, shared.id)]).toEqual([[], []]);
    await suspend(false);
    await until(async () => (await stored(rig, own.id)).length === 1, 60_000);
    await until(async () => (await stored(rig, shared.id)).length === 1, 60_000);
    expect(await letters(rig, shared.key)).toEqual([]);
    await messages.close();
  });
});
