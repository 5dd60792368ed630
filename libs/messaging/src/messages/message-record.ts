import { type MessageBody, type MessageClass, messageClasses, type MessageState } from '../message';

/** A message as it stands. */
export interface MessageRecord {
  id: string;
  tenantId: string;
  sessionId: string;
  groupId: string | null;
  state: MessageState;
  class: MessageClass;
  recipient: string;
  body: MessageBody;
  /** Number of the latest claim. */
  attempt: number;
  /** Calls that failed provably unsent. */
  tries: number;
  cause: string | null;
  detail: string | null;
  clientRef: string | null;
  tags: string[];
  replyTo: string | null;
  /** The message that failed and that this one was made from by a person. */
  redriveOf: string | null;
  providerMessageId: string | null;
  createdAt: Date;
  sendAt: Date | null;
  /** Earliest time of the next call; null once the message is out of its lane. */
  dueAt: Date | null;
  expiresAt: Date;
  sentAt: Date | null;
  deliveredAt: Date | null;
  readAt: Date | null;
  playedAt: Date | null;
  uncertainSince: Date | null;
}

export interface MessageRow extends Omit<MessageRecord, 'class' | 'tags'> {
  class: number;
  tags: string[] | null;
}

/** The columns of `MessageRecord`; the table is `m`. */
export const messageColumns = `m.id, m.tenant_id AS "tenantId", m.session_id AS "sessionId", m.group_id AS "groupId", m.state, m.class, m.recipient, m.body, m.attempt, m.tries,
  m.cause, m.detail, m.client_ref AS "clientRef", m.tags, m.reply_to AS "replyTo", m.redrive_of AS "redriveOf", m.provider_message_id AS "providerMessageId",
  m.created_at AS "createdAt", m.send_at AS "sendAt", m.due_at AS "dueAt", m.expires_at AS "expiresAt", m.sent_at AS "sentAt", m.delivered_at AS "deliveredAt",
  m.read_at AS "readAt", m.played_at AS "playedAt", m.uncertain_since AS "uncertainSince"`;

export function toRecord(row: MessageRow): MessageRecord {
  return { ...row, class: messageClasses[row.class] as MessageClass, tags: row.tags ?? [] };
}
