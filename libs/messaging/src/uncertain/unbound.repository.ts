import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, Database } from '@heliograph/kernel';
import { resendAfterOf, tenantOf } from '@heliograph/tenants';
import type { MessageBody, MessageState } from '../message';
import { lostPersonSql, windowAnewSql } from '../groups/group-facts.repository';
import { wakeLanesOf } from '../lanes/lane-waking.repository';
import { mayMove } from '../message-states';
import type { MessagingConfig } from '../messaging.config';

/** A message with an unknown WhatsApp id, taken for one question to the provider. */
export interface UnboundMessage {
  tenantId: string;
  sessionId: string;
  messageId: string;
  /** The provider's numeric id; null when the answer to the call was lost. */
  providerMessageId: string | null;
  state: MessageState;
  recipient: string;
  body: MessageBody;
  calledAt: Date;
}

/** Messages of unknown outcome whose grace period is over. */
export interface Reviewed {
  parked: number;
  /** Lanes to which the tenant's policy returned messages. */
  resentTo: string[];
}

/**
 * Seconds until the next question, by the number of questions so far: with a numeric id 60 s, 10 min, 1 h, then daily; without one the log
 * is read sooner.
 */
const againAfterS = { known: '{60,600,3600,86400}', unknown: '{5,15,60,180,600,3600,86400}' };

const takeSql = `
WITH unknown AS MATERIALIZED (
  -- Goes before messages that are known to be sent: there may be many of those while no hooks arrive.
  SELECT u.session_id, u.echo_hash, u.message_id, u.provider_message_id, u.checks, u.next_check_at
  FROM unbound_messages u WHERE u.provider_message_id IS NULL AND u.next_check_at <= heliograph_now()
  ORDER BY u.next_check_at LIMIT $1 FOR UPDATE SKIP LOCKED
), known AS MATERIALIZED (
  SELECT u.session_id, u.echo_hash, u.message_id, u.provider_message_id, u.checks, u.next_check_at
  FROM unbound_messages u WHERE u.provider_message_id IS NOT NULL AND u.next_check_at <= heliograph_now()
  ORDER BY u.next_check_at LIMIT greatest(0, $1 - (SELECT count(*) FROM unknown)) FOR UPDATE SKIP LOCKED
), due AS MATERIALIZED (
  SELECT * FROM unknown UNION ALL SELECT * FROM known
), lane AS MATERIALIZED (
  -- After a wait for the lane its minute may be later than that of this statement. It never goes back: the budget would be given again.
  SELECT l.session_id, greatest(l.lookup_minute, date_trunc('minute', heliograph_now())) AS minute,
    greatest(0, $2 - CASE WHEN l.lookup_minute >= date_trunc('minute', heliograph_now()) THEN l.lookups ELSE 0 END) AS room
  FROM lanes l WHERE l.session_id IN (SELECT session_id FROM due) ORDER BY l.session_id FOR UPDATE
), ranked AS MATERIALIZED (
  SELECT d.*, l.room, row_number() OVER (PARTITION BY d.session_id ORDER BY d.provider_message_id IS NOT NULL, d.next_check_at) AS place
  FROM due d JOIN lane l USING (session_id)
), moved AS (
  UPDATE unbound_messages u SET
    checks = u.checks + CASE WHEN r.place <= r.room THEN 1 ELSE 0 END,
    -- A message beyond the budget waits one minute for each minute of work in front of it.
    next_check_at = heliograph_now() + CASE WHEN r.place > r.room THEN ceil((r.place - r.room)::float8 / $2) * interval '1 minute'
      ELSE (CASE WHEN r.provider_message_id IS NULL THEN '${againAfterS.unknown}'::int[] ELSE '${againAfterS.known}'::int[] END)
        [least(r.checks + 1, CASE WHEN r.provider_message_id IS NULL THEN 7 ELSE 4 END)] * interval '1 s' END
  FROM ranked r WHERE u.session_id = r.session_id AND u.echo_hash = r.echo_hash AND u.message_id = r.message_id
), counted AS (
  UPDATE lanes l SET lookup_minute = k.minute,
    lookups = $2 - k.room + least(k.room, (SELECT count(*) FROM ranked r WHERE r.session_id = l.session_id))
  FROM lane k WHERE l.session_id = k.session_id
)
SELECT u.tenant_id AS "tenantId", u.session_id AS "sessionId", u.message_id AS "messageId", u.provider_message_id AS "providerMessageId",
  m.state, m.recipient, m.body, u.called_at AS "calledAt"
FROM ranked r JOIN unbound_messages u USING (session_id, echo_hash, message_id)
JOIN messages m ON m.tenant_id = u.tenant_id AND m.id = u.message_id
WHERE r.place <= r.room`;

