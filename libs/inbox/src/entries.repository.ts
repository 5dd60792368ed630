import { Injectable } from '@nestjs/common';
import { personOf, spellingsOfSql } from '@heliograph/contacts';
import { actorColumn, newId, type Sql, storedActor, systemActor, type TransactionRange, type Tx } from '@heliograph/kernel';
import { messageOfKeySql, messageRowOf, sentToSql } from '@heliograph/messaging';
import type { HookFact } from '@heliograph/providers';
import type { ActionableReason } from '@heliograph/tenants';

type Inbound = Extract<HookFact, { type: 'inbound' }>;

/** A message identified by session and WhatsApp id. */
export interface EntryPlace {
  tenantId: string;
  sessionId: string;
  keyId: string;
}

/** Our message that an entry answers. `quote`: the entry quotes it; `latest`: it was the last message sent to the person. */
export interface AnsweredMessage {
  id: string;
  by: 'quote' | 'latest';
}

/** An entry to store. */
export interface NewEntry extends EntryPlace {
  id: string;
  fact: Inbound;
  conversationId: string | null;
  historical: boolean;
  answers: AnsweredMessage | null;
  actionable: ActionableReason[];
}

/** An entry as callbacks report it. */
export interface ReportedEntry {
  /** Transaction that wrote it. */
  tx: string;
  tenantId: string;
  id: string;
  sessionId: string;
  conversationId: string | null;
  contactId: string | null;
  keyId: string;
  chat: string | null;
  phone: string | null;
  lid: string | null;
  pushName: string | null;
  kind: string;
  text: string | null;
  choiceId: string | null;
  media: { kind: string; mimetype: string | null; fileName: string | null; viewOnce: boolean } | null;
  actionable: ActionableReason[];
  answers: { messageId: string; by: 'quote' | 'latest'; groupId: string | null; clientRef: string | null } | null;
  sentAt: Date | null;
  receivedAt: Date;
}

/** A change of an entry or of a message of ours, as callbacks report it. */
export interface ReportedEntryChange {
  /** Transaction that wrote it. */
  tx: string;
  tenantId: string;
  id: string;
  sessionId: string;
  keyId: string;
  kind: 'edited' | 'deleted' | 'reaction';
  author: string | null;
  text: string | null;
  messageId: string | null;
  entryId: string | null;
  conversationId: string | null;
  chat: string | null;
  at: Date;
}

/** An entry with its edited text. */
export interface EditedEntry extends EntryPlace {
  id: string;
  text: string | null;
  historical: boolean;
  contactId: string | null;
  /** Address that answers are sent to. */
  address: string | null;
  /** Time of the edit. */
  at: Date | null;
}

/** Conversation that changed; null: its entry belongs to none. */
export interface TouchedConversation {
  tenantId: string;
  conversationId: string | null;
}

/** A change as a hook reports it. */
export interface EntryChange extends EntryPlace {
  kind: ReportedEntryChange['kind'];
  author: string | null;
  text: string | null;
  at: Date | null;
}

/** Returns SQL for the reactions to messages with these WhatsApp ids, as a JSON array: the latest of each person. */
export function reactionsTo(sessionId: string, keyIds: string): string {
  return `coalesce((SELECT jsonb_agg(jsonb_build_object('author', r.author, 'emoji', r.text)) FROM (
    SELECT DISTINCT ON (y.person) y.author, y.text FROM (
      SELECT x.*, ${personOf('x.tenant_id', 'x.author')} AS person FROM entry_changes x
      WHERE x.tenant_id = $1 AND x.session_id = ${sessionId} AND x.kind = 'reaction' AND x.key_id IN (${keyIds})
    ) y ORDER BY y.person, y.at DESC, y.id DESC) r WHERE r.text IS NOT NULL), '[]')`;
}

/** SQL for the actor of `entries e`; null: a person wrote the entry to us. */
export const entryActor = actorColumn('e.actor', { oldSystemNames: ['phone'] });
/** Actor of messages typed on the phone itself. */
const byPhone = systemActor('phone');
const byPlace = (a: EntryPlace, b: EntryPlace) => compare(a.sessionId, b.sessionId) || compare(a.keyId, b.keyId);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Entries of conversations. */
@Injectable()
export class Entries {
  /** Returns the entries that are stored, as `session/key`. */
  async known(sql: Sql, places: EntryPlace[]): Promise<Set<string>> {
    const rows = await sql.query<{ session_id: string; key_id: string }>(
      `SELECT e.session_id, e.key_id FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS w(tenant_id, session_id, key_id)
       JOIN entries e ON e.tenant_id = w.tenant_id AND e.session_id = w.session_id AND e.key_id = w.key_id`,
      [places.map((p) => p.tenantId), places.map((p) => p.sessionId), places.map((p) => p.keyId)],
    );
    return new Set(rows.map((row) => `${row.session_id}/${row.key_id}`));
  }

