import { GetQueueAttributesCommand, type Message, type MessageAttributeValue, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
import type { SqsSourceConfig } from './brokers.config';
import type { BrokerMessage, IngestHandler, IngestSource, LineState } from './ingest-source';
import { backoffMs, SourceLine } from './source-line';

/** Limits of SQS: messages per poll, attributes per message. */
const maxPerPoll = 10;
const maxAttributes = 10;
const connectionErrorMs = 2_000;

/** A queue of SQS, read by long polling. Messages in flight stay hidden while they are stored, and are deleted afterwards. */
export class SqsSource implements IngestSource {
  readonly name: string;
  private readonly line: SourceLine;
  private readonly client: SQSClient;
  private pollers: Consumer[] = [];
  /** Pollers with messages in flight. */
  private readonly busy = new Set<Consumer>();

  constructor(private readonly config: SqsSourceConfig) {
    this.name = config.name;
    this.line = new SourceLine(config.name, 'sqs');
    const { region, endpoint, access_key_id: accessKeyId, secret_access_key: secretAccessKey } = config;
    this.client = new SQSClient({
      region,
      ...(endpoint && { endpoint }),
      ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
    });
  }

  get isUp(): boolean {
    return this.line.isUp;
  }

  get now(): LineState {
    return this.line.now;
  }

  start(handler: IngestHandler): void {
    this.pollers = Array.from({ length: this.config.pollers }, () => this.poll(handler));
  }

  async stop(): Promise<void> {
    this.line.end();
    // A waiting poll is aborted; a poll with messages first deletes the settled ones.
    await Promise.all(
      this.pollers.map(async (poller) => {
        if (this.busy.has(poller)) await new Promise<void>((resolve) => poller.once('response_processed', () => resolve()));
        poller.stop({ abort: true });
      }),
    );
    this.client.destroy();
  }

  async lag(): Promise<number | null> {
    if (!this.isUp) return null;
    const { Attributes } = await this.client.send(
      new GetQueueAttributesCommand({ QueueUrl: this.config.queue_url, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  }

  private poll(handler: IngestHandler): Consumer {
    const { config, line } = this;
    let failures = 0;
    const poller: Consumer = Consumer.create({
      sqs: this.client,
      queueUrl: config.queue_url,
      batchSize: maxPerPoll,
      waitTimeSeconds: config.wait_s,
      visibilityTimeout: config.visibility_s,
      heartbeatInterval: Math.max(1, Math.floor(config.visibility_s / 3)),
      messageAttributeNames: ['All'],
      messageSystemAttributeNames: ['MessageGroupId'],
      suppressFifoWarning: true,
      // Wait after an error that the SDK classifies as a connection error, in place of the backoff below.
      authenticationErrorTimeout: connectionErrorMs,
      handleMessageBatch: (messages) => {
        this.busy.add(poller);
        return this.handle(messages, handler);
      },
    });
    const well = (): void => {
      line.up();
      if (failures > 0) poller.updateOption('pollingWaitTimeMs', 0);
      failures = 0;
    };
    const ill = (error: Error): void => {
      line.down(error);
      poller.updateOption('pollingWaitTimeMs', Math.round(backoffMs(++failures)));
    };
    poller.on('empty', well);
    poller.on('response_processed', () => {
      this.busy.delete(poller);
      well();
    });
    poller.on('error', ill);
    poller.start();
    return poller;
  }

  /** @returns messages that may be deleted */
  private async handle(messages: Message[], handler: IngestHandler): Promise<Message[]> {
    this.line.up();
    try {
      const settlements = await handler(messages.map(toBrokerMessage), this.line.stopping);
      const done = await Promise.all(
        messages.map(async (message, i) => {
          const settlement = settlements[i];
          if (!settlement || settlement.outcome === 'untouched') return null;
          if (settlement.outcome !== 'poison') return message;
          const { dead_letter_queue_url: queueUrl } = this.config;
          // The queue's own redrive policy counts the deliveries.
          if (!queueUrl) return null;
          await this.line.insist(() => this.bury(queueUrl, message, settlement.reason));
          return message;
        }),
      );
      return done.filter((message) => message !== null);
    } catch (error) {
      if (this.line.stopping.aborted) return [];
      throw error;
    }
  }

  private async bury(queueUrl: string, message: Message, reason: string): Promise<void> {
    const { MessageAttributes: given = {}, Body, MessageId, Attributes } = message;
    const kept = Object.entries(given).slice(0, maxAttributes - 1);
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: Body ?? ' ',
        MessageAttributes: { ...Object.fromEntries(kept), 'x-heliograph-reason': { DataType: 'String', StringValue: reason } },
        // The dead-letter queue of a FIFO queue is a FIFO queue.
        ...(queueUrl.endsWith('.fifo') && {
          MessageGroupId: Attributes?.MessageGroupId ?? this.name,
          MessageDeduplicationId: MessageId,
        }),
      }),
    );
  }
}

function toBrokerMessage(message: Message): BrokerMessage {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.MessageAttributes ?? {})) headers[name.toLowerCase()] = textOf(value);
  const group = message.Attributes?.MessageGroupId;
  return {
    naturalKey: message.MessageId ?? null,
    contentType: headers['content-type'] ?? null,
    headers,
    body: Buffer.from(message.Body ?? ''),
    ...(group !== undefined && { group }),
  };
}

function textOf({ StringValue, BinaryValue }: MessageAttributeValue): string {
  return StringValue ?? (BinaryValue ? Buffer.from(BinaryValue).toString('utf8') : '');
}
