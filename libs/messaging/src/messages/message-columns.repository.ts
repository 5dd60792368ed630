import { classOfRank, type MessageClass } from '../message';

/** Columns of a message that are set when it is accepted. */
export interface AcceptedColumns {
  id: string;
  tenantId: string;
  sessionId: string;
  groupId: string | null;
  recipient: string;
  /** Null until the body is made. */
  kind: string | null;
  class: MessageClass;
  clientRef: string | null;
  tags: string[];
  sendAt: Date | null;
  expiresAt: Date;
  createdAt: Date;
}

/** A row as it was read; its class is the stored rank. */
export type RankedRow<T extends { class: MessageClass }> = Omit<T, 'class'> & { class: number };

/** SQL: the columns of `AcceptedColumns`. `m` is a row of `messages`. */
export const acceptedColumns = `m.id, m.tenant_id AS "tenantId", m.session_id AS "sessionId", m.group_id AS "groupId", m.recipient, m.kind, m.class,
  m.client_ref AS "clientRef", coalesce(m.tags, '{}') AS tags, m.send_at AS "sendAt", m.expires_at AS "expiresAt", m.created_at AS "createdAt"`;

export const withClass = <R extends { class: number }>(row: R): Omit<R, 'class'> & { class: MessageClass } => ({
  ...row,
  class: classOfRank(row.class),
});
