import { Injectable } from '@nestjs/common';
import { twinSql } from '@heliograph/contacts';
import { Database } from '@heliograph/kernel';
import { mayMove } from '../message-states';
import { UnboundMessages } from './unbound.repository';

/** A message that the provider accepted and later reported as not sent. */
export interface ProviderFailure {
  tenantId: string;
  messageId: string;
  /** The provider's numeric id, when it is not stored yet. */
  providerMessageId?: string | null;
  /** The provider's error text, for people. */
  detail: string | null;
}

/** A failure that the provider reported without naming the message. */
export interface NamelessFailure {
  sessionId: string;
  /** The number in the error text, E.164. */
  phone: string | null;
  detail: string;
}

const failSql = `
WITH given AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS g(tenant_id, id, provider_message_id, detail)
), target AS MATERIALIZED (
  SELECT m.tenant_id, m.id, g.detail, g.provider_message_id FROM messages m JOIN given g ON g.tenant_id = m.tenant_id AND g.id = m.id WHERE ${mayMove('m.state', 'failed', 'evidence')} ORDER BY m.id FOR UPDATE OF m
), failed AS (
  UPDATE messages m SET state = 'failed', cause = 'provider_error', detail = t.detail, provider_message_id = coalesce(m.provider_message_id, t.provider_message_id)
  FROM target t WHERE m.tenant_id = t.tenant_id AND m.id = t.id
  RETURNING m.id, m.session_id, m.provider_message_id
)
-- The provider is asked about it further, since the message's WhatsApp id may disprove the failure.
UPDATE unbound_messages u SET provider_message_id = f.provider_message_id FROM failed f
WHERE u.session_id = f.session_id AND u.message_id = f.id AND u.provider_message_id IS NULL AND f.provider_message_id IS NOT NULL`;

/** Records failures that the provider reports after it accepted a message. */
@Injectable()
export class FailedMessages {
  constructor(
    private readonly db: Database,
    private readonly unbound: UnboundMessages,
  ) {}

  /** Fails messages that are `sent` or of unknown outcome. A message of unknown outcome was accepted first, so both arrows are written. */
  async fail(failures: ProviderFailure[]): Promise<void> {
    if (failures.length === 0) return;
    const ids = [failures.map((f) => f.tenantId), failures.map((f) => f.messageId)];
    await this.db.transaction(async (tx) => {
      await tx.query(
        `UPDATE messages m SET state = 'sent', cause = 'evidence', detail = 'log', uncertain_since = NULL, sent_at = heliograph_now()
         FROM unnest($1::uuid[], $2::uuid[]) AS g(tenant_id, id) WHERE m.tenant_id = g.tenant_id AND m.id = g.id AND ${mayMove('m.state', 'sent', 'evidence', ['uncertain'])}`,
        ids,
      );
      await tx.query(failSql, [...ids, failures.map((f) => f.providerMessageId ?? null), failures.map((f) => f.detail)]);
    });
  }

  /**
   * Assigns a failure without an id to a message only when its number belongs to exactly one message in flight. In either case, the
   * provider is asked about the messages of the session.
   */
  async failNameless(failures: NamelessFailure[]): Promise<void> {
    if (failures.length === 0) return;
    const named = failures.filter((f) => f.phone !== null);
    if (named.length > 0) {
      const rows = await this.db.query<{ tenantId: string; messageId: string; detail: string }>(
        `SELECT min(u.tenant_id::text) AS "tenantId", min(u.message_id::text) AS "messageId", f.detail
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[]) AS f(session_id, phone, detail, place)
         JOIN unbound_messages u ON u.session_id = f.session_id JOIN messages m ON m.tenant_id = u.tenant_id AND m.id = u.message_id AND m.recipient IN (f.phone, ${twinSql('f.phone')}) AND m.state IN ('sent', 'uncertain')
         GROUP BY f.place, f.detail HAVING count(*) = 1`,
        [named.map((f) => f.sessionId), named.map((f) => f.phone), named.map((f) => f.detail), named.map((_, i) => i)],
      );
      await this.fail(rows);
    }
    await this.unbound.askSoon([...new Set(failures.map((f) => f.sessionId))]);
  }
}
