import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { until } from '@heliograph/kernel/testing';
import { Tenants } from '@heliograph/tenants';
import { ApiRig } from '../api/api-rig';
import { aTenant, body, headers, letters, sources, stored, structured } from './rig';

/** An SQS of the test's own: fauxqs, a server that speaks SQS's protocol, as a process. */
async function startSqs(): Promise<{ endpoint: string; stop: () => void }> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const cli = join(__dirname, '../../node_modules/fauxqs/dist/server.js');
  const child: ChildProcess = spawn(process.execPath, [cli], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, FAUXQS_PORT: String(port), FAUXQS_LOGGER: 'false' },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await until(
    () =>
      fetch(`${endpoint}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    30_000,
  );
  return { endpoint, stop: () => child.kill('SIGKILL') };
}

describe('SQS as an input', () => {
  let sqs: Awaited<ReturnType<typeof startSqs>>;
  let client: SQSClient;
  let rig: ApiRig;
  beforeAll(async () => {
    sqs = await startSqs();
    client = new SQSClient({
      region: 'eu-west-1',
      endpoint: sqs.endpoint,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    rig = await ApiRig.start({ WORKER_ROLES: 'brokers' });
  });
  afterAll(async () => {
    await rig?.stop();
    client?.destroy();
    sqs?.stop();
  });

  const queue = async (name: string, attributes: Record<string, string> = {}) => {
    await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    return `${sqs.endpoint}/000000000000/${name}`;
  };
  const source = (name: string, queueUrl: string, over: object = {}) => ({
    kind: 'sqs',
    name,
    queue_url: queueUrl,
    region: 'eu-west-1',
    endpoint: sqs.endpoint,
    access_key_id: 'test',
    secret_access_key: 'test',
    wait_s: 1,
    pollers: 1,
    ...over,
  });
  const send = (queueUrl: string, content: string, over: object = {}) =>
    client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: content, ...over }));
  const attributes = (values: Record<string, string>) => ({
    MessageAttributes: Object.fromEntries(
      Object.entries(values).map(([name, value]): [string, MessageAttributeValue] => [name, { DataType: 'String', StringValue: value }]),
    ),
  });
  const left = async (queueUrl: string) => {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }));
    return names.map((name) => Number(Attributes?.[name]));
  };
  const receive = async (queueUrl: string, waitS = 1, over: object = {}) => {
    const { Messages } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        WaitTimeSeconds: waitS,
        MessageAttributeNames: ['All'],
        ...over,
      }),
    );
    return Messages?.[0];
  };

  it('brings events through the door of REST: each once by its own id or by that of its CloudEvent, what does not fit is poison', async () => {
    const [url, dead] = [await queue('events'), await queue('events-dead')];
    const tenant = await rig.tenant();
    const event = (over: object = {}) => ({ name: 'user_onboarded', subject: { phone: '+447700900101' }, ...over });
    await rig.work(sources(source('events', url, { tenant_id: tenant.id, dead_letter_queue_url: dead })));
    for (const id of ['1', '1', '2']) await send(url, structured({ id, type: 'event' }, event()));
    await send(url, structured({ id: '3', type: 'event' }, event({ id: 'own' })));
    await send(url, structured({ id: '4', type: 'event' }, event({ id: 'own' })));
    await send(url, structured({ id: '5', type: 'event' }, event({ subject: {} })));
    const kept = () => rig.call('GET', '/v1/events', { key: tenant.key });
    await until(async () => ((await kept()).body.data as unknown[]).length === 3 && (await letters(rig, tenant.key)).length === 1, 30_000);
    const events = (await kept()).body.data as { event_key: string; source: string }[];
    expect(events.filter(({ event_key }) => event_key === 'own')).toHaveLength(1);
    expect(new Set(events.map((e) => e.source))).toEqual(new Set(['broker:events']));
    expect(await letters(rig, tenant.key)).toMatchObject([{ cause: 'refused_broker_message', reason: 'invalid_body' }]);
  });

  it('takes messages in both modes, deletes them afterwards and stores a repeat once', async () => {
    const tenant = await aTenant(rig);
    const url = await queue('plain');
    await rig.work(sources(source('plain', url, { pollers: 3 })));
    for (let n = 0; n < 20; n++) {
      await send(url, structured({ id: `s${n}`, tenant: tenant.id }, body(`Structured ${n}`)));
      await send(url, JSON.stringify(body(`Binary ${n}`)), attributes(headers('ce-', { id: `b${n}`, tenant: tenant.id })));
      // The sender was not sure and sent it again.
      await send(url, structured({ id: `s${n}`, tenant: tenant.id }, body(`Structured ${n}`)));
    }
    await until(async () => (await left(url)).every((n) => n === 0), 30_000);
    const texts = await stored(rig, tenant.id);
    expect({ rows: texts.length, messages: new Set(texts).size }).toEqual({ rows: 40, messages: 40 });
  });

  it('keeps what it has in hand hidden for as long as that takes, and says how much waits behind it', async () => {
    const tenant = await aTenant(rig);
    await rig.get(Tenants).setSuspended(tenant.id, true);
    const url = await queue('slow');
    const worker = await rig.work(sources(source('slow', url, { tenant_id: tenant.id, visibility_s: 3 })));
    const scrape = async (path: string) => (await worker.inject(path)).body;
    await send(url, structured({ id: '1' }, body('Later')));
    await until(async () => (await left(url)).join() === '0,1', 20_000);

    // Longer than it would have been hidden without being extended.
    expect(await receive(url, 6)).toBeUndefined();
    expect(await stored(rig, tenant.id)).toEqual([]);
    await send(url, structured({ id: '2' }, body('Last')));
    await until(async () => (await scrape('/metrics')).includes('heliograph_broker_lag{source="slow"} 1'), 20_000);
    expect(await scrape('/metrics')).toContain('heliograph_broker_up{source="slow"} 1');
    expect(await scrape('/health/ready')).toContain('"broker_slow":{"broker":"connected"');
    await rig.get(Tenants).setSuspended(tenant.id, false);
    await until(async () => (await left(url)).join() === '0,0', 30_000);
    expect(await stored(rig, tenant.id)).toEqual(['Later', 'Last']);
    expect(await scrape('/metrics')).toContain('heliograph_broker_messages_total{source="slow",outcome="stored"} 2');
  });

  it('stores a message once that comes again because its deletion was lost', async () => {
    const tenant = await aTenant(rig);
    const url = await queue('again');
    await send(url, structured({}, body('No id of its own')).replace('"source"', `"heliographtenant":"${tenant.id}","source"`));
    // Somebody had it before and died: it comes again under the same id of the broker.
    const first = await receive(url, 1, { VisibilityTimeout: 1 });
    expect(first).toBeDefined();
    await rig.work(sources(source('again', url, { visibility_s: 3 })));
    await until(async () => (await left(url)).join() === '0,0', 60_000);
    expect(await stored(rig, tenant.id)).toEqual(['No id of its own']);
  });

  it('sends poison to the dead-letter queue with the reason', async () => {
    const tenant = await aTenant(rig);
    const [url, deadUrl] = [await queue('bad'), await queue('bad-dead')];
    await rig.work(sources(source('bad', url, { dead_letter_queue_url: deadUrl })));
    await send(url, 'no JSON at all', attributes(headers('ce_', { id: '1', tenant: tenant.id })));
    const dead = await until(() => receive(deadUrl), 20_000);
    expect(dead).toMatchObject({
      Body: 'no JSON at all',
      MessageAttributes: { 'x-heliograph-reason': { StringValue: 'invalid_json' }, ce_id: { StringValue: '1' } },
    });
    await until(async () => (await left(url)).join() === '0,0', 20_000);
    expect(await letters(rig, tenant.key)).toMatchObject([{ cause: 'unreadable_broker_message', reason: 'invalid_json' }]);
  });

  it('keeps the order of FIFO groups, and leaves poison to the redrive policy of the queue', async () => {
    const tenant = await aTenant(rig);
    const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
    const deadUrl = await queue('dead.fifo', fifo);
    const url = await queue('orders.fifo', {
      ...fifo,
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:000000000000:dead.fifo', maxReceiveCount: 2 }),
    });
    const put = (group: string, n: number, data: unknown) =>
      send(url, structured({ id: `${group}${n}`, tenant: tenant.id }, data), { MessageGroupId: group });
    await put('a', 0, { type: 'nonsense' });
    for (let n = 1; n <= 4; n++) await put('a', n, body(`a${n}`));
    for (let n = 1; n <= 4; n++) await put('b', n, body(`b${n}`));
    await rig.work(sources(source('orders', url, { visibility_s: 3 })));

    await until(async () => (await stored(rig, tenant.id)).length === 8, 60_000);
    const texts = await stored(rig, tenant.id);
    const of = (group: string) => texts.filter((text) => text.startsWith(group));
    expect([of('a'), of('b')]).toEqual([
      ['a1', 'a2', 'a3', 'a4'],
      ['b1', 'b2', 'b3', 'b4'],
    ]);
    expect(texts.indexOf('a1')).toBeGreaterThan(texts.indexOf('b4'));
    expect((await until(() => receive(deadUrl), 20_000)).Body).toContain('nonsense');
    // It came twice and is one letter.
    expect(await letters(rig, tenant.key)).toMatchObject([{ reason: 'invalid_message' }]);
  });
});
