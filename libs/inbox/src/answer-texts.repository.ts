import { standingContactSql } from '@heliograph/contacts';
import type { Sql } from '@heliograph/kernel';

/** A moment at which a contact wrote something. */
export interface WrittenAt {
  contactId: string | null;
  at: Date;
  /** Session on which it was probably written. */
  sessionId: string | null;
}

/** Conversation of a contact, and the entry of a moment. */
export interface AnswerText {
  conversationId: string | null;
  /** Kind of the entry; null: it is not stored, or no longer. */
  type: string | null;
  text: string | null;
}

/** Seconds by which the time of an entry may differ from the asked one. */
const slackS = 10;

/**
 * Returns what contacts wrote at these moments, in order. The conversation is that of the entry, else that on the session, else the contact's last
 * one. A merged contact is the one it was merged into.
 */
export async function answerTexts(tx: Sql, tenantId: string, asked: readonly WrittenAt[]): Promise<AnswerText[]> {
  if (asked.length === 0) return [];
  return tx.query<AnswerText>(
    `SELECT coalesce(e.conversation_id, l.id) AS "conversationId", e.kind AS type, CASE WHEN e.deleted_at IS NULL THEN e.text END AS text
     FROM unnest($2::uuid[], $3::timestamptz[], $4::uuid[]) WITH ORDINALITY AS w(contact_id, at, session_id, place)
     LEFT JOIN LATERAL (${standingContactSql('$1', 'w.contact_id')}) p ON true
     LEFT JOIN LATERAL (
       SELECT e.conversation_id, e.kind, e.text, e.deleted_at FROM conversations v
       JOIN entries e ON e.tenant_id = v.tenant_id AND e.conversation_id = v.id
       WHERE v.tenant_id = $1 AND v.contact_id = p.id AND e.direction = 'in'
         AND e.received_at BETWEEN w.at - interval '${slackS} s' AND w.at + interval '${slackS} s'
       ORDER BY abs(extract(epoch FROM e.received_at - w.at)), e.id LIMIT 1
     ) e ON true
     LEFT JOIN LATERAL (
       SELECT v.id FROM conversations v WHERE v.tenant_id = $1 AND v.contact_id = p.id
       ORDER BY v.session_id IS DISTINCT FROM w.session_id, v.last_entry_at DESC LIMIT 1
     ) l ON true
     ORDER BY w.place`,
    [tenantId, asked.map((one) => one.contactId), asked.map((one) => one.at), asked.map((one) => one.sessionId)],
  );
}
