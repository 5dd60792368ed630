import { ConfigError, loadConfig } from '@heliograph/kernel';
import fc from 'fast-check';
import { type BrokersConfig, brokersConfig } from './brokers.config';

const load = (value: unknown) =>
  (
    loadConfig([brokersConfig], {
      INGEST_SOURCES: typeof value === 'string' ? value : JSON.stringify(value),
    }) as unknown as BrokersConfig
  ).INGEST_SOURCES;

function faultsOf(value: unknown): string[] {
  try {
    load(value);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain('hunter2');
    return error.faults.map((fault) => fault.key);
  }
}

const rabbitmq = { kind: 'rabbitmq', name: 'shop', url: 'amqp://shop:hunter2@rabbit:5672/%2F', queue: 'messages' };
const sqs = { kind: 'sqs', name: 'orders', queue_url: 'https://sqs.eu-west-1.amazonaws.com/1/orders', region: 'eu-west-1' };
const kafka = { kind: 'kafka', name: 'stream', brokers: ['kafka:9092'], topics: ['messages'] };

describe('INGEST_SOURCES', () => {
  it('is empty by default, and fills in defaults of a source', () => {
    expect(load('')).toEqual([]);
    expect(load([rabbitmq, sqs, kafka])).toMatchObject([
      { declare: true, prefetch: 500, bindings: [], tls: false },
      { wait_s: 20, visibility_s: 60, pollers: 4 },
      { group_id: 'heliograph', from: 'earliest', batch: 500 },
    ]);
  });

  it.each<[unknown, string[]]>([
    ['[{"url":"amqp://shop:hunter2@', ['INGEST_SOURCES']],
    [{}, ['INGEST_SOURCES']],
    [[{ ...rabbitmq, kind: 'nats' }], ['INGEST_SOURCES.0.kind']],
    [[{ ...rabbitmq, url: 'http://shop:hunter2@rabbit' }], ['INGEST_SOURCES.0.url']],
    [[{ ...rabbitmq, prefetch: 0 }], ['INGEST_SOURCES.0.prefetch']],
    [[{ ...rabbitmq, declare: false }], ['INGEST_SOURCES.0.dead_letter_exchange']],
    [[{ ...rabbitmq, passwrd: 'hunter2' }], ['INGEST_SOURCES.0']],
    [[{ ...rabbitmq, tenant_id: 'shop' }], ['INGEST_SOURCES.0.tenant_id']],
    [[rabbitmq, { ...sqs, name: 'shop' }], ['INGEST_SOURCES.1.name']],
    [[{ ...sqs, secret_access_key: 'hunter2' }], ['INGEST_SOURCES.0.secret_access_key']],
    [[{ ...kafka, brokers: ['kafka'] }], ['INGEST_SOURCES.0.brokers.0']],
    [[{ ...kafka, sasl: { mechanism: 'GSSAPI', username: 'a', password: 'hunter2' } }], ['INGEST_SOURCES.0.sasl.mechanism']],
  ])('refuses %j and names the path', (value, keys) => {
    expect(faultsOf(value)).toEqual(keys);
  });

  it('always ends in sources or named faults', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.jsonValue(), fc.array(fc.dictionary(fc.constantFrom(...Object.keys(kafka)), fc.jsonValue()))),
        (value) => {
          expect(faultsOf(value).every((key) => key.startsWith('INGEST_SOURCES'))).toBe(true);
        },
      ),
    );
  });
});
