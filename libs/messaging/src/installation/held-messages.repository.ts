import { Injectable } from '@nestjs/common';
import { otherAddresses } from '@heliograph/contacts';
import { Database } from '@heliograph/kernel';
import type { MessageBody } from '../message';
import { mayMove } from '../message-states';
import { type MessageSource, messageSourceOf } from '../rendering/message-source.repository';
import { mayDuplicateOf } from './ledger-state.repository';

/** A session whose waiting messages must be compared with the provider's log. */
export interface ComparedSession {
  tenantId: string;
  sessionId: string;
  /** Time back to which the log is read. */
  writtenUntil: Date;
}

/** A message that the log may show. */
export interface HeldMessage {
  id: string;
  recipient: string;
  body: MessageBody;
  /**
   * True when it waits under the hold. Other messages are being called or have an unknown outcome; rows of the log may belong to them as
   * well.
   */
  isHeld: boolean;
}

/** The same, before missing bodies are made. */
export interface HeldRow extends Omit<HeldMessage, 'body'> {
  tenantId: string;
  body: MessageBody | null;
  source: MessageSource | null;
}

/** A message that the log proves sent. */
export interface ProvenMessage {
  id: string;
  providerMessageId: string;
  at: Date;
  echoHash: Buffer;
  /** The body that was made again for a message that had none. */
  made?: { body: MessageBody; contentHash: Buffer | null } | undefined;
}

/** Outcomes of one comparison. Comparisons that are repeated because they failed leave `compared_at` empty. */
export type ComparisonOutcome = 'compared' | 'partly' | 'unreadable' | 'no_credentials' | 'no_answer';
const isOver = (outcome: ComparisonOutcome): boolean => outcome === 'compared' || outcome === 'partly' || outcome === 'unreadable';

/** Seconds for which a comparison belongs to the worker that took it, and until a failed one is repeated. */
const againAfterS = 60;
/** Seconds after which a comparison is repeated: the log may show a message late, and another database may still send. */
const renewAfterS = 300;

/** Statements about messages that wait under a hold. */
@Injectable()
export class HeldMessages {
  constructor(private readonly db: Database) {}

  /** Takes a session that is due for a comparison. Messages that a dead worker had claimed must be back in the lane first. */
  async takeSession(): Promise<ComparedSession | null> {
    const [row] = await this.db.query<ComparedSession>(
      `UPDATE ledger_comparisons c SET next_at = heliograph_now() + interval '${againAfterS} s' FROM ledger_state s
       WHERE s.hold_reason IS NOT NULL AND c.session_id = (
         SELECT d.session_id FROM ledger_comparisons d JOIN lanes l ON l.session_id = d.session_id
         WHERE d.next_at <= heliograph_now() AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.tenant_id = l.tenant_id AND m.id = ANY (l.in_flight)
           AND m.state = 'claimed' AND m.created_at <= s.written_until)
         ORDER BY d.next_at LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
       RETURNING c.tenant_id AS "tenantId", c.session_id AS "sessionId", s.written_until AS "writtenUntil"`,
    );
    return row ?? null;
  }

  /**
   * Returns the messages to these people that wait under the hold, in the order in which they would have been sent, and those in flight.
   */
  candidates({ tenantId, sessionId }: ComparedSession, recipients: string[]): Promise<HeldRow[]> {
    return this.db.query<HeldRow>(
      `SELECT x.tenant_id AS "tenantId", x.id, x.recipient, x.body, ${messageSourceOf('x')} AS source, x."isHeld" FROM (
         SELECT m.*, true AS "isHeld" FROM ledger_state s JOIN messages m ON m.session_id = $2
         WHERE m.tenant_id = $1 AND ${mayDuplicateOf('m', 's')} AND m.recipient = ANY ($3::text[])
         UNION ALL
         SELECT m.*, false FROM lanes l JOIN messages m ON m.tenant_id = l.tenant_id AND m.id = ANY (l.in_flight)
         WHERE l.session_id = $2 AND m.state = 'calling' AND m.recipient = ANY ($3::text[])
         UNION ALL
         SELECT m.*, false FROM unbound_messages u JOIN messages m ON m.tenant_id = u.tenant_id AND m.id = u.message_id
         WHERE u.session_id = $2 AND u.provider_message_id IS NULL AND m.state = 'uncertain' AND m.recipient = ANY ($3::text[])
       ) x ORDER BY x.class, x.due_at, x.id`,
      [tenantId, sessionId, recipients],
    );
  }

