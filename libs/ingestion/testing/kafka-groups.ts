import { randomUUID } from 'node:crypto';
import { type Reader, Writer } from '@platformatic/kafka';

/** Error codes of the protocol that the double of Kafka uses. */
export const kafkaCode = {
  none: 0,
  unknownTopicOrPartition: 3,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  memberIdRequired: 79,
  unknownTopicId: 100,
  offsetOutOfRange: 1,
} as const;

interface Member {
  id: string;
  sessionTimeoutMs: number;
  seenAt: number;
  protocols: { name: string; metadata: Buffer }[];
  joining: ((answer: Writer) => void) | null;
  syncing: ((answer: Writer) => void) | null;
}

class Group {
  generation = 0;
  isRebalancing = false;
  leader = '';
  protocol = '';
  readonly members = new Map<string, Member>();
  readonly assignments = new Map<string, Buffer>();
  readonly committed = new Map<string, bigint>();
}

/** The consumer groups of the double: the classic protocol with rebalances and session timeouts, and the offsets that groups commit. */
export class KafkaGroups {
  private readonly groups = new Map<string, Group>();

  join(reader: Reader, reply: (body: Writer) => void): void {
    const group = this.group(reader.readString());
    const sessionTimeoutMs = reader.readInt32();
    reader.readInt32();
    const id = reader.readString();
    reader.readNullableString();
    reader.readString();
    const protocols = reader.readArray((r) => ({ name: r.readString(), metadata: Buffer.from(r.readBytes()) }));
    const refuse = (error: number, memberId: string): void =>
      reply(
        Writer.create()
          .appendInt32(0)
          .appendInt16(error)
          .appendInt32(-1)
          .appendString(null)
          .appendString(null)
          .appendString('')
          .appendBoolean(false)
          .appendString(memberId)
          .appendArray([], () => undefined)
          .appendTaggedFields(),
      );
    if (id === '') {
      // The member retries under the id it was given, so that a lost response leaves no member behind.
      return refuse(kafkaCode.memberIdRequired, `member-${randomUUID()}`);
    }
    group.members.get(id)?.joining?.(Writer.create());
    group.members.set(id, { id, sessionTimeoutMs, seenAt: performance.now(), protocols, joining: reply, syncing: null });
    group.isRebalancing = true;
    this.complete(group);
  }

  sync(reader: Reader, reply: (body: Writer) => void): void {
    const [group, generation, id] = [this.group(reader.readString()), reader.readInt32(), reader.readString()];
    for (let i = 0; i < 3; i++) reader.readNullableString();
    const given = reader.readArray((r) => [r.readString(), Buffer.from(r.readBytes())] as const);
    const answer = (error: number, assignment: Buffer): Writer =>
      Writer.create()
        .appendInt32(0)
        .appendInt16(error)
        .appendString('consumer')
        .appendString(group.protocol)
        .appendBytes(assignment)
        .appendTaggedFields();
    const error = this.standing(group, generation, id);
    const member = group.members.get(id);
    if (error !== kafkaCode.none || !member) return reply(answer(error, Buffer.alloc(0)));
    member.syncing = reply;
    if (id === group.leader) for (const [to, assignment] of given) group.assignments.set(to, assignment);
    if (group.assignments.size === 0) return;
    for (const waiting of group.members.values()) {
      waiting.syncing?.(answer(kafkaCode.none, group.assignments.get(waiting.id) ?? Buffer.alloc(0)));
      waiting.syncing = null;
    }
  }

  /** Answers a heartbeat. */
  heartbeat(reader: Reader): Writer {
    const [group, generation, member] = [this.group(reader.readString()), reader.readInt32(), reader.readString()];
    return Writer.create()
      .appendInt32(0)
      .appendInt16(this.standing(group, generation, member))
      .appendTaggedFields();
  }

  leave(reader: Reader): Writer {
    const group = this.group(reader.readString());
    const leaving = reader.readArray((r) => {
      const id = r.readString();
      r.readNullableString();
      r.readNullableString();
      return id;
    });
    leaving.forEach((id) => this.remove(group, id));
    return Writer.create()
      .appendInt32(0)
      .appendInt16(kafkaCode.none)
      .appendArray(leaving, (w, id) => w.appendString(id).appendString(null).appendInt16(kafkaCode.none))
      .appendTaggedFields();
  }

