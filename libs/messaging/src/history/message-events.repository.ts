import { Injectable } from '@nestjs/common';
import { type Actor, actorColumn, type Sql, storedActor, type TransactionRange, type Tx } from '@heliograph/kernel';
import { classOfRank, type MessageClass, type MessageState } from '../message';
import { type MessageOrigin, originOf, type StoredOrigin } from '../message-origin';
import { type MessageStep, withActor } from './step-actor';

/** One change of a message's state, as `message_events` has it. Both states the same: a note. */
export interface MessageEvent {
  /** Grows, but not by one, and not in the order of commits. */
  seq: string;
  /** As PostgreSQL writes it. */
  at: string;
  tenantId: string;
  sessionId: string | null;
  groupId: string | null;
  messageId: string;
  attempt: number;
  from: MessageState;
  to: MessageState;
  cause: string | null;
}

/** The same with what the message is, for readers outside. */
export interface ReportedMessageEvent extends MessageEvent {
  /** The transaction that wrote it. */
  tx: string;
  sessionId: string;
  detail: string | null;
  recipient: string;
  /** Null when it ended before its body was made. */
  kind: string | null;
  class: MessageClass;
  clientRef: string | null;
  tags: string[];
  origin: MessageOrigin;
}

/** A message that failed for its recipient's sake. */
export interface MessageFailure {
  tenantId: string;
  messageId: string;
  recipient: string;
  cause: 'invalid_recipient' | 'provider_error';
}

const stateColumns = `e.seq::text, e.at::text, e.tenant_id AS "tenantId", m.session_id AS "sessionId", m.group_id AS "groupId", e.message_id AS "messageId",
  e.attempt, e.from_state AS "from", e.to_state AS "to", e.cause`;

/** Changes of state of a message, oldest first, each with its actor. */
export async function stepsOf(tx: Sql, tenantId: string, messageId: string): Promise<MessageStep[]> {
  const steps = await tx.query<MessageStep>(
    `SELECT at, from_state AS "from", to_state AS "to", attempt, cause, detail, ${actorColumn('actor')} AS actor
     FROM message_events WHERE tenant_id = $1 AND message_id = $2::uuid ORDER BY seq`,
    [tenantId, messageId],
  );
  return steps.map(withActor);
}

/** Names the actor of what the caller's transaction wrote to the history of these messages. */
export async function nameActor(tx: Sql, tenantId: string, actor: Actor, messageIds: string[]): Promise<void> {
  await tx.query(
    `UPDATE message_events SET actor = $3, actor_ref = $4
     WHERE tenant_id = $1 AND message_id = ANY ($2::uuid[]) AND tx = pg_current_xact_id()::text::bigint`,
    [tenantId, messageIds, ...storedActor(actor)],
  );
}

/** The history of messages, by the transactions that wrote it. */
@Injectable()
export class MessageEvents {
  /** All of them. */
  between(tx: Tx, { from, to }: TransactionRange): Promise<MessageEvent[]> {
    return tx.prepared<MessageEvent>(
      'message_events_between',
      `SELECT ${stateColumns} FROM message_events e LEFT JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
       WHERE e.tx >= $1 AND e.tx < $2 ORDER BY e.tx, e.seq`,
      [from, to],
    );
  }

  /**
   * Moves of these tenants' messages into one of these states, notes left out, with what the message is. A message's moves come in
   * their order, each once over all ranges: one transaction may have waited for a younger one, and what that did before goes along.
   */
  async moves(tx: Tx, { from, to }: TransactionRange, tenantIds: string[], states: readonly MessageState[]): Promise<ReportedMessageEvent[]> {
    const rows = await tx.prepared<
      Omit<ReportedMessageEvent, 'class' | 'tags' | 'origin'> & { class: number; tags: string[] | null; origin: StoredOrigin }
    >(
      'message_moves_between',
      `WITH here AS MATERIALIZED (
         SELECT * FROM message_events WHERE tx >= $1 AND tx < $2 AND tenant_id = ANY ($3::uuid[])
       ), due AS (
         SELECT * FROM here
         UNION
         SELECT b.* FROM here h JOIN message_events b ON b.tenant_id = h.tenant_id AND b.message_id = h.message_id AND b.seq < h.seq AND b.tx >= $2
       )
       SELECT e.tx::text, ${stateColumns}, e.detail, m.recipient, m.kind, m.class, m.client_ref AS "clientRef", m.tags, m.origin
       FROM due e JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
       WHERE e.to_state = ANY ($4::text[]) AND e.from_state <> e.to_state
         -- What went along with a later move of the message is done.
         AND NOT EXISTS (SELECT 1 FROM message_events a WHERE a.tenant_id = e.tenant_id AND a.message_id = e.message_id AND a.seq > e.seq AND a.tx < $1)
       ORDER BY e.seq`,
      [from, to, tenantIds, states],
    );
    return rows.map((row) => ({ ...row, class: classOfRank(row.class), tags: row.tags ?? [], origin: originOf(row.origin) }));
  }

  /** Messages that failed because of their recipient in these transactions. */
  failures(tx: Tx, { from, to }: TransactionRange): Promise<MessageFailure[]> {
    return tx.prepared<MessageFailure>(
      'message_failures_between',
      `SELECT e.tenant_id AS "tenantId", e.message_id AS "messageId", m.recipient, e.cause FROM message_events e JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
       WHERE e.tx >= $1 AND e.tx < $2 AND e.to_state = 'failed' AND e.from_state <> 'failed' AND e.cause IN ('invalid_recipient', 'provider_error') ORDER BY e.seq`,
      [from, to],
    );
  }

  /** How many of the last messages to a recipient, at most `most`, failed at WhatsApp with none reaching it in between. */
  async failuresInARow(tx: Tx, tenantId: string, recipient: string, most: number): Promise<number> {
    const rows = await tx.query<{ failed: boolean }>(
      `SELECT state = 'failed' AND cause = 'provider_error' AS failed FROM messages WHERE tenant_id = $1 AND recipient = $2 AND sent_at IS NOT NULL ORDER BY sent_at DESC LIMIT $3`,
      [tenantId, recipient, most],
    );
    const first = rows.findIndex((row) => !row.failed);
    return first === -1 ? rows.length : first;
  }
}