  /** Returns all addresses of the people with these addresses, each with the one that stands for the person. */
  async peopleOf(tenantId: string, addresses: string[]): Promise<Map<string, string>> {
    const others = await otherAddresses(
      this.db,
      addresses.map((address) => ({ tenantId, address })),
    );
    const people = new Map<string, string>();
    for (const address of addresses) {
      // A number sorts before a privacy id.
      const all = [address, ...(others.get(`${tenantId}/${address}`) ?? [])].sort();
      for (const one of all) people.set(one, all[0] as string);
    }
    return people;
  }

  /** Settles the messages that the log proves sent. @returns how many of them still waited */
  async settle({ tenantId, sessionId }: ComparedSession, proven: ProvenMessage[]): Promise<number> {
    if (proven.length === 0) return 0;
    const rows = await this.db.query(
      `WITH given AS MATERIALIZED (
         SELECT * FROM unnest($3::uuid[], $4::text[], $5::timestamptz[], $6::bytea[], $7::jsonb[], $8::bytea[]) AS g(id, provider_message_id, at, echo_hash, body, content_hash)
       ), settled AS (
         UPDATE messages m SET state = 'sent', cause = 'evidence', detail = 'log', due_at = NULL, provider_message_id = g.provider_message_id,
           sent_at = least(g.at, heliograph_now()), body = coalesce(m.body, g.body), kind = coalesce(m.kind, g.body->'content'->>'kind'), source = NULL,
           content_hash = coalesce(m.content_hash, g.content_hash)
         FROM given g WHERE m.tenant_id = $1 AND m.session_id = $2 AND m.id = g.id AND ${mayMove('m.state', 'sent', 'reconciliation')}
         RETURNING m.tenant_id, m.session_id, m.id, m.content_hash, m.content_window_s, m.provider_message_id, m.sent_at, g.echo_hash
       ), unbound AS (
         INSERT INTO unbound_messages (session_id, echo_hash, message_id, tenant_id, provider_message_id, called_at, next_check_at)
         SELECT session_id, echo_hash, id, tenant_id, provider_message_id, sent_at, heliograph_now() FROM settled ON CONFLICT DO NOTHING
       ), guarded AS (
         INSERT INTO content_guards (tenant_id, content_hash, message_id, until)
         SELECT DISTINCT ON (content_hash) tenant_id, content_hash, id, sent_at + content_window_s * interval '1 s' FROM settled WHERE content_hash IS NOT NULL
         ON CONFLICT DO NOTHING
       )
       SELECT id FROM settled`,
      [
        tenantId,
        sessionId,
        proven.map((p) => p.id),
        proven.map((p) => p.providerMessageId),
        proven.map((p) => p.at),
        proven.map((p) => p.echoHash),
        proven.map((p) => (p.made ? JSON.stringify(p.made.body) : null)),
        proven.map((p) => p.made?.contentHash ?? null),
      ],
    );
    return rows.length;
  }

  async record({ sessionId }: ComparedSession, outcome: ComparisonOutcome, found: number): Promise<void> {
    await this.db.query(
      `UPDATE ledger_comparisons SET outcome = $2, found = found + $3, compared_at = CASE WHEN $4 THEN heliograph_now() ELSE compared_at END,
         next_at = heliograph_now() + $5 * interval '1 s' WHERE session_id = $1`,
      [sessionId, outcome, found, isOver(outcome), isOver(outcome) ? renewAfterS : againAfterS],
    );
  }
}
