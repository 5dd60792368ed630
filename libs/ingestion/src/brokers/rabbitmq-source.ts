import { randomUUID } from 'node:crypto';
import { present } from '@heliograph/kernel';
import { type AsyncMessage, Connection, type Consumer, ConsumerStatus, type Publisher } from 'rabbitmq-client';
import type { RabbitmqSourceConfig } from './brokers.config';
import type { BrokerMessage, IngestHandler, IngestSource, LineState } from './ingest-source';
import { SourceLine } from './source-line';
import { tlsOf } from './tls-of';

const quorum = { 'x-queue-type': 'quorum' } as const;

/** A queue of RabbitMQ. The client reconnects and resubscribes forever; it repeats the declarations each time. */
export class RabbitmqSource implements IngestSource {
  readonly name: string;
  private readonly line: SourceLine;
  private readonly exchange: string;
  private readonly deadKey: string;
  private connection: Connection | null = null;
  private consumer: Consumer | null = null;
  private publisher: Publisher | null = null;
  private begun: Promise<void> = Promise.resolve();
  /** Dead messages that the broker could not route and returned, by their burial. */
  private readonly returned = new Set<string>();

  constructor(private readonly config: RabbitmqSourceConfig) {
    this.name = config.name;
    this.line = new SourceLine(config.name, 'rabbitmq');
    this.exchange = config.dead_letter_exchange ?? `${config.queue}.dead`;
    this.deadKey = config.dead_letter_routing_key ?? `${config.queue}.dead`;
  }

  get isUp(): boolean {
    return this.line.isUp;
  }

  get now(): LineState {
    return this.line.now;
  }

  start(handler: IngestHandler): void {
    const { config, line } = this;
    const connection = (this.connection = new Connection({
      url: config.url,
      connectionName: `heliograph:${config.name}`,
      retryLow: 200,
      retryHigh: 2_000,
      heartbeat: 20,
      acquireTimeout: 10_000,
      ...(config.tls !== false && { tls: tlsOf(config.tls) }),
    }));
    connection.on('error', (error) => line.down(error));
    const publisher = (this.publisher = connection.createPublisher({ confirm: true, maxAttempts: 1 }));
    publisher.on('basic.return', (message) => {
      this.returned.add(String(message.headers?.['x-heliograph-burial']));
    });
    this.begun = line
      .insist(async () => {
        // Declared before the queue that refers to them, since messages that the broker itself dead-letters would be lost.
        if (config.declare) await this.declareDead(connection);
      })
      .then(() => {
        if (!line.stopping.aborted) this.consume(connection, handler);
      })
      .catch((error: unknown) => {
        if (!line.stopping.aborted) throw error;
      });
  }

  async stop(): Promise<void> {
    this.line.end();
    if (!this.consumer) {
      // The connection has nothing in flight, and would otherwise wait for the broker.
      this.connection?.unsafeDestroy();
      return this.begun;
    }
    await this.consumer?.close();
    await this.publisher?.close();
    await this.connection?.close();
  }

  async lag(): Promise<number | null> {
    if (!this.isUp || !this.connection) return null;
    return (await this.connection.queueDeclare({ queue: this.config.queue, passive: true })).messageCount;
  }

  private async declareDead(connection: Connection): Promise<void> {
    await connection.exchangeDeclare({ exchange: this.exchange, type: 'direct', durable: true });
    await connection.queueDeclare({ queue: this.deadKey, durable: true, arguments: quorum });
    await connection.queueBind({ queue: this.deadKey, exchange: this.exchange, routingKey: this.deadKey });
  }

  private consume(connection: Connection, handler: IngestHandler): void {
    const { config, line } = this;
    const queueOptions = config.declare
      ? {
          durable: true,
          arguments: {
            ...quorum,
            'x-dead-letter-exchange': this.exchange,
            'x-dead-letter-routing-key': this.deadKey,
          },
        }
      : { passive: true };
    this.consumer = connection.createConsumer(
      {
        queue: config.queue,
        queueOptions,
        queueBindings: config.bindings.map(({ exchange, routing_key: routingKey }) => ({ exchange, routingKey, queue: config.queue })),
        qos: { prefetchCount: config.prefetch },
        concurrency: config.prefetch,
        requeue: true,
      },
      async (message) => {
        const [settlement] = await handler([toBrokerMessage(message)], line.stopping);
        if (settlement?.outcome === 'untouched') return ConsumerStatus.REQUEUE;
        if (settlement?.outcome === 'poison') {
          const { reason } = settlement;
          await line.insist(() => this.bury(message, reason));
        }
        return ConsumerStatus.ACK;
      },
    );
    this.consumer.on('ready', () => line.up());
    this.consumer.on('error', (error) => line.down(error));
  }

  /** Moves a message to the dead-letter exchange. Resolves when the broker confirmed it and routed it to a queue. */
  private async bury(message: AsyncMessage, reason: string): Promise<void> {
    const burial = randomUUID();
    const { headers, contentType, contentEncoding, messageId, correlationId, timestamp, type, appId } = message;
    await this.publisher?.send(
      {
        exchange: this.exchange,
        routingKey: this.deadKey,
        mandatory: true,
        durable: true,
        headers: {
          ...headers,
          'x-heliograph-reason': reason,
          'x-heliograph-source': this.name,
          'x-heliograph-burial': burial,
        },
        ...present({ contentType, contentEncoding, messageId, correlationId, timestamp, type, appId }),
      },
      bytesOf(message.body),
    );
    // The broker returns a message that it cannot route, and still confirms it.
    if (this.returned.delete(burial)) throw new Error(`The exchange ${this.exchange} routes ${this.deadKey} to no queue.`);
  }
}

function toBrokerMessage(message: AsyncMessage): BrokerMessage {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries<unknown>(message.headers ?? {})) {
    // Other headers are the broker's own (x-death) or not attributes.
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') headers[name.toLowerCase()] = String(value);
  }
  return { naturalKey: message.messageId || null, contentType: message.contentType ?? null, headers, body: bytesOf(message.body) };
}

/** Returns the raw body: the client decodes text and JSON by itself. */
function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''));
}
