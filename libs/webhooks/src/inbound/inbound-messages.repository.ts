import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import type { HookFact } from '@heliograph/providers';
import type { Told } from './told';

type Inbound = Extract<HookFact, { type: 'inbound' }>;

/** What people wrote to us. */
@Injectable()
export class InboundMessages {
  constructor(private readonly db: Database) {}

  /** Stores each message once. Answers, per message in order, whether it was new. */
  async store(told: Told<Inbound>[]): Promise<boolean[]> {
    if (told.length === 0) return [];
    const unique = [...new Map(told.map((t) => [keyOf(t), t])).values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    const rows = await this.db.prepared<{ session_id: string; key_id: string }>(
      'store_inbound',
      `INSERT INTO inbound_messages (tenant_id, session_id, key_id, chat, sender_phone, sender_lid, push_name, kind, text, choice_id, media, quoted_key_id, sent_at)
       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::jsonb[], $12::text[], $13::timestamptz[])
       ON CONFLICT (tenant_id, session_id, key_id) DO NOTHING RETURNING session_id, key_id`,
      [
        unique.map((t) => t.tenantId),
        unique.map((t) => t.sessionId),
        unique.map((t) => t.fact.keyId),
        unique.map((t) => t.fact.sender.chat),
        unique.map((t) => (t.fact.author ?? t.fact.sender).phone),
        unique.map((t) => (t.fact.author ?? t.fact.sender).lid),
        unique.map((t) => t.fact.pushName),
        unique.map((t) => t.fact.kind),
        unique.map((t) => t.fact.text),
        unique.map((t) => t.fact.choiceId),
        unique.map((t) => (t.fact.media ? JSON.stringify(t.fact.media) : null)),
        unique.map((t) => t.fact.quotedKeyId),
        unique.map((t) => t.fact.at),
      ],
    );
    const fresh = new Set(rows.map((row) => `${row.session_id}/${row.key_id}`));
    // The first telling of a new message is the one that counts.
    return told.map((t) => fresh.delete(keyOf(t)));
  }

  /** Marks edits and deletions of messages that are stored. */
  async change(told: Told<Extract<HookFact, { type: 'edited' | 'deleted' }>>[]): Promise<void> {
    for (const { tenantId, sessionId, fact } of told) {
      if (fact.type === 'deleted') {
        await this.db.query(
          `UPDATE inbound_messages SET deleted_at = coalesce(deleted_at, heliograph_now()) WHERE tenant_id = $1 AND session_id = $2 AND key_id = $3`,
          [tenantId, sessionId, fact.keyId],
        );
      } else {
        await this.db.query(
          `UPDATE inbound_messages SET text = $4, edited_at = coalesce($5, heliograph_now()) WHERE tenant_id = $1 AND session_id = $2 AND key_id = $3 AND (edited_at IS NULL OR edited_at <= coalesce($5, heliograph_now()))`,
          [tenantId, sessionId, fact.keyId, fact.text, fact.at],
        );
      }
    }
  }
}

function keyOf(told: Told<Inbound>): string {
  return `${told.sessionId}/${told.fact.keyId}`;
}
