import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createRecordsBatch, type MessageRecord, Reader, readRecordsBatches, Writer } from '@platformatic/kafka';
import { kafkaCode, KafkaGroups } from './kafka-groups';

/** Supported version of each API. All are flexible versions. */
const spoken: Record<number, number> = { 0: 11, 1: 17, 2: 9, 3: 12, 8: 9, 9: 9, 10: 6, 11: 9, 12: 4, 13: 5, 14: 5, 18: 4 };

interface Topic {
  id: string;
  name: string;
  partitions: MessageRecord[][];
}

/**
 * Implements the part of Kafka's wire protocol that a consumer group and a producer need: one node, topics and offsets in memory, the
 * classic group protocol with rebalances and session timeouts. No replication, no transactions, no compression, no ACLs.
 */
export class KafkaDouble {
  private readonly topics = new Map<string, Topic>();
  private readonly groups = new KafkaGroups();
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;
  private port = 0;
  private readonly expiry = setInterval(() => this.groups.expire(), 100);

  static async start(): Promise<KafkaDouble> {
    const double = new KafkaDouble();
    await double.up();
    return double;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Listens, on the same port as before. */
  async up(): Promise<void> {
    this.server = createServer((socket) => this.serve(socket)).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Closes every connection and stops listening; written messages stay. */
  async down(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = null;
    const closed = once(server, 'close');
    server.close();
    this.sockets.forEach((socket) => socket.destroy());
    await closed;
  }

  async stop(): Promise<void> {
    clearInterval(this.expiry);
    await this.down();
  }

  createTopic(name: string, partitions: number): void {
    this.topics.set(name, { id: randomUUID(), name, partitions: Array.from({ length: partitions }, () => []) });
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const size = received.readInt32BE(0);
        const frame = Buffer.from(received.subarray(4, 4 + size));
        received = received.subarray(4 + size);
        this.answer(socket, frame);
      }
    });
  }

  private answer(socket: Socket, frame: Buffer): void {
    const reader = Reader.from(frame);
    const [api, version, correlation] = [reader.readInt16(), reader.readInt16(), reader.readInt32()];
    reader.readNullableString(false);
    reader.readTaggedFields();
    if (api !== 18 && spoken[api] !== version) return void socket.destroy(new Error(`Unsupported: API ${api} version ${version}`));
    const reply = (body: Writer): void => {
      const answer = Writer.create().appendInt32(correlation);
      // The header of this response has the old format.
      if (api !== 18) answer.appendTaggedFields();
      if (!socket.destroyed) socket.write(answer.appendFrom(body).prependLength().buffer);
    };
    this.handlers[api]?.(reader, reply);
  }

  private readonly handlers: Record<number, (reader: Reader, reply: (body: Writer) => void) => void> = {
    18: (_, reply) =>
      reply(
        Writer.create()
          .appendInt16(kafkaCode.none)
          .appendArray(Object.entries(spoken), (w, [api, version]) => w.appendInt16(Number(api)).appendInt16(version).appendInt16(version))
          .appendInt32(0)
          .appendTaggedFields(),
      ),
    3: (reader, reply) => reply(this.metadata(reader)),
    10: (reader, reply) => {
      reader.readInt8();
      const keys = reader.readArray((r) => r.readString(), true, false);
      reply(
        Writer.create()
          .appendInt32(0)
          .appendArray(keys, (w, key) =>
            w
              .appendString(key)
              .appendInt32(1)
              .appendString('127.0.0.1')
              .appendInt32(this.port)
              .appendInt16(kafkaCode.none)
              .appendString(null),
          )
          .appendTaggedFields(),
      );
    },
    0: (reader, reply) => reply(this.produce(reader)),
    1: (reader, reply) => this.fetch(reader, reply),
    2: (reader, reply) => reply(this.listOffsets(reader)),
    8: (reader, reply) => reply(this.groups.commit(reader)),
    9: (reader, reply) => reply(this.groups.committed(reader)),
    11: (reader, reply) => this.groups.join(reader, reply),
    12: (reader, reply) => reply(this.groups.heartbeat(reader)),
    13: (reader, reply) => reply(this.groups.leave(reader)),
    14: (reader, reply) => this.groups.sync(reader, reply),
  };

  private metadata(reader: Reader): Writer {
    const asked = reader.readNullableArray((r) => {
      const id = r.readUUID();
      return r.readNullableString() ?? [...this.topics.values()].find((topic) => topic.id === id)?.name ?? '';
    });
    return Writer.create()
      .appendInt32(0)
      .appendArray([1], (w, node) => w.appendInt32(node).appendString('127.0.0.1').appendInt32(this.port).appendString(null))
      .appendString('double')
      .appendInt32(1)
      .appendArray(asked ?? [...this.topics.keys()], (w, name) => {
        const topic = this.topics.get(name);
        w.appendInt16(topic ? kafkaCode.none : kafkaCode.unknownTopicOrPartition)
          .appendString(name)
          .appendUUID(topic?.id ?? null)
          .appendBoolean(false)
          .appendArray(topic?.partitions ?? [], (p, _, i) => {
            p.appendInt16(kafkaCode.none).appendInt32(i).appendInt32(1).appendInt32(0);
            for (const nodes of [[1], [1], []]) p.appendArray(nodes, (n, node) => n.appendInt32(node), true, false);
          })
          .appendInt32(-2_147_483_648);
      })
      .appendTaggedFields();
  }

  private produce(reader: Reader): Writer {
    reader.readNullableString();
    reader.readInt16();
    reader.readInt32();
    const written = reader.readArray((r) => {
      const name = r.readString();
      const partitions = r.readArray((p) => {
        const index = p.readInt32();
        const records = p.readBytes();
        const log = this.topics.get(name)?.partitions[index];
        const base = BigInt(log?.length ?? -1);
        for (const batch of log ? readRecordsBatches(Reader.from(records)) : []) {
          for (const record of batch.records) {
            log?.push({
              topic: name,
              partition: index,
              value: record.value ?? Buffer.alloc(0),
              ...(record.key && { key: record.key }),
              headers: new Map(record.headers as [Buffer, Buffer][]),
              timestamp: batch.firstTimestamp + record.timestampDelta,
            });
          }
        }
        return { index, base, error: log ? kafkaCode.none : kafkaCode.unknownTopicOrPartition };
      });
      return { name, partitions };
    });
    return Writer.create()
      .appendArray(written, (w, { name, partitions }) =>
        w.appendString(name).appendArray(partitions, (p, { index, base, error }) =>
          p
            .appendInt32(index)
            .appendInt16(error)
            .appendInt64(base)
            .appendInt64(-1n)
            .appendInt64(0n)
            .appendArray([], () => undefined)
            .appendString(null),
        ),
      )
      .appendInt32(0)
      .appendTaggedFields();
  }

  private fetch(reader: Reader, reply: (body: Writer) => void): void {
    const maxWaitMs = reader.readInt32();
    reader.skip(4 + 4 + 1 + 4 + 4);
    const asked = reader.readArray((r) => ({
      id: r.readUUID(),
      partitions: r.readArray((p) => {
        const index = p.readInt32();
        p.readInt32();
        const offset = p.readInt64();
        p.skip(4 + 8 + 4);
        return { index, offset };
      }),
    }));
    const deadline = performance.now() + maxWaitMs;
    const look = (): void => {
      const topicOf = (id: string) => [...this.topics.values()].find((topic) => topic.id === id);
      const has = asked.some(({ id, partitions }) =>
        partitions.some(({ index, offset }) => (topicOf(id)?.partitions[index]?.length ?? 0) > Number(offset)),
      );
      // A broker holds a fetch until data arrives or its time is over.
      if (!has && performance.now() < deadline) return void setTimeout(look, 10);
      reply(
        Writer.create()
          .appendInt32(0)
          .appendInt16(kafkaCode.none)
          .appendInt32(0)
          .appendArray(asked, (w, { id, partitions }) =>
            w.appendUUID(id).appendArray(partitions, (p, { index, offset }) => {
              const log = topicOf(id)?.partitions[index] ?? [];
              const isOutside = Number(offset) > log.length;
              const records = isOutside ? [] : log.slice(Number(offset), Number(offset) + 200);
              const error = topicOf(id) ? (isOutside ? kafkaCode.offsetOutOfRange : kafkaCode.none) : kafkaCode.unknownTopicId;
              p.appendInt32(index)
                .appendInt16(error)
                .appendInt64(BigInt(log.length))
                .appendInt64(BigInt(log.length))
                .appendInt64(0n)
                .appendArray([], () => undefined)
                .appendInt32(-1);
              if (records.length === 0) return p.appendUnsignedVarInt(1);
              const batch = Buffer.from(createRecordsBatch(records).buffer);
              batch.writeBigInt64BE(offset, 0); // not part of the checksum
              return p.appendUnsignedVarInt(batch.length + 1).append(batch);
            }),
          )
          .appendTaggedFields(),
      );
    };
    look();
  }

  private listOffsets(reader: Reader): Writer {
    reader.skip(4 + 1);
    const asked = reader.readArray((r) => ({
      name: r.readString(),
      partitions: r.readArray((p) => {
        const index = p.readInt32();
        p.readInt32();
        return { index, timestamp: p.readInt64() };
      }),
    }));
    return Writer.create()
      .appendInt32(0)
      .appendArray(asked, (w, { name, partitions }) =>
        w.appendString(name).appendArray(partitions, (p, { index, timestamp }) => {
          const log = this.topics.get(name)?.partitions[index];
          p.appendInt32(index)
            .appendInt16(log ? kafkaCode.none : kafkaCode.unknownTopicOrPartition)
            .appendInt64(-1n)
            .appendInt64(timestamp === -2n ? 0n : BigInt(log?.length ?? 0))
            .appendInt32(0);
        }),
      )
      .appendTaggedFields();
  }
}