  /** Returns our message that each entry answers, in order; null: none is known. */
  async answered(
    sql: Sql,
    written: (EntryPlace & { quotedKeyId: string | null; contactId: string | null; windowHours: number })[],
  ): Promise<(AnsweredMessage | null)[]> {
    const rows = await sql.query<{ place: number; id: string; by: 'quote' | 'latest' }>(
      `SELECT w.place::int, coalesce(q.message_id, l.id) AS id, CASE WHEN q.message_id IS NOT NULL THEN 'quote' ELSE 'latest' END AS by
       FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::float8[]) WITH ORDINALITY AS w(tenant_id, session_id, quoted, contact_id, window_h, place)
       LEFT JOIN LATERAL (${messageOfKeySql('w.session_id', 'w.quoted')}) q ON true
       LEFT JOIN LATERAL (
         SELECT m.id FROM (${spellingsOfSql('w.tenant_id', 'w.contact_id')}) a CROSS JOIN LATERAL (${sentToSql('w.tenant_id', 'a.address')}) m
         WHERE m.session_id = w.session_id AND m.sent_at > heliograph_now() - w.window_h * interval '1 hour'
         ORDER BY m.sent_at DESC LIMIT 1
       ) l ON q.message_id IS NULL
       WHERE q.message_id IS NOT NULL OR l.id IS NOT NULL`,
      [
        written.map((w) => w.tenantId),
        written.map((w) => w.sessionId),
        written.map((w) => w.quotedKeyId),
        written.map((w) => w.contactId),
        written.map((w) => w.windowHours),
      ],
    );
    const answered = new Array<AnsweredMessage | null>(written.length).fill(null);
    for (const { place, id, by } of rows) answered[place - 1] = { id, by };
    return answered;
  }

  /** Stores each entry once. @returns the new ones, as `session/key` */
  async add(tx: Tx, given: NewEntry[]): Promise<Set<string>> {
    // Sorted, so that two readers of the same messages wait for each other instead of running into a deadlock.
    const entries = given.toSorted(byPlace);
    const rows = await tx.prepared<{ session_id: string; key_id: string }>(
      'add_entries',
      `INSERT INTO entries (tenant_id, session_id, key_id, id, conversation_id, chat, raw_chat, sender_phone, sender_lid, push_name, kind, text, choice_id, media, quoted_key_id, sent_at,
         historical, answers_id, answers_by, actionable)
       SELECT tenant_id, session_id, key_id, id, conversation_id, chat, raw_chat, sender_phone, sender_lid, push_name, kind, text, choice_id, media, quoted_key_id, sent_at,
         historical, answers_id, answers_by, string_to_array(actionable, ',')
       FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::jsonb[],
         $15::text[], $16::timestamptz[], $17::bool[], $18::uuid[], $19::text[], $20::text[])
         AS e(tenant_id, session_id, key_id, id, conversation_id, chat, raw_chat, sender_phone, sender_lid, push_name, kind, text, choice_id, media, quoted_key_id, sent_at, historical,
           answers_id, answers_by, actionable)
       ON CONFLICT (tenant_id, session_id, key_id) DO NOTHING RETURNING session_id, key_id`,
      [
        entries.map((e) => e.tenantId),
        entries.map((e) => e.sessionId),
        entries.map((e) => e.keyId),
        entries.map((e) => e.id),
        entries.map((e) => e.conversationId),
        entries.map((e) => e.fact.sender.chat),
        entries.map((e) => e.fact.rawChat),
        entries.map((e) => (e.fact.author ?? e.fact.sender).phone),
        entries.map((e) => (e.fact.author ?? e.fact.sender).lid),
        entries.map((e) => e.fact.pushName),
        entries.map((e) => e.fact.kind),
        entries.map((e) => e.fact.text),
        entries.map((e) => e.fact.choiceId),
        entries.map((e) => (e.fact.media ? JSON.stringify(e.fact.media) : null)),
        entries.map((e) => e.fact.quotedKeyId),
        entries.map((e) => e.fact.at),
        entries.map((e) => e.historical),
        entries.map((e) => e.answers?.id ?? null),
        entries.map((e) => e.answers?.by ?? null),
        entries.map((e) => e.actionable.join(',')),
      ],
    );
    return new Set(rows.map((row) => `${row.session_id}/${row.key_id}`));
  }

