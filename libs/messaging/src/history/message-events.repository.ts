import { Injectable } from '@nestjs/common';
import { type Actor, actorColumn, type Sql, storedActor, type TransactionRange, type Tx } from '@heliograph/kernel';
import { classOfRank, type MessageClass, type MessageState } from '../message';
import { type MessageOrigin, originOf, type StoredOrigin } from '../message-origin';
import { type MessageStep, withActor } from './step-actor';

/** One change of a message's state, as `message_events` stores it. A row with the same state twice is a note. */
export interface MessageEvent {
  /** Grows, but with gaps, and not in the order of commits. */
  seq: string;
  /** Timestamp in the text format of PostgreSQL. */
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

/** A change of state with facts about its message, for libs that report it to endpoints. */
export interface ReportedMessageEvent extends MessageEvent {
  /** Id of the transaction that wrote it. */
  tx: string;
  sessionId: string;
  detail: string | null;
  recipient: string;
  /** Null when the message ended before its body was made. */
  kind: string | null;
  class: MessageClass;
  clientRef: string | null;
  tags: string[];
  origin: MessageOrigin;
}

/** A message that failed because of its recipient. */
export interface MessageFailure {
  tenantId: string;
  messageId: string;
  recipient: string;
  cause: 'invalid_recipient' | 'provider_error';
}

const stateColumns = `e.seq::text, e.at::text, e.tenant_id AS "tenantId", m.session_id AS "sessionId", m.group_id AS "groupId", e.message_id AS "messageId",
  e.attempt, e.from_state AS "from", e.to_state AS "to", e.cause`;

/** Returns the changes of state of a message, oldest first, each with its actor. */
export async function stepsOf(tx: Sql, tenantId: string, messageId: string): Promise<MessageStep[]> {
  const steps = await tx.query<MessageStep>(
    `SELECT at, from_state AS "from", to_state AS "to", attempt, cause, detail, due_at AS "dueAt", ${actorColumn('actor')} AS actor,
       CASE WHEN call_ms IS NOT NULL THEN jsonb_build_object('ms', call_ms, 'status', call_status, 'facts', call_facts) END AS call
     FROM message_events WHERE tenant_id = $1 AND message_id = $2::uuid ORDER BY seq`,
    [tenantId, messageId],
  );
  return steps.map(withActor);
}

/** Stores the actor of the changes that the caller's transaction wrote to the history of these messages. */
export async function nameActor(tx: Sql, tenantId: string, actor: Actor, messageIds: string[]): Promise<void> {
  await tx.query(
    `UPDATE message_events SET actor = $3, actor_ref = $4
     WHERE tenant_id = $1 AND message_id = ANY ($2::uuid[]) AND tx = pg_current_xact_id()::text::bigint`,
    [tenantId, messageIds, ...storedActor(actor)],
  );
}

/** Reads the history of messages, by the transactions that wrote it. */
@Injectable()
export class MessageEvents {
  /** Reads all changes in the range. */
  between(tx: Tx, { from, to }: TransactionRange): Promise<MessageEvent[]> {
    return tx.prepared<MessageEvent>(
      'message_events_between',
      `SELECT ${stateColumns} FROM message_events e LEFT JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
       WHERE e.tx >= $1 AND e.tx < $2 ORDER BY e.tx, e.seq`,
      [from, to],
    );
  }

  /**
   * Reads the moves of these tenants' messages into one of these states, without notes and with facts about each message. The moves of one
   * message are in their order, and each appears once over all ranges. A transaction may have waited for one with a higher id: its earlier
   * moves of the same message are then part of the later range.
   */
  async moves(
    tx: Tx,
    { from, to }: TransactionRange,
    tenantIds: string[],
    states: readonly MessageState[],
  ): Promise<ReportedMessageEvent[]> {
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
         -- Earlier moves that were returned with a later move of the message are not returned again.
         AND NOT EXISTS (SELECT 1 FROM message_events a WHERE a.tenant_id = e.tenant_id AND a.message_id = e.message_id AND a.seq > e.seq AND a.tx < $1)
       ORDER BY e.seq`,
      [from, to, tenantIds, states],
    );
    return rows.map((row) => ({ ...row, class: classOfRank(row.class), tags: row.tags ?? [], origin: originOf(row.origin) }));
  }

  /** Reads the messages that failed because of their recipient in these transactions. */
  failures(tx: Tx, { from, to }: TransactionRange): Promise<MessageFailure[]> {
    return tx.prepared<MessageFailure>(
      'message_failures_between',
      `SELECT e.tenant_id AS "tenantId", e.message_id AS "messageId", m.recipient, e.cause FROM message_events e JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
       WHERE e.tx >= $1 AND e.tx < $2 AND e.to_state = 'failed' AND e.from_state <> 'failed' AND e.cause IN ('invalid_recipient', 'provider_error') ORDER BY e.seq`,
      [from, to],
    );
  }

  /** Counts the failures at WhatsApp among the newest messages to a recipient, up to the first that reached it. Counts up to `max`. */
  async failuresInARow(tx: Tx, tenantId: string, recipient: string, max: number): Promise<number> {
    const rows = await tx.query<{ failed: boolean }>(
      `SELECT state = 'failed' AND cause = 'provider_error' AS failed FROM messages WHERE tenant_id = $1 AND recipient = $2 AND sent_at IS NOT NULL ORDER BY sent_at DESC LIMIT $3`,
      [tenantId, recipient, max],
    );
    const first = rows.findIndex((row) => !row.failed);
    return first === -1 ? rows.length : first;
  }
}
