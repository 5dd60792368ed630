import { Injectable } from '@nestjs/common';
import { type ContactMerge, contactNameOf, contactOf, standingContactSql } from '@heliograph/contacts';
import {
  type Actor,
  ChangeFeed,
  Database,
  List,
  listKeys,
  newId,
  notFound,
  type Page,
  type PageRequest,
  readPage,
  sqlConditions,
  type Sql,
  storedActor,
  timeKey,
  type Tx,
} from '@heliograph/kernel';
import type { NewEntry, TouchedConversation } from './entries.repository';

export const conversationKinds = ['person', 'group', 'channel'] as const;
export type ConversationKind = (typeof conversationKinds)[number];

/** Identifying members of a conversation. */
export interface ConversationKey {
  tenantId: string;
  sessionId: string;
  kind: ConversationKind;
  /** Null for groups and channels, which are identified by their address. */
  contactId: string | null;
  /** Address that answers are sent to. */
  address: string;
  /** Time it started; null: now. */
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

const previewLength = 200;
const columns = `c.id, c.session_id AS "sessionId", c.kind, c.contact_id AS "contactId", p.name AS "contactName", c.address, c.unread, c.last_entry_at AS "lastEntryAt",
  c.last_inbound_at AS "lastInboundAt", c.last_text AS "lastText", c.created_at AS "createdAt"`;
const conversationList = new List('conversations', listKeys.time, listKeys.id);
const source = `conversations c LEFT JOIN ${contactOf('p', 'c.tenant_id', 'c.contact_id')}`;

/** State of a conversation as a list shows it. */
export type ConversationState = Pick<
  Conversation,
  'id' | 'contactName' | 'address' | 'unread' | 'lastEntryAt' | 'lastInboundAt' | 'lastText'
> & {
  tenantId: string;
};

/** Returns the states of conversations; those that are gone are left out. @param keys pairs of tenant and id */
export function conversationStatesOf(sql: Sql, keys: [tenantId: string, id: string][]): Promise<ConversationState[]> {
  return sql.query<ConversationState>(
    `SELECT c.tenant_id AS "tenantId", ${columns} FROM unnest($1::uuid[], $2::uuid[]) AS k(tenant_id, id)
     JOIN conversations c ON c.tenant_id = k.tenant_id AND c.id = k.id LEFT JOIN ${contactOf('p', 'c.tenant_id', 'c.contact_id')}`,
    [keys.map(([tenantId]) => tenantId), keys.map(([, id]) => id)],
  );
}

/** Conversations: one per session and contact, group or channel. */
@Injectable()
export class Conversations {
  constructor(
    private readonly db: Database,
    private readonly feed: ChangeFeed,
  ) {}

  /** Returns the conversation of each key, in order; creates missing ones. Null where there is no key. */
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
    const rows = await tx.query<{ place: number; id: string }>(
      `SELECT k.place::int, c.id FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) WITH ORDINALITY AS k(tenant_id, session_id, contact_id, address, place)
       JOIN conversations c ON c.tenant_id = k.tenant_id AND c.session_id = k.session_id
         AND ((k.contact_id IS NOT NULL AND c.contact_id = k.contact_id) OR (k.contact_id IS NULL AND c.contact_id IS NULL AND c.address = k.address))`,
      columns,
    );
    const ids = new Map(rows.map(({ place, id }) => [idOf(unique[place - 1] as ConversationKey), id]));
    return keys.map((key) => (key ? (ids.get(idOf(key)) ?? null) : null));
  }

