import { Injectable } from '@nestjs/common';
import { Database, notFound, type Tx } from '@heliograph/kernel';
import type { Page, PageRequest } from '@heliograph/tenants';
import { idCursor, toCursor } from '../cursor';
import type { DeadLetter } from '../dead-letters/dead-letter';
import { deadLetterColumns } from '../dead-letters/dead-letter';
import { type LaneStanding, laneStanding } from '../lanes/lane-standing';
import { classRank, type MessageClass, type MessageState, messageStates } from '../message';
import { Where } from '../where';
import { messageColumns, type MessageRecord, type MessageRow, toRecord } from './message-record';
import { type Attempt, attemptsOf, type TimelineEntry, toTimeline } from './timeline';
import { type MessageWait, waitOf } from './why';

/** Which messages are asked for; absent members do not filter. */
export interface MessageFilter {
  state?: MessageState;
  class?: MessageClass;
  sessionId?: string;
  /** Canonical address. */
  recipient?: string;
  clientRef?: string;
  groupId?: string;
  tag?: string;
  /** Accepted at this time or later. */
  createdFrom?: Date;
  /** Accepted before this time. */
  createdTo?: Date;
}

/** A message with everything that is known of it. */
export interface MessageDetail extends MessageRecord {
  timeline: TimelineEntry[];
  attempts: Attempt[];
  /** WhatsApp ids the message is known by. */
  keys: { keyId: string; evidence: string; boundAt: Date }[];
  /** The latest dead letter, open or closed. */
  deadLetter: DeadLetter | null;
}

/** Messages of a bulk call by state. */
export interface MessageGroup {
  id: string;
  kind: string;
  name: string | null;
  createdAt: Date;
  total: number;
  counts: Record<MessageState, number>;
}

/** Messages ahead in a lane are counted up to here. */
const mostCounted = 10_000;

/** Reads messages. Each call sees one tenant's rows only; another tenant's id is not found. */
@Injectable()
export class MessageQueries {
  constructor(private readonly db: Database) {}