  commit(reader: Reader): Writer {
    const [group, generation, member] = [this.group(reader.readString()), reader.readInt32(), reader.readString()];
    reader.readNullableString();
    const error = this.standing(group, generation, member);
    const topics = reader.readArray((r) => {
      const name = r.readString();
      const partitions = r.readArray((p) => {
        const index = p.readInt32();
        const offset = p.readInt64();
        p.readInt32();
        p.readNullableString();
        if (error === kafkaCode.none) group.committed.set(`${name}/${index}`, offset);
        return index;
      });
      return { name, partitions };
    });
    return Writer.create()
      .appendInt32(0)
      .appendArray(topics, (w, { name, partitions }) =>
        w.appendString(name).appendArray(partitions, (p, index) => p.appendInt32(index).appendInt16(error)),
      )
      .appendTaggedFields();
  }

  committed(reader: Reader): Writer {
    const asked = reader.readArray((r) => {
      const id = r.readString();
      r.readNullableString();
      r.readInt32();
      const topics = r.readArray((t) => ({ name: t.readString(), partitions: t.readArray((p) => p.readInt32(), true, false) }));
      return { id, topics };
    });
    return Writer.create()
      .appendInt32(0)
      .appendArray(asked, (w, { id, topics }) =>
        w
          .appendString(id)
          .appendArray(topics, (t, { name, partitions }) =>
            t.appendString(name).appendArray(partitions, (p, index) =>
              p
                .appendInt32(index)
                .appendInt64(this.group(id).committed.get(`${name}/${index}`) ?? -1n)
                .appendInt32(-1)
                .appendString(null)
                .appendInt16(kafkaCode.none),
            ),
          )
          .appendInt16(kafkaCode.none),
      )
      .appendTaggedFields();
  }

  /** Removes members that were silent for longer than their session timeout. */
  expire(): void {
    const now = performance.now();
    for (const group of this.groups.values()) {
      for (const { id, seenAt, sessionTimeoutMs } of group.members.values()) {
        if (now - seenAt > sessionTimeoutMs) this.remove(group, id);
      }
    }
  }

  private group(id: string): Group {
    const known = this.groups.get(id) ?? new Group();
    this.groups.set(id, known);
    return known;
  }

  /** Returns the error code for a member's request, and renews its session. */
  private standing(group: Group, generation: number, id: string): number {
    const member = group.members.get(id);
    if (!member) return kafkaCode.unknownMember;
    member.seenAt = performance.now();
    if (generation !== group.generation) return kafkaCode.illegalGeneration;
    return group.isRebalancing ? kafkaCode.rebalanceInProgress : kafkaCode.none;
  }

  /** Starts a generation once every member has joined. */
  private complete(group: Group): void {
    const members = [...group.members.values()];
    if (!group.isRebalancing || members.length === 0 || members.some((member) => !member.joining)) return;
    group.generation++;
    group.isRebalancing = false;
    group.assignments.clear();
    const leader = (group.leader = members[0]?.id ?? '');
    group.protocol = members[0]?.protocols[0]?.name ?? '';
    for (const member of members) {
      member.joining?.(
        Writer.create()
          .appendInt32(0)
          .appendInt16(kafkaCode.none)
          .appendInt32(group.generation)
          .appendString('consumer')
          .appendString(group.protocol)
          .appendString(leader)
          .appendBoolean(false)
          .appendString(member.id)
          .appendArray(member.id === leader ? members : [], (w, { id, protocols }) =>
            w
              .appendString(id)
              .appendString(null)
              .appendBytes(protocols.find(({ name }) => name === group.protocol)?.metadata),
          )
          .appendTaggedFields(),
      );
      Object.assign(member, { joining: null, syncing: null, seenAt: performance.now() });
    }
  }

  private remove(group: Group, id: string): void {
    if (!group.members.delete(id)) return;
    group.isRebalancing = group.members.size > 0;
    // Members that wait for the assignment of a dead leader must join again.
    this.complete(group);
  }
}
