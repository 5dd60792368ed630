import { Injectable } from '@nestjs/common';
import type { ContactMerge } from '@heliograph/contacts';
import { Database, newId, notFound, type Sql, type Tx } from '@heliograph/kernel';
import { type MessageBody, type MessageState, textOf } from '@heliograph/messaging';
import type { NewEntry } from './entries.repository';

export const conversationKinds = ['person', 'group', 'channel'] as const;
export type ConversationKind = (typeof conversationKinds)[number];

/** What makes a conversation. */
export interface ConversationKey {
  tenantId: string;
  sessionId: string;
  kind: ConversationKind;
  /** Null of groups and channels: their address makes the conversation. */
  contactId: string | null;
  /** Where an answer goes. */
  address: string;
  /** When it began; null: now. */
  at: Date | null;
}

/** A conversation. */
export interface Conversation {
  id: string;
  sessionId: string;
  kind: ConversationKind;
  contactId: string | null;
  contactName: string | null;
  address: string;
  unread: number;
  lastEntryAt: Date;
  lastInboundAt: Date | null;
  lastText: string | null;
  createdAt: Date;
}

/** One line of a conversation: what somebody wrote, or what we sent. */
export interface TimelineEntry {
  id: string;
  at: Date;
  direction: 'in' | 'out';
  kind: string;
  text: string | null;
  /** Who wrote it, within a group. */
  author: string | null;
  pushName: string | null;
  choiceId: string | null;
  editedAt: Date | null;
  deletedAt: Date | null;
  historical: boolean;
  actionable: string[];
  answersId: string | null;
  /** Our message, where it is one. */
  messageId: string | null;
  state: MessageState | null;
  actor: string | null;
  reactions: { author: string | null; emoji: string }[];
}

const previewLength = 200;
const columns = `c.id, c.session_id AS "sessionId", c.kind, c.contact_id AS "contactId", p.name AS "contactName", c.address, c.unread, c.last_entry_at AS "lastEntryAt",
  c.last_inbound_at AS "lastInboundAt", c.last_text AS "lastText", c.created_at AS "createdAt"`;