  /** Newest first. @throws AppError invalid_cursor */
  async list(tenantId: string, filter: MessageFilter, page: PageRequest): Promise<Page<MessageRecord>> {
    const where = new Where(tenantId)
      .and('m.state = ?', filter.state)
      .and('m.class = ?', filter.class && classRank(filter.class))
      .and('m.session_id = ?', filter.sessionId)
      .and('m.recipient = ?', filter.recipient)
      .and('m.client_ref = ?', filter.clientRef)
      .and('m.group_id = ?', filter.groupId)
      .and('m.tags @> ARRAY[?::text]', filter.tag)
      .and('m.created_at >= ?', filter.createdFrom)
      .and('m.created_at < ?', filter.createdTo)
      .and('m.id < ?', page.cursor && idCursor(page.cursor));
    const rows = await this.db.forTenant(tenantId, (tx) =>
      tx.query<MessageRow>(
        `SELECT ${messageColumns} FROM messages m WHERE m.tenant_id = $1${where.toString()} ORDER BY m.id DESC LIMIT ${page.limit + 1}`,
        where.params,
      ),
    );
    const last = rows.length > page.limit ? rows[page.limit - 1] : undefined;
    return { rows: rows.slice(0, page.limit).map(toRecord), next: last ? toCursor(last.id) : null };
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<MessageDetail> {
    return this.db.forTenant(tenantId, async (tx) => {
      const message = await this.row(tx, tenantId, id);
      const events = await tx.query<TimelineEntry>(
        `SELECT at, from_state AS "from", to_state AS "to", attempt, cause, detail FROM message_events WHERE tenant_id = $1 AND message_id = $2 ORDER BY seq`,
        [tenantId, id],
      );
      const keys = await tx.query<MessageDetail['keys'][number]>(
        `SELECT key_id AS "keyId", evidence, bound_at AS "boundAt" FROM message_keys WHERE tenant_id = $1 AND message_id = $2 ORDER BY bound_at`,
        [tenantId, id],
      );
      const timeline = toTimeline(message, events);
      return { ...message, timeline, attempts: attemptsOf(timeline), keys, deadLetter: await this.letterOf(tx, tenantId, id) };
    });
  }

  /** What the message waits for, or why it ended as it did. @throws AppError not_found */
  why(tenantId: string, id: string): Promise<MessageWait> {
    return this.db.forTenant(tenantId, async (tx) => {
      const message = await this.row(tx, tenantId, id);
      const standing = message.dueAt === null ? null : await laneStanding(tx, tenantId, message.sessionId);
      const letter = await this.letterOf(tx, tenantId, id);
      return waitOf(message, standing, standing ? await this.ahead(tx, message, standing) : 0, mostCounted, letter);
    });
  }

  /** @throws AppError not_found */
  async group(tenantId: string, id: string): Promise<MessageGroup> {
    return this.db.forTenant(tenantId, async (tx) => {
      const [group] = await tx.query<Pick<MessageGroup, 'id' | 'kind' | 'name' | 'createdAt'>>(
        `SELECT id, kind, name, created_at AS "createdAt" FROM message_groups WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id],
      );
      if (!group) throw notFound('group');
      const rows = await tx.query<{ state: MessageState; count: number }>(
        `SELECT state, sum(count)::float8 AS count FROM message_group_counts WHERE tenant_id = $1 AND group_id = $2 GROUP BY state`,
        [tenantId, id],
      );
      const counts = Object.fromEntries(messageStates.map((state) => [state, 0])) as Record<MessageState, number>;
      for (const row of rows) counts[row.state] = row.count;
      return { ...group, total: rows.reduce((sum, row) => sum + row.count, 0), counts };
    });
  }

  /** Those of these ids that are no message of this tenant. */
  async unknownIds(tenantId: string, ids: string[]): Promise<string[]> {
    const rows = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ id: string }>(`SELECT id FROM messages WHERE tenant_id = $1 AND id = ANY($2::uuid[])`, [tenantId, ids]),
    );
    const known = new Set(rows.map((row) => row.id));
    return ids.filter((id) => !known.has(id.toLowerCase()));
  }

  private async row(tx: Tx, tenantId: string, id: string): Promise<MessageRecord> {
    const [row] = await tx.query<MessageRow>(`SELECT ${messageColumns} FROM messages m WHERE m.tenant_id = $1 AND m.id = $2`, [tenantId, id]);
    if (!row) throw notFound('message');
    return toRecord(row);
  }

  private async letterOf(tx: Tx, tenantId: string, id: string): Promise<DeadLetter | null> {
    const [letter] = await tx.query<DeadLetter>(
      `SELECT ${deadLetterColumns} FROM dead_letters d WHERE d.tenant_id = $1 AND d.kind = 'message' AND d.subject_id = $2 ORDER BY d.created_at DESC LIMIT 1`,
      [tenantId, id],
    );
    return letter ?? null;
  }

  /** Due messages of the lane that go first: more urgent ones, and older ones of the same class. One more than the most at most. */
  private async ahead(tx: Tx, message: MessageRecord, standing: LaneStanding): Promise<number> {
    if (message.state !== 'queued' && message.state !== 'scheduled') return 0;
    const [row] = await tx.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (
         SELECT 1 FROM messages m WHERE m.session_id = $2 AND m.due_at IS NOT NULL AND m.tenant_id = $1 AND m.state IN ('queued', 'scheduled')
           AND ((m.class < $3 AND m.due_at <= greatest($4::timestamptz, $5::timestamptz)) OR (m.class = $3 AND (m.due_at < $4 OR (m.due_at = $4 AND m.id < $6))))
         LIMIT ${mostCounted + 1}) x`,
      [message.tenantId, message.sessionId, classRank(message.class), message.dueAt, standing.now, message.id],
    );
    return row?.count ?? 0;
  }
}
