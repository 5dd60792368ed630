import { Injectable } from '@nestjs/common';
import { spellingsOfSql, withTwins } from '@heliograph/contacts';
import { type Actor, Database, List, listKeys, type Page, type PageRequest, timeKey } from '@heliograph/kernel';
import {
  keysOfMessageSql,
  type MessageBody,
  messageOfKeySql,
  messageRowOf,
  type MessageState,
  sentToSql,
  textOf,
} from '@heliograph/messaging';
import { Conversations } from './conversations.repository';
import { entryActor, reactionsTo } from './entries.repository';

/** A line of a conversation: an entry, or a message of ours. */
export interface TimelineEntry {
  id: string;
  at: Date;
  direction: 'in' | 'out';
  kind: string;
  text: string | null;
  /** Author within a group. */
  author: string | null;
  pushName: string | null;
  choiceId: string | null;
  /** True for a file that the sender limited to one view. */
  viewOnce: boolean;
  editedAt: Date | null;
  deletedAt: Date | null;
  historical: boolean;
  actionable: string[];
  answersId: string | null;
  /** Id of our message; null for other entries. */
  messageId: string | null;
  state: MessageState | null;
  actor: Actor | null;
  reactions: { author: string | null; emoji: string }[];
}

const entryList = new List('conversation_entries', listKeys.time, listKeys.id);

/** Lines of conversations. */
@Injectable()
export class Timelines {
  constructor(
    private readonly db: Database,
    private readonly conversations: Conversations,
  ) {}

  /**
   * Returns lines, newest first: entries, and messages of ours that were sent. Our message and its echo are one line.
   * @throws AppError not_found
   */
  read(tenantId: string, id: string, page: PageRequest): Promise<Page<TimelineEntry>> {
    const [at, before] = entryList.after(page) ?? [];
    return this.db.forTenant(tenantId, async (tx) => {
      const conversation = await this.conversations.read(tx, tenantId, id);
      const addresses = conversation.contactId
        ? (
            await tx.query<{ address: string }>(`SELECT DISTINCT a.address FROM (${spellingsOfSql('$1', '$2')}) a`, [
              tenantId,
              conversation.contactId,
            ])
          ).map((row) => row.address)
        : withTwins([conversation.address]);
      const rows = await tx.query<
        Omit<TimelineEntry, 'text'> & { text: string | null; body: MessageBody | null; cursorAt: string; keyId: string | null }
      >(
        `WITH line AS (
           (SELECT e.id, e.received_at AS at, e.direction, e.kind, e.text, e.sender_phone, e.sender_lid, e.chat, e.push_name, e.choice_id,
              e.edited_at, e.deleted_at, e.historical, e.actionable, e.answers_id, e.message_id,
              ${entryActor} AS actor, e.key_id, e.media->'viewOnce' IS NOT DISTINCT FROM 'true' AS view_once FROM entries e
            WHERE e.tenant_id = $1 AND e.conversation_id = $2 AND ($5::timestamptz IS NULL OR (e.received_at, e.id) < ($5, $6::uuid))
              -- No EXISTS, which may become a scan of all keys.
              AND NOT (e.direction = 'out' AND e.message_id IS NULL AND (SELECT true FROM (${messageOfKeySql('e.session_id', 'e.key_id')}) k) IS NOT NULL)
            ORDER BY e.received_at DESC, e.id DESC LIMIT $7)
           UNION ALL
           -- By address: each has its messages in the order of the lines.
           (SELECT m.id, m.sent_at, 'out', m.kind, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, '{}', NULL, m.id, NULL, NULL, false
            FROM unnest($3::text[]) AS a(address)
            CROSS JOIN LATERAL (SELECT x.id, x.sent_at, x.kind FROM (${sentToSql('$1', 'a.address')}) x
              WHERE x.session_id = $4 AND ($5::timestamptz IS NULL OR (x.sent_at, x.id) < ($5, $6::uuid))
                AND NOT EXISTS (SELECT 1 FROM entries r WHERE r.tenant_id = $1 AND r.id = x.id)
              ORDER BY x.sent_at DESC, x.id DESC LIMIT $7) m
            ORDER BY m.sent_at DESC, m.id DESC LIMIT $7)
           ORDER BY 2 DESC, 1 DESC LIMIT $7
         )
         SELECT l.id, l.at, ${timeKey('l.at')} AS "cursorAt", l.direction, l.kind, l.text,
           CASE WHEN l.chat LIKE '%@g.us' THEN coalesce(l.sender_phone, l.sender_lid) END AS author,
           l.push_name AS "pushName", l.choice_id AS "choiceId", l.view_once AS "viewOnce", l.edited_at AS "editedAt",
           l.deleted_at AS "deletedAt", l.historical, l.actionable, l.answers_id AS "answersId",
           l.message_id AS "messageId", m.state, l.actor, m.body,
           ${reactionsTo('$4', `SELECT l.key_id UNION ${keysOfMessageSql('$1', 'l.message_id')}`)} AS reactions
         FROM line l LEFT JOIN ${messageRowOf('m', '$1', 'l.message_id')} ORDER BY l.at DESC, l.id DESC`,
        [tenantId, conversation.id, addresses, conversation.sessionId, at ?? null, before ?? null, page.limit + 1],
      );
      const { rows: shown, next } = entryList.pageOf(rows, page.limit, (row) => [row.cursorAt, row.id]);
      return {
        rows: shown.map(({ body, cursorAt: _, ...row }) => ({
          ...row,
          text: row.text ?? (body ? textOf(body.content) : null),
          viewOnce: row.viewOnce || (body !== null && 'viewOnce' in body.content && body.content.viewOnce === true),
        })),
        next,
      };
    });
  }
}