const reviewSql = `
WITH over AS MATERIALIZED (
  SELECT m.tenant_id, m.id, p.resend_after_s IS NOT NULL AS resend
  FROM messages m JOIN ${tenantOf('t', 'm.tenant_id')}
  CROSS JOIN LATERAL (
    -- The consent to a second copy ends when the message expires, and with its person or their own consent.
    SELECT CASE WHEN m.expires_at > heliograph_now() AND m.cause IS DISTINCT FROM 'answer_mismatched'
      AND (${lostPersonSql('m')}) IS NULL THEN ${resendAfterOf('t', 'm.class')} END AS resend_after_s
  ) p
  WHERE m.uncertain_since IS NOT NULL AND ${mayMove('m.state', 'queued', 'policy')}
    AND m.uncertain_since + coalesce(p.resend_after_s * 1000, $2) * interval '1 ms' <= heliograph_now()
  ORDER BY m.uncertain_since LIMIT $1 FOR UPDATE OF m SKIP LOCKED
), parked AS (
  UPDATE messages m SET uncertain_since = NULL, cause = 'outcome_unknown' FROM over o
  WHERE m.tenant_id = o.tenant_id AND m.id = o.id AND NOT o.resend RETURNING 1
), resent AS (
  UPDATE messages m SET state = 'queued', due_at = heliograph_now(), uncertain_since = NULL, tries = 0, cause = 'redriven',
    detail = 'by the tenant''s policy',
    window_ends_at = ${windowAnewSql('m')}
  FROM over o WHERE m.tenant_id = o.tenant_id AND m.id = o.id AND o.resend RETURNING m.session_id
), woken AS (
  ${wakeLanesOf('SELECT session_id FROM resent')} RETURNING l.session_id
)
SELECT (SELECT count(*)::int FROM parked) AS parked, (SELECT coalesce(array_agg(session_id), '{}') FROM woken) AS "resentTo"`;

/** Messages whose WhatsApp id or outcome is not known. */
@Injectable()
export class UnboundMessages {
  constructor(
    private readonly db: Database,
    @Inject(APP_CONFIG) private readonly config: Pick<MessagingConfig, 'INFO_BUDGET_PER_MINUTE' | 'UNCERTAIN_GRACE_MS'>,
  ) {}

  /** Takes the messages that are due for a question, within the budget of each session, and sets the time of the next question. */
  takeDue(max: number): Promise<UnboundMessage[]> {
    return this.db.prepared('take_unbound', takeSql, [max, this.config.INFO_BUDGET_PER_MINUTE]);
  }

  /**
   * Schedules questions about all messages of a session as soon as its budget allows, because the provider reported a failure without
   * naming a message.
   */
  async askSoon(sessionIds: string[]): Promise<void> {
    await this.db.prepared('ask_soon', `UPDATE unbound_messages SET next_check_at = heliograph_now() WHERE session_id = ANY ($1::uuid[])`, [
      sessionIds,
    ]);
  }

  /**
   * Postpones the questions of one kind about all messages of a session, while the provider refuses them. Later ones keep their time.
   * @param kind `info`: by numeric id; `log`: about messages that have none
   */
  async postpone(sessionId: string, kind: 'info' | 'log', ms: number): Promise<void> {
    await this.db.query(
      `UPDATE unbound_messages SET next_check_at = heliograph_now() + $3 * interval '1 ms'
       WHERE session_id = $1 AND (provider_message_id IS NULL) = $2 AND next_check_at < heliograph_now() + $3 * interval '1 ms'`,
      [sessionId, kind === 'log', ms],
    );
  }

  /** Returns the numeric ids that belong to messages of the session. */
  async accountedFor(sessionId: string, providerMessageIds: string[]): Promise<Set<string>> {
    const rows = await this.db.query<{ id: string }>(
      `SELECT provider_message_id AS id FROM message_keys WHERE session_id = $1 AND provider_message_id = ANY ($2::text[])
       UNION ALL SELECT provider_message_id FROM unbound_messages WHERE session_id = $1 AND provider_message_id = ANY ($2::text[])`,
      [sessionId, providerMessageIds],
    );
    return new Set(rows.map((row) => row.id));
  }

  /** Settles a message that the provider's log shows: it was accepted, under this numeric id. */
  async settleByLog(found: { tenantId: string; sessionId: string; messageId: string; providerMessageId: string }): Promise<void> {
    await this.db.query(
      `WITH settled AS (
         UPDATE messages SET state = 'sent', cause = 'evidence', detail = 'log', uncertain_since = NULL, provider_message_id = $4,
           sent_at = heliograph_now()
         WHERE tenant_id = $1 AND id = $3 AND ${mayMove('state', 'sent', 'evidence', ['uncertain'])} RETURNING id
       )
       UPDATE unbound_messages SET provider_message_id = $4, checks = 0, next_check_at = heliograph_now() FROM settled
       WHERE session_id = $2 AND message_id = settled.id AND provider_message_id IS NULL`,
      [found.tenantId, found.sessionId, found.messageId, found.providerMessageId],
    );
  }

  /**
   * Opens dead letters for messages that stayed unknown past their grace period, or sends them again where the tenant's policy for the
   * class allows it.
   */
  async review(max: number): Promise<Reviewed> {
    const [row] = await this.db.prepared<Reviewed>('review_uncertain', reviewSql, [max, this.config.UNCERTAIN_GRACE_MS]);
    return row as Reviewed;
  }
}