/** A time as cursors have it: to the microsecond, and as it is in a URL. */
const cursorOf = (at: string) => `to_char(${at} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const source = `conversations c LEFT JOIN contacts p ON p.tenant_id = c.tenant_id AND p.id = c.contact_id`;

/** Conversations: one for each session and contact, group or channel. */
@Injectable()
export class Conversations {
  constructor(private readonly db: Database) {}

  /** The conversation of each key, in order; made where there is none, null where there is no key. */
  async open(tx: Sql, keys: (ConversationKey | null)[]): Promise<(string | null)[]> {
    const given = keys.filter((key) => key !== null);
    if (given.length === 0) return keys.map(() => null);
    const idOf = (key: Pick<ConversationKey, 'tenantId' | 'sessionId' | 'contactId' | 'address'>) =>
      `${key.tenantId}/${key.sessionId}/${key.contactId ?? key.address}`;
    const unique = [...new Map(given.map((key) => [idOf(key), key])).values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
    const columns = [
      unique.map((k) => k.tenantId),
      unique.map((k) => k.sessionId),
      unique.map((k) => k.contactId),
      unique.map((k) => k.address),
    ];
    await tx.prepared(
      'open_conversations',
      `INSERT INTO conversations (tenant_id, session_id, contact_id, address, id, kind, last_entry_at)
       SELECT tenant_id, session_id, contact_id, address, id, kind, least(at, heliograph_now())
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[]) AS k(tenant_id, session_id, contact_id, address, id, kind, at)
       ON CONFLICT DO NOTHING`,
      [...columns, unique.map(() => newId()), unique.map((k) => k.kind), unique.map((k) => k.at)],
    );
    const rows = await tx.prepared<{ place: number; id: string }>(
      'conversations_of',
      `SELECT k.place::int, c.id FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) WITH ORDINALITY AS k(tenant_id, session_id, contact_id, address, place)
       JOIN conversations c ON c.tenant_id = k.tenant_id AND c.session_id = k.session_id
         AND ((k.contact_id IS NOT NULL AND c.contact_id = k.contact_id) OR (k.contact_id IS NULL AND c.contact_id IS NULL AND c.address = k.address))`,
      columns,
    );
    const ids = new Map(rows.map(({ place, id }) => [idOf(unique[place - 1] as ConversationKey), id]));
    return keys.map((key) => (key ? (ids.get(idOf(key)) ?? null) : null));
  }

  /** Counts what was just stored. Posts of channels and replayed history are not unread. */
  async heard(tx: Sql, entries: NewEntry[]): Promise<void> {
    const fresh = entries.filter((e) => e.conversationId !== null && !e.historical);
    if (fresh.length === 0) return;
    await tx.prepared(
      'conversations_heard',
      `WITH n AS (
         SELECT tenant_id, id, count(*)::int AS count, (array_agg(text ORDER BY place DESC))[1] AS text, (array_agg(address ORDER BY place DESC))[1] AS address
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) WITH ORDINALITY AS e(tenant_id, id, text, address, place) GROUP BY 1, 2
       ), held AS MATERIALIZED (
         -- In one order: the conversations of groups are of many readers at once.
         SELECT c.tenant_id, c.id FROM conversations c JOIN n USING (tenant_id, id) ORDER BY c.tenant_id, c.id FOR UPDATE OF c
       )
       UPDATE conversations c SET unread = c.unread + CASE WHEN c.kind = 'channel' THEN 0 ELSE n.count END, last_entry_at = greatest(c.last_entry_at, heliograph_now()),
         last_inbound_at = heliograph_now(), last_text = n.text, address = coalesce(n.address, c.address)
       FROM n JOIN held USING (tenant_id, id) WHERE c.tenant_id = n.tenant_id AND c.id = n.id`,
      [
        fresh.map((e) => e.tenantId),
        fresh.map((e) => e.conversationId),
        fresh.map((e) => (e.fact.text ?? `(${e.fact.kind})`).slice(0, previewLength)),
        fresh.map((e) => e.fact.sender.chat),
      ],
    );
  }

  /** Conversations of contacts that turned out to be one become one, with everything in them. */
  async merge(tx: Tx, merges: ContactMerge[]): Promise<void> {
    for (const { tenantId, contactId, otherId } of merges) {
      const pairs = await tx.query<{ kept: string | null; other: string }>(
        `SELECT k.id AS kept, o.id AS other FROM conversations o
         LEFT JOIN conversations k ON k.tenant_id = o.tenant_id AND k.session_id = o.session_id AND k.contact_id = $2
         WHERE o.tenant_id = $1 AND o.contact_id = $3 ORDER BY o.id FOR UPDATE OF o`,
        [tenantId, contactId, otherId],
      );
      for (const { kept, other } of pairs) {
        if (!kept) {
          await tx.query(`UPDATE conversations SET contact_id = $3 WHERE tenant_id = $1 AND id = $2`, [tenantId, other, contactId]);
          continue;
        }
        await tx.query(
          `UPDATE conversations k SET unread = k.unread + o.unread, created_at = least(k.created_at, o.created_at), last_inbound_at = greatest(k.last_inbound_at, o.last_inbound_at),
             last_text = CASE WHEN o.last_entry_at > k.last_entry_at THEN o.last_text ELSE k.last_text END,
             address = CASE WHEN o.last_inbound_at > coalesce(k.last_inbound_at, '-infinity') THEN o.address ELSE k.address END, last_entry_at = greatest(k.last_entry_at, o.last_entry_at)
           FROM conversations o WHERE o.tenant_id = $1 AND o.id = $3 AND k.tenant_id = $1 AND k.id = $2`,
          [tenantId, kept, other],
        );
        await tx.query(`UPDATE entries SET conversation_id = $2 WHERE tenant_id = $1 AND conversation_id = $3`, [tenantId, kept, other]);
        await tx.query(`DELETE FROM conversations WHERE tenant_id = $1 AND id = $2`, [tenantId, other]);
      }
    }
  }

  /** Last written first; the cursor is `lastEntryAt~id` of the last row. */
  list(
    tenantId: string,
    filter: {
      sessionId?: string | undefined;
      contactId?: string | undefined;
      unread?: boolean | undefined;
      kind?: ConversationKind | undefined;
    },
    page: { cursor?: string | undefined; limit: number },
  ): Promise<{ rows: Conversation[]; next: string | null }> {
    const [at, id] = page.cursor?.split('~') ?? [];
    return this.db.forTenant(tenantId, async (tx) => {
      const rows = await tx.query<Conversation & { cursorAt: string }>(
        `SELECT ${columns}, ${cursorOf('c.last_entry_at')} AS "cursorAt" FROM ${source} WHERE c.tenant_id = $1 AND ($2::uuid IS NULL OR c.session_id = $2) AND ($3::uuid IS NULL OR c.contact_id = (SELECT coalesce(x.merged_into, x.id) FROM contacts x WHERE x.tenant_id = $1 AND x.id = $3))
           AND (NOT $4 OR c.unread > 0) AND ($5::text IS NULL OR c.kind = $5) AND ($6::timestamptz IS NULL OR (c.last_entry_at, c.id) < ($6, $7::uuid))
         ORDER BY c.last_entry_at DESC, c.id DESC LIMIT $8`,
        [
          tenantId,
          filter.sessionId ?? null,
          filter.contactId ?? null,
          filter.unread ?? false,
          filter.kind ?? null,
          at ?? null,
          id ?? null,
          page.limit + 1,
        ],
      );
      const shown = rows.slice(0, page.limit);
      const last = shown.at(-1);
      return { rows: shown, next: rows.length > page.limit && last ? `${last.cursorAt}~${last.id}` : null };
    });
  }

  /** Unread messages and conversations that have any. */
  async unread(tenantId: string): Promise<{ conversations: number; messages: number }> {
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ conversations: number; messages: number }>(
        `SELECT count(*)::int AS conversations, coalesce(sum(unread), 0)::int AS messages FROM conversations WHERE tenant_id = $1 AND unread > 0`,
        [tenantId],
      ),
    );
    return row ?? { conversations: 0, messages: 0 };
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<Conversation> {
    return this.db.forTenant(tenantId, (tx) => this.read(tx, tenantId, id));
  }

  /**
   * What was written, newest first: entries, and messages of ours that have left. What we sent and what came back of it is one line.
   * The cursor is `at~id` of the last row. @throws AppError not_found
   */
  timeline(
    tenantId: string,
    id: string,
    page: { cursor?: string | undefined; limit: number },
  ): Promise<{ rows: TimelineEntry[]; next: string | null }> {
    const [at, before] = page.cursor?.split('~') ?? [];
    return this.db.forTenant(tenantId, async (tx) => {
      const conversation = await this.read(tx, tenantId, id);
      const addresses = conversation.contactId
        ? (
            await tx.query<{ address: string }>(`SELECT address FROM contact_addresses WHERE tenant_id = $1 AND contact_id = $2`, [
              tenantId,
              conversation.contactId,
            ])
          ).map((row) => row.address)
        : [conversation.address];
      const rows = await tx.query<
        Omit<TimelineEntry, 'text'> & { text: string | null; body: MessageBody | null; cursorAt: string; keyId: string | null }
      >(
        `WITH line AS (
           (SELECT e.id, e.received_at AS at, e.direction, e.kind, e.text, e.sender_phone, e.sender_lid, e.chat, e.push_name, e.choice_id, e.edited_at, e.deleted_at, e.historical, e.actionable,
              e.answers_id, e.message_id, e.actor, e.key_id FROM entries e
            WHERE e.tenant_id = $1 AND e.conversation_id = $2 AND ($5::timestamptz IS NULL OR (e.received_at, e.id) < ($5, $6::uuid))
              AND NOT (e.direction = 'out' AND e.message_id IS NULL AND EXISTS (SELECT 1 FROM message_keys k WHERE k.session_id = e.session_id AND k.key_id = e.key_id))
            ORDER BY e.received_at DESC, e.id DESC LIMIT $7)
           UNION ALL
           (SELECT m.id, m.sent_at, 'out', m.kind, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, '{}', NULL, m.id, NULL, NULL FROM messages m
            WHERE m.tenant_id = $1 AND m.recipient = ANY ($3) AND m.session_id = $4 AND m.sent_at IS NOT NULL AND ($5::timestamptz IS NULL OR (m.sent_at, m.id) < ($5, $6::uuid))
              AND NOT EXISTS (SELECT 1 FROM entries r WHERE r.tenant_id = $1 AND r.session_id = $4 AND r.key_id = 'message:' || m.id::text)
            ORDER BY m.sent_at DESC, m.id DESC LIMIT $7)
           ORDER BY 2 DESC, 1 DESC LIMIT $7
         )
         SELECT l.id, l.at, ${cursorOf('l.at')} AS "cursorAt", l.direction, l.kind, l.text, CASE WHEN l.chat LIKE '%@g.us' THEN coalesce(l.sender_phone, l.sender_lid) END AS author,
           l.push_name AS "pushName", l.choice_id AS "choiceId", l.edited_at AS "editedAt", l.deleted_at AS "deletedAt", l.historical, l.actionable, l.answers_id AS "answersId",
           l.message_id AS "messageId", m.state, l.actor, m.body,
           coalesce((SELECT jsonb_agg(jsonb_build_object('author', r.author, 'emoji', r.text)) FROM (
             SELECT DISTINCT ON (x.author) x.author, x.text FROM entry_changes x
             WHERE x.tenant_id = $1 AND x.session_id = $4 AND x.kind = 'reaction' AND x.key_id IN (SELECT l.key_id UNION SELECT k.key_id FROM message_keys k WHERE k.tenant_id = $1 AND k.message_id = l.message_id)
             ORDER BY x.author, x.at DESC, x.id DESC) r WHERE r.text IS NOT NULL), '[]') AS reactions
         FROM line l LEFT JOIN messages m ON m.tenant_id = $1 AND m.id = l.message_id ORDER BY l.at DESC, l.id DESC`,
        [tenantId, id, addresses, conversation.sessionId, at ?? null, before ?? null, page.limit + 1],
      );
      const shown = rows.slice(0, page.limit);
      const last = shown.at(-1);
      return {
        rows: shown.map(({ body, cursorAt: _, ...row }) => ({ ...row, text: row.text ?? (body ? textOf(body.content) : null) })),
        next: rows.length > page.limit && last ? `${last.cursorAt}~${last.id}` : null,
      };
    });
  }

  /** Nothing in it is unread any more. @returns the messages that were not marked read before. @throws AppError not_found */
  markRead(tenantId: string, id: string): Promise<{ conversation: Conversation; last: { keyId: string; rawChat: string } | null }> {
    return this.db.forTenant(tenantId, async (tx) => {
      const { unread } = await this.read(tx, tenantId, id);
      const [last] = await tx.query<{ keyId: string; rawChat: string }>(
        `SELECT key_id AS "keyId", raw_chat AS "rawChat" FROM entries WHERE tenant_id = $1 AND conversation_id = $2 AND direction = 'in' AND raw_chat IS NOT NULL AND NOT historical
         ORDER BY received_at DESC, id DESC LIMIT 1`,
        [tenantId, id],
      );
      await tx.query(`UPDATE conversations SET unread = 0 WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
      return { conversation: await this.read(tx, tenantId, id), last: unread > 0 ? (last ?? null) : null };
    });
  }

  /** An answer of ours stands in the conversation from the moment it is stored. */
  async answered(
    tx: Sql,
    conversation: { tenantId: string; id: string; sessionId: string; address: string },
    answer: { messageId: string; kind: string; text: string | null; actor: string },
  ): Promise<void> {
    const { tenantId, id, sessionId, address } = conversation;
    await tx.query(
      `WITH place AS MATERIALIZED (
         -- Merged away meanwhile: then the message alone is the line of the other conversation.
         SELECT id FROM conversations WHERE tenant_id = $1 AND id = $2 FOR UPDATE
       ), entry AS (
         INSERT INTO entries (tenant_id, session_id, key_id, id, conversation_id, direction, chat, kind, text, message_id, actor)
         SELECT $1, $3, 'message:' || $5::uuid::text, $5::uuid, id, 'out', $4, $6::text, $7::text, $5::uuid, $8 FROM place ON CONFLICT DO NOTHING RETURNING id
       )
       UPDATE conversations SET last_entry_at = heliograph_now(), last_text = left(coalesce($7::text, '(' || $6::text || ')'), ${previewLength}), unread = 0
       WHERE tenant_id = $1 AND id = $2 AND EXISTS (SELECT 1 FROM entry)`,
      [tenantId, id, sessionId, address, answer.messageId, answer.kind, answer.text, answer.actor],
    );
  }

  /** @throws AppError not_found */
  private async read(tx: Sql, tenantId: string, id: string): Promise<Conversation> {
    const [row] = await tx.query<Conversation>(`SELECT ${columns} FROM ${source} WHERE c.tenant_id = $1 AND c.id = $2`, [tenantId, id]);
    if (!row) throw notFound('conversation');
    return row;
  }
}