  /** Stores messages typed on the phone, each once. */
  async addTyped(
    tx: Tx,
    typed: { tenantId: string; sessionId: string; conversationId: string | null; fact: Extract<HookFact, { type: 'own_message' }> }[],
  ): Promise<void> {
    for (const { tenantId, sessionId, conversationId, fact } of typed) {
      await tx.query(
        `WITH entry AS (
           INSERT INTO entries (tenant_id, session_id, key_id, id, conversation_id, direction, chat, kind, text, sent_at, actor, actor_ref)
           VALUES ($1, $2, $3, $4, $5, 'out', $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING RETURNING id
         )
         UPDATE conversations SET last_entry_at = greatest(last_entry_at, heliograph_now()), last_text = left(coalesce($8, last_text), 200)
         WHERE tenant_id = $1 AND id = $5 AND EXISTS (SELECT 1 FROM entry)`,
        [
          tenantId,
          sessionId,
          fact.keyId,
          newId(),
          conversationId,
          fact.recipient.chat,
          fact.text === null ? 'other' : 'text',
          fact.text,
          fact.at,
          ...storedActor(byPhone),
        ],
      );
    }
  }

  /**
   * Stores edits, deletions and reactions to entries and to our own messages. A change without effect is ignored.
   * @returns for each, in order, whether its entry or message is known; the entries whose text changed; and the conversations of entries
   */
  async change(tx: Tx, changes: EntryChange[]): Promise<{ known: boolean[]; edited: EditedEntry[]; touched: TouchedConversation[] }> {
    const known = new Array<boolean>(changes.length);
    const edited: EditedEntry[] = [];
    const touched: TouchedConversation[] = [];
    // Locks rows in sorted order for the same reason; changes of one message keep their order.
    const places = [...changes.keys()].sort((a, b) => byPlace(changes[a] as EntryChange, changes[b] as EntryChange));
    for (const place of places) known[place] = await this.changeOne(tx, changes[place] as EntryChange, edited, touched);
    return { known, edited, touched };
  }

  /** Returns entries of these tenants that were stored in these transactions, without replayed history. */
  async between(tx: Tx, { from, to }: TransactionRange, tenantIds: string[]): Promise<ReportedEntry[]> {
    const rows = await tx.prepared<
      Omit<ReportedEntry, 'answers'> & { answersId: string | null; answersBy: 'quote' | 'latest' } & ReportedEntry['answers']
    >(
      'entries_between',
      `SELECT e.tx::text, e.tenant_id AS "tenantId", e.id, e.session_id AS "sessionId", e.conversation_id AS "conversationId", c.contact_id AS "contactId", e.key_id AS "keyId", e.chat,
         e.sender_phone AS phone, e.sender_lid AS lid, e.push_name AS "pushName", e.kind, e.text, e.choice_id AS "choiceId",
         CASE WHEN e.media IS NOT NULL THEN jsonb_build_object('kind', e.media->'kind', 'mimetype', e.media->'mimetype', 'fileName', e.media->'fileName',
           'viewOnce', e.media->'viewOnce' IS NOT DISTINCT FROM 'true') END AS media, e.actionable,
         e.answers_id AS "answersId", e.answers_by AS "answersBy", m.group_id AS "groupId", m.client_ref AS "clientRef", e.sent_at AS "sentAt", e.received_at AS "receivedAt"
       FROM entries e LEFT JOIN conversations c ON c.tenant_id = e.tenant_id AND c.id = e.conversation_id
       LEFT JOIN ${messageRowOf('m', 'e.tenant_id', 'e.answers_id')}
       WHERE e.tx >= $1 AND e.tx < $2 AND e.tenant_id = ANY ($3::uuid[]) AND e.direction = 'in' AND NOT e.historical ORDER BY e.id`,
      [from, to, tenantIds],
    );
    return rows.map(({ answersId, answersBy: by, groupId, clientRef, ...entry }) => ({
      ...entry,
      answers: answersId ? { messageId: answersId, by, groupId, clientRef } : null,
    }));
  }

  /** Returns edits, deletions and reactions of these tenants that were stored in these transactions. */
  changesBetween(tx: Tx, { from, to }: TransactionRange, tenantIds: string[]): Promise<ReportedEntryChange[]> {
    return tx.prepared<ReportedEntryChange>(
      'entry_changes_between',
      `SELECT x.tx::text, x.tenant_id AS "tenantId", x.id, x.session_id AS "sessionId", x.key_id AS "keyId", x.kind, x.author, x.text, x.message_id AS "messageId", x.entry_id AS "entryId",
         e.conversation_id AS "conversationId", coalesce(e.chat, m.recipient) AS chat, x.at
       FROM entry_changes x LEFT JOIN entries e ON e.tenant_id = x.tenant_id AND e.id = x.entry_id LEFT JOIN ${messageRowOf('m', 'x.tenant_id', 'x.message_id')}
       WHERE x.tx >= $1 AND x.tx < $2 AND x.tenant_id = ANY ($3::uuid[]) ORDER BY x.id`,
      [from, to, tenantIds],
    );
  }