  /** Adds stored entries to the unread counts. Posts of channels and replayed history do not count as unread. */
  async addEntries(tx: Tx, entries: NewEntry[]): Promise<void> {
    const fresh = entries.filter((e) => e.conversationId !== null && !e.historical);
    if (fresh.length === 0) return;
    tx.afterCommit(() => this.notify(fresh));
    await tx.query(
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

  /** Notifies all processes of conversations that changed, for what screens show. Call it after the commit. */
  notify(changed: TouchedConversation[]): void {
    for (const { tenantId, conversationId } of changed)
      if (conversationId !== null) this.feed.notifyAll('conversations', `${tenantId}/${conversationId}`);
  }

  /** Merges the conversations of merged contacts with everything in them; the old id leads to the new one. */
  async merge(tx: Tx, merges: ContactMerge[]): Promise<void> {
    for (const { tenantId, contactId, otherId } of merges) {
      const pairs = await tx.query<{ kept: string | null; other: string }>(
        `SELECT k.id AS kept, o.id AS other FROM conversations o
         LEFT JOIN conversations k ON k.tenant_id = o.tenant_id AND k.session_id = o.session_id AND k.contact_id = $2
         WHERE o.tenant_id = $1 AND o.contact_id = $3 ORDER BY o.id FOR UPDATE OF o`,
        [tenantId, contactId, otherId],
      );
      tx.afterCommit(() =>
        this.notify(pairs.flatMap((pair) => [pair.kept, pair.other]).map((conversationId) => ({ tenantId, conversationId }))),
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
        // One step leads from any id that was returned earlier to the current conversation.
        await tx.query(
          `WITH gone AS (INSERT INTO conversation_merges (tenant_id, id, conversation_id) VALUES ($1, $3, $2))
           UPDATE conversation_merges SET conversation_id = $2 WHERE tenant_id = $1 AND conversation_id = $3`,
          [tenantId, kept, other],
        );
      }
    }
  }

  /** Returns conversations, last active first. */
  list(
    tenantId: string,
    filter: {
      sessionId?: string | undefined;
      contactId?: string | undefined;
      unread?: boolean | undefined;
      kind?: ConversationKind | undefined;
    },
    page: PageRequest,
  ): Promise<Page<Conversation>> {
    const [at, id] = conversationList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId, ...(at ? [at, id] : []));
    const contact = given(filter.contactId, (p) => `c.contact_id = (${standingContactSql('$1', p)})`);
    const session = given(filter.sessionId, (p) => `c.session_id = ${p}`);
    const unread = filter.unread ? ['c.unread > 0'] : [];
    const kind = given(filter.kind, (p) => `c.kind = ${p}`);
    // A contact has few conversations; otherwise unread conversations have an index, or a session has one.
    const [served = [], ...others] = [contact, unread, session].filter((conditions) => conditions.length > 0);
    return this.db.forTenant(tenantId, (tx) =>
      readPage<Conversation>(tx, conversationList, page, {
        columns,
        from: 'conversations c',
        joins: `LEFT JOIN LATERAL (${contactNameOf('c.tenant_id', 'c.contact_id')}) p ON true`,
        range: ['c.tenant_id = $1', ...(at ? ['(c.last_entry_at, c.id) < ($2::timestamptz, $3::uuid)'] : []), ...served],
        checked: [...others.flat(), ...kind],
        order: 'c.last_entry_at DESC, c.id DESC',
        key: [timeKey('c.last_entry_at'), 'c.id'],
        values,
      }),
    );
  }

  /** Counts unread messages and the conversations that have any. */
  async unread(tenantId: string): Promise<{ conversations: number; messages: number }> {
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ conversations: number; messages: number }>(
        `SELECT count(*)::int AS conversations, coalesce(sum(unread), 0)::int AS messages FROM conversations WHERE tenant_id = $1 AND unread > 0`,
        [tenantId],
      ),
    );
    return row ?? { conversations: 0, messages: 0 };
  }

  /** Returns the conversation, or the one it was merged into. @throws AppError not_found */
  get(tenantId: string, id: string): Promise<Conversation> {
    return this.db.forTenant(tenantId, (tx) => this.read(tx, tenantId, id));
  }

  /** Marks the conversation as read. @returns the messages that were unread. @throws AppError not_found */
  markRead(tenantId: string, given: string): Promise<{ conversation: Conversation; last: { keyId: string; rawChat: string } | null }> {
    return this.db.forTenant(tenantId, async (tx) => {
      const { id, unread } = await this.readHeld(tx, tenantId, given);
      const [last] = await tx.query<{ keyId: string; rawChat: string }>(
        `SELECT key_id AS "keyId", raw_chat AS "rawChat" FROM entries WHERE tenant_id = $1 AND conversation_id = $2 AND direction = 'in' AND raw_chat IS NOT NULL AND NOT historical
         ORDER BY received_at DESC, id DESC LIMIT 1`,
        [tenantId, id],
      );
      await tx.query(`UPDATE conversations SET unread = 0 WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
      if (unread > 0) tx.afterCommit(() => this.notify([{ tenantId, conversationId: id }]));
      return { conversation: await this.read(tx, tenantId, id), last: unread > 0 ? (last ?? null) : null };
    });
  }

  /** Adds our answer to the conversation. */
  async answered(
    sql: Sql,
    conversation: { tenantId: string; id: string; sessionId: string; address: string },
    answer: { messageId: string; kind: string; text: string | null; actor: Actor },
  ): Promise<void> {
    const { tenantId, id, sessionId, address } = conversation;
    await sql.query(
      `WITH place AS MATERIALIZED (
         -- Merged away meanwhile: then the message alone is the line of the other conversation.
         SELECT id FROM conversations WHERE tenant_id = $1 AND id = $2 FOR UPDATE
       ), entry AS (
         INSERT INTO entries (tenant_id, session_id, key_id, id, conversation_id, direction, chat, kind, text, message_id, actor, actor_ref)
         SELECT $1, $3, 'message:' || $5::uuid::text, $5::uuid, id, 'out', $4, $6::text, $7::text, $5::uuid, $8, $9 FROM place ON CONFLICT DO NOTHING RETURNING id
       )
       UPDATE conversations SET last_entry_at = heliograph_now(), last_text = left(coalesce($7::text, '(' || $6::text || ')'), ${previewLength}), unread = 0
       WHERE tenant_id = $1 AND id = $2 AND EXISTS (SELECT 1 FROM entry)`,
      [tenantId, id, sessionId, address, answer.messageId, answer.kind, answer.text, ...storedActor(answer.actor)],
    );
    this.notify([{ tenantId, conversationId: id }]);
  }

  /** Returns the conversation, or the one it was merged into. @throws AppError not_found */
  async read(tx: Sql, tenantId: string, id: string): Promise<Conversation> {
    const [row] = await tx.query<Conversation>(
      `SELECT ${columns} FROM ${source} WHERE c.tenant_id = $1 AND c.id = coalesce((SELECT m.conversation_id FROM conversation_merges m WHERE m.tenant_id = $1 AND m.id = $2), $2)`,
      [tenantId, id],
    );
    if (!row) throw notFound('conversation');
    return row;
  }

  /** Locks and returns the conversation, or the one it was merged into: what is written to it later counts from then on. @throws AppError not_found */
  private async readHeld(tx: Sql, tenantId: string, given: string): Promise<Conversation> {
    for (;;) {
      const { id } = await this.read(tx, tenantId, given);
      // In a statement of its own: the next one sees what came before. Gone: it was merged away meanwhile.
      const [held] = await tx.query(`SELECT id FROM conversations WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE`, [tenantId, id]);
      if (held) return this.read(tx, tenantId, id);
    }
  }
}
