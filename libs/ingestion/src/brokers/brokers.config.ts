import { declareConfig } from '@heliograph/kernel';
import { z } from 'zod';

const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'A name must be 1 to 63 lower-case letters, digits, _ or -.');
const secret = z.string().min(1).max(4_096);
const common = { name, tenant_id: z.uuid().optional() };
/** True: the system's certificate authorities. Texts are in PEM format. */
const tls = z.union([
  z.boolean(),
  z.strictObject({
    ca: z.string().optional(),
    cert: z.string().optional(),
    key: z.string().optional(),
    server_name: z.string().optional(),
  }),
]);

const rabbitmq = z.strictObject({
  kind: z.literal('rabbitmq'),
  ...common,
  url: z.url({ protocol: /^amqps?$/ }),
  queue: z.string().min(1).max(200),
  /** False: queue, exchange and dead-letter queue are managed elsewhere and used as they are. */
  declare: z.boolean().default(true),
  /** Exchanges the queue is bound to, besides the default one; they must exist. */
  bindings: z
    .array(z.strictObject({ exchange: z.string().min(1).max(255), routing_key: z.string().max(255) }))
    .max(100)
    .default([]),
  /** Maximum messages in flight. */
  prefetch: z.int().min(1).max(5_000).default(500),
  dead_letter_exchange: z.string().min(1).max(255).optional(),
  /** Routing key of dead messages; the name of the dead-letter queue where we declare it. */
  dead_letter_routing_key: z.string().min(1).max(255).optional(),
  tls: tls.default(false),
});

const sqs = z.strictObject({
  kind: z.literal('sqs'),
  ...common,
  queue_url: z.url({ protocol: /^https?$/ }),
  region: z.string().min(1).max(64),
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** Both or none; with none the SDK uses its default chain (environment, pod identity, instance role). */
  access_key_id: secret.optional(),
  secret_access_key: secret.optional(),
  /** Queue for poison. Without it poison stays in the queue, and the queue's own redrive policy applies. */
  dead_letter_queue_url: z.url({ protocol: /^https?$/ }).optional(),
  /** Seconds a poll waits for a message. */
  wait_s: z.int().min(1).max(20).default(20),
  /** Seconds a message is hidden while it is processed; extended as needed. */
  visibility_s: z.int().min(3).max(3_600).default(60),
  /** Concurrent polls, of up to 10 messages each. */
  pollers: z.int().min(1).max(50).default(4),
});

const kafka = z.strictObject({
  kind: z.literal('kafka'),
  ...common,
  brokers: z
    .array(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'A broker must be host:port.'))
    .min(1)
    .max(100),
  topics: z.array(z.string().min(1).max(249)).min(1).max(100),
  group_id: z.string().min(1).max(255).default('heliograph'),
  /** Topic for poison; default: the topic's name with the suffix `.dead`. */
  dead_letter_topic: z.string().min(1).max(249).optional(),
  /** Start position of a group without committed offsets. */
  from: z.enum(['earliest', 'latest']).default('earliest'),
  /** Messages per batch. */
  batch: z.int().min(1).max(5_000).default(500),
  session_timeout_ms: z.int().min(1_000).max(300_000).default(30_000),
  tls: tls.default(false),
  sasl: z.strictObject({ mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']), username: secret, password: secret }).optional(),
});

const sources = z
  .array(z.discriminatedUnion('kind', [rabbitmq, sqs, kafka]))
  .max(100)
  .check(({ value, issues }) => {
    const seen = new Set<string>();
    value.forEach((source, i) => {
      const fault = (member: string, message: string) => issues.push({ code: 'custom', path: [i, member], input: undefined, message });
      if (seen.has(source.name)) fault('name', 'Another source has this name.');
      seen.add(source.name);
      if (source.kind === 'rabbitmq' && !source.declare && !source.dead_letter_exchange)
        fault('dead_letter_exchange', 'Required with declare: false, since poison would be lost otherwise.');
      if (source.kind === 'sqs' && (source.access_key_id === undefined) !== (source.secret_access_key === undefined))
        fault('secret_access_key', 'A key and its secret must be set together.');
    });
  });

/** Configuration of brokers as inputs. */
export const brokersConfig = declareConfig('Brokers', {
  INGEST_SOURCES: z
    .string()
    .default('[]')
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        // The parser's own message would show a part of the text, which contains passwords.
        context.issues.push({ code: 'custom', input: undefined, message: 'is not valid JSON' });
        return z.NEVER;
      }
    })
    .pipe(sources)
    .describe('Brokers to receive messages and events from: a JSON array of sources as described in docs/BROKERS.md. Contains secrets.'),
});

/** Validated configuration of brokers. */
export type BrokersConfig = { [K in keyof typeof brokersConfig]: z.output<(typeof brokersConfig)[K]> };
type SourceConfig = BrokersConfig['INGEST_SOURCES'][number];
export type RabbitmqSourceConfig = Extract<SourceConfig, { kind: 'rabbitmq' }>;
export type SqsSourceConfig = Extract<SourceConfig, { kind: 'sqs' }>;
export type KafkaSourceConfig = Extract<SourceConfig, { kind: 'kafka' }>;