  private async changeOne(
    tx: Tx,
    { tenantId, sessionId, keyId, kind, author, text, at }: EntryChange,
    edited: EditedEntry[],
    touched: TouchedConversation[],
  ): Promise<boolean> {
    const [entry] = await tx.query<{ id: string; conversationId: string | null; deleted: boolean }>(
      `SELECT id, conversation_id AS "conversationId", deleted_at IS NOT NULL AS deleted FROM entries WHERE tenant_id = $1 AND session_id = $2 AND key_id = $3 FOR UPDATE`,
      [tenantId, sessionId, keyId],
    );
    const [message] = entry ? [] : await tx.query<{ message_id: string }>(`${messageOfKeySql('$1', '$2')} FOR UPDATE`, [sessionId, keyId]);
    if (!entry && !message) return false;
    if (entry) touched.push({ tenantId, conversationId: entry.conversationId });
    const [last] = await tx.query<{ id: string; text: string | null; older: boolean }>(
      `WITH known AS MATERIALIZED (
         SELECT x.id, x.text, x.at FROM entry_changes x WHERE x.tenant_id = $1 AND x.session_id = $2 AND x.key_id = $3 AND x.kind = $4
           AND ${personOf('x.tenant_id', 'x.author')} IS NOT DISTINCT FROM ${personOf('$1::uuid', '$5::text')}
       )
       -- A reaction taken back in the second it was made: it was made first.
       SELECT id, text, at < n.now OR at = n.now AND NOT ($4 = 'reaction' AND text IS NULL AND NOT EXISTS (SELECT 1 FROM known WHERE text IS NOT NULL)) AS older
       FROM known CROSS JOIN (SELECT coalesce($6::timestamptz, heliograph_now()) AS now) n ORDER BY at DESC, id DESC LIMIT 1`,
      [tenantId, sessionId, keyId, kind, author, at],
    );
    if (last && !last.older) return true;
    if (last?.text === text) {
      // Repeated later: an earlier reaction in between no longer applies.
      if (at) await tx.query(`UPDATE entry_changes SET at = $3 WHERE tenant_id = $1 AND id = $2 AND at < $3`, [tenantId, last.id, at]);
      return true;
    }
    await tx.query(
      `INSERT INTO entry_changes (tenant_id, id, session_id, key_id, kind, author, text, message_id, entry_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, heliograph_now()))`,
      [tenantId, newId(), sessionId, keyId, kind, author, text, message?.message_id ?? null, entry?.id ?? null, at],
    );
    if (entry && kind === 'edited') {
      // In a statement of its own: the next one sees a newer entry that was being added, whose text stays the preview.
      await tx.query(`SELECT id FROM conversations WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE`, [tenantId, entry.conversationId]);
      const [row] = await tx.query<EditedEntry & { direction: string }>(
        `WITH e AS (UPDATE entries SET text = $3, edited_at = coalesce($4, heliograph_now()) WHERE tenant_id = $1 AND id = $2 RETURNING *), preview AS (
           UPDATE conversations c SET last_text = left(coalesce($3, c.last_text), 200) FROM e WHERE c.tenant_id = $1 AND c.id = e.conversation_id
             AND NOT EXISTS (SELECT 1 FROM entries l WHERE l.tenant_id = $1 AND l.conversation_id = e.conversation_id AND (l.received_at, l.id) > (e.received_at, e.id))
         )
         SELECT e.tenant_id AS "tenantId", e.session_id AS "sessionId", e.key_id AS "keyId", e.id, e.text, e.historical, e.direction, c.contact_id AS "contactId", coalesce(e.chat, e.sender_phone, e.sender_lid) AS address
         FROM e LEFT JOIN conversations c ON c.tenant_id = $1 AND c.id = e.conversation_id`,
        [tenantId, entry.id, text, at],
      );
      if (row?.direction === 'in') edited.push({ ...row, at });
    }
    if (entry && kind === 'deleted' && !entry.deleted) {
      await tx.query(`UPDATE entries SET deleted_at = coalesce($3, heliograph_now()) WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        entry.id,
        at,
      ]);
    }
    return true;
  }
}
