import { setTimeout as sleep } from 'node:timers/promises';
import { type BaseOptions, Consumer, type Message, ProduceAcks, Producer } from '@platformatic/kafka';
import type { KafkaSourceConfig } from './brokers.config';
import type { BrokerMessage, IngestHandler, IngestSource, LineState } from './ingest-source';
import { backoffMs, SourceLine } from './source-line';
import { tlsOf } from './tls-of';

/**
 * Topics of Kafka, read as a member of a consumer group. A batch is stored, then its offsets are committed. On any failure the member
 * leaves and joins again at the committed offsets; messages stored by then are recognised as repeats.
 */
export class KafkaSource implements IngestSource {
  readonly name: string;
  private readonly line: SourceLine;
  private running: Promise<void> = Promise.resolve();
  private consumer: Consumer | null = null;
  private closing: (() => Promise<void>) | null = null;

  constructor(private readonly config: KafkaSourceConfig) {
    this.name = config.name;
    this.line = new SourceLine(config.name, 'kafka');
  }

  get isUp(): boolean {
    return this.line.isUp;
  }

  get now(): LineState {
    return this.line.now;
  }

  start(handler: IngestHandler): void {
    this.running = this.run(handler);
  }

  async stop(): Promise<void> {
    this.line.end();
    // Ends the wait for the next message; `line` already stopped the messages in flight.
    await this.closing?.();
    await this.running;
  }

  async lag(): Promise<number | null> {
    const { consumer } = this;
    if (!this.isUp || !consumer) return null;
    const lags = await consumer.getLag({ topics: this.config.topics });
    let sum = 0n;
    // A partition of another member counts as -1.
    for (const partitions of lags.values()) for (const lag of partitions) if (lag > 0n) sum += lag;
    return Number(sum);
  }

  private async run(handler: IngestHandler): Promise<void> {
    const { stopping } = this.line;
    for (let attempt = 1; !stopping.aborted; attempt++) {
      try {
        await this.consume(handler, () => (attempt = 0));
      } catch (error) {
        this.line.down(error);
      }
      if (!stopping.aborted) await sleep(backoffMs(Math.max(1, attempt)), undefined, { signal: stopping }).catch(() => undefined);
    }
  }

  /** Joins the group and processes batches until a failure or a stop. */
  private async consume(handler: IngestHandler, onProgress: () => void): Promise<void> {
    const { config } = this;
    const consumer = (this.consumer = new Consumer({
      ...this.client(),
      groupId: config.group_id,
      sessionTimeout: config.session_timeout_ms,
      rebalanceTimeout: Math.max(config.session_timeout_ms, 60_000),
      heartbeatInterval: Math.max(200, Math.floor(config.session_timeout_ms / 10)),
      // Maximum messages that a stream keeps in memory.
      highWaterMark: config.batch,
      autocommit: false,
    }));
    // Without an error listener an error would end the process.
    consumer.on('error' as 'client:close', () => undefined);
    let producer: Producer | null = null;
    try {
      const stream = await consumer.consume({ topics: config.topics, mode: 'committed', fallbackMode: config.from, autocommit: false });
      this.closing = async () => {
        await stream.close();
      };
      if (this.line.stopping.aborted) return;
      this.line.up();
      let batch: Message[] = [];
      for await (const message of stream) {
        batch.push(message);
        if (batch.length < config.batch && stream.readableLength > 0) continue;
        producer = await this.settle(handler, batch, producer);
        await consumer.commit({ offsets: nextOffsets(batch) });
        batch = [];
        onProgress();
      }
      if (!this.line.stopping.aborted) throw new Error('The stream of messages ended.');
    } finally {
      this.closing = null;
      this.consumer = null;
      await Promise.allSettled([consumer.close(true), producer?.close(true)]);
    }
  }

  /** Settles a batch. Resolves when every message is stored, or moved to the dead-letter topic. */
  private async settle(handler: IngestHandler, batch: Message[], producer: Producer | null): Promise<Producer | null> {
    const settlements = await handler(batch.map(toBrokerMessage), this.line.stopping);
    const dead = batch.flatMap((message, i) => {
      const settlement = settlements[i];
      return settlement?.outcome === 'poison' ? [{ message, reason: settlement.reason }] : [];
    });
    if (dead.length === 0) return producer;
    const burier = producer ?? new Producer(this.client());
    await burier.send({
      acks: ProduceAcks.ALL,
      messages: dead.map(({ message, reason }) => ({
        topic: this.config.dead_letter_topic ?? `${message.topic}.dead`,
        // A missing key or value stays missing.
        ...(message.key && { key: message.key }),
        value: message.value ?? Buffer.alloc(0),
        headers: new Map([
          ...message.headers,
          [Buffer.from('x-heliograph-reason'), Buffer.from(reason)] as [Buffer, Buffer],
          [Buffer.from('x-heliograph-offset'), Buffer.from(naturalKeyOf(message))] as [Buffer, Buffer],
        ]),
      })),
    });
    return burier;
  }

  private client(): BaseOptions {
    const { name, brokers, tls, sasl } = this.config;
    return {
      clientId: `heliograph-${name}`,
      bootstrapBrokers: brokers,
      retries: 3,
      retryDelay: 250,
      connectTimeout: 5_000,
      ...(tls !== false && { tls: tlsOf(tls) }),
      ...(sasl && { sasl }),
    };
  }
}

const naturalKeyOf = ({ topic, partition, offset }: Message): string => `${topic}-${partition}-${offset}`;

function toBrokerMessage(message: Message): BrokerMessage {
  const headers: Record<string, string> = {};
  for (const [name, value] of message.headers) headers[name.toString('utf8').toLowerCase()] = value?.toString('utf8') ?? '';
  return {
    naturalKey: naturalKeyOf(message),
    contentType: headers['content-type'] ?? null,
    headers,
    body: message.value ?? Buffer.alloc(0),
    // Kafka keeps the order of messages with the same key.
    ...(message.key && { group: `${message.topic}/${message.partition}/${message.key.toString('base64')}` }),
  };
}

/** Returns the next offset of each partition after this batch. */
function nextOffsets(batch: Message[]) {
  const next = new Map<string, { topic: string; partition: number; offset: bigint; leaderEpoch: number }>();
  for (const { topic, partition, offset, leaderEpoch } of batch) {
    const known = next.get(`${topic}/${partition}`);
    if (!known || known.offset <= offset) next.set(`${topic}/${partition}`, { topic, partition, offset: offset + 1n, leaderEpoch });
  }
  return [...next.values()];
}
