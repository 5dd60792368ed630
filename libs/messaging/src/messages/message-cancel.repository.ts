import { Injectable } from '@nestjs/common';
import { type Actor, AppError, Database, notFound, type Sql, sqlConditions, type Tx } from '@heliograph/kernel';
import { sessionsOf } from '@heliograph/tenants';
import { nameActor } from '../history/message-events.repository';
import { classRank, type MessageClass, type MessageState } from '../message';
import { mayMove, stateList, waitingStates } from '../message-states';

/** Filter of messages to cancel. */
export interface CancelFilter {
  state?: (typeof waitingStates)[number] | undefined;
  class?: MessageClass | undefined;
  sessionId?: string | undefined;
  groupId?: string | undefined;
  /** Canonical addresses. */
  recipients?: string[] | undefined;
  clientRef?: string | undefined;
  tag?: string | undefined;
  createdFrom?: Date | undefined;
  createdTo?: Date | undefined;
  ids?: string[] | undefined;
}

/** Messages that one chunk examines. */
const maxExamined = 5_000;

/** Cancels messages that were not sent yet. */
@Injectable()
export class MessageCancel {
  constructor(private readonly db: Database) {}

  /**
   * Cancels the message. A second cancellation changes nothing.
   * @throws AppError `not_found`; `too_late` once the provider is being called
   */
  cancel(tenantId: string, actor: Actor, id: string): Promise<void> {
    return this.db.forTenant(tenantId, async (tx) => {
      const cancelled = await tx.query(
        `UPDATE messages SET state = 'cancelled', cause = 'cancelled', detail = NULL, due_at = NULL WHERE tenant_id = $1 AND id = $2 AND ${mayMove('state', 'cancelled', 'cancel')} RETURNING id`,
        [tenantId, id],
      );
      if (cancelled.length > 0) return nameActor(tx, tenantId, actor, [id]);
      const [message] = await tx.query<{ state: MessageState }>(`SELECT state FROM messages WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        id,
      ]);
      if (!message) throw notFound('message');
      if (message.state !== 'cancelled') throw new AppError('conflict', 'too_late', `The message is ${message.state} already.`);
    });
  }

  /** Counts the waiting messages that the filter matches. Only messages in lanes are read, each from the index of its lane. */
  async count(sql: Sql, tenantId: string, filter: CancelFilter): Promise<number> {
    const { values, where } = waitingOnes(tenantId, filter);
    const [row] = await sql.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (${sessionsOf('$1')}) s JOIN messages m ON m.session_id = s.id AND m.due_at IS NOT NULL WHERE ${where}`,
      values,
    );
    return row?.count ?? 0;
  }

  /**
   * Locks the next waiting messages that the filter matches, in the order of their ids, among the messages that a chunk examines.
   * @param after the last id that was examined; null: from the oldest waiting message on
   * @returns their ids, and the last id that was examined; null: no more
   */
  async lockNext(
    tx: Tx,
    tenantId: string,
    filter: CancelFilter,
    { after, until, limit }: { after: string | null; until: Date; limit: number },
  ): Promise<{ ids: string[]; next: string | null }> {
    const from = after ?? (await this.beforeOldest(tx, tenantId));
    if (from === null) return { ids: [], next: null };
    const { values, where } = waitingOnes(tenantId, filter);
    const [start, end, size] = [values.push(from), values.push(until), values.push(Math.min(limit * 10, maxExamined))].map((n) => `$${n}`);
    const maxFound = `$${values.push(limit)}`;
    // Of more matches than the limit the first ones are taken, and the next chunk continues after them.
    const rows = await tx.query<{ id: string | null; stop: string | null; isFull: boolean }>(
      `WITH examined AS MATERIALIZED (
         SELECT * FROM messages m WHERE m.tenant_id = $1 AND m.id > ${start}::uuid ORDER BY m.id LIMIT ${size}
       ), matching AS MATERIALIZED (
         SELECT m.id FROM examined m WHERE m.due_at IS NOT NULL AND m.created_at <= ${end} AND ${where} ORDER BY m.id LIMIT ${maxFound}
       )
       SELECT x.id, (SELECT max(e.id::text) FROM examined e) AS stop, (SELECT count(*) FROM examined) = ${size} AS "isFull"
       FROM (SELECT) always LEFT JOIN matching x ON true ORDER BY x.id`,
      values,
    );
    const found = rows.flatMap(({ id }) => id ?? []);
    const locked = await tx.query<{ id: string }>(
      `SELECT id FROM messages WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND due_at IS NOT NULL ORDER BY id FOR UPDATE`,
      [tenantId, found],
    );
    const next = found.length === limit ? (found.at(-1) ?? null) : rows[0]?.isFull ? rows[0].stop : null;
    return { ids: locked.map(({ id }) => id), next };
  }

  /** Cancels messages that the caller has locked. @returns how many could still be cancelled */
  async cancelSome(tx: Tx, tenantId: string, actor: Actor, ids: string[]): Promise<number> {
    const rows = await tx.query<{ id: string }>(
      `UPDATE messages SET state = 'cancelled', cause = 'cancelled', detail = NULL, due_at = NULL
       WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND ${mayMove('state', 'cancelled', 'cancel')} RETURNING id`,
      [tenantId, ids],
    );
    const cancelled = rows.map(({ id }) => id);
    if (cancelled.length > 0) await nameActor(tx, tenantId, actor, cancelled);
    return cancelled.length;
  }

  /** Returns an id before the oldest waiting message; null: none waits. */
  private async beforeOldest(tx: Sql, tenantId: string): Promise<string | null> {
    const [row] = await tx.query<{ id: string | null }>(
      `SELECT min(m.id::text) AS id FROM (${sessionsOf('$1')}) s JOIN messages m ON m.session_id = s.id AND m.due_at IS NOT NULL WHERE m.tenant_id = $1`,
      [tenantId],
    );
    return row?.id ? idJustBefore(row.id) : null;
  }
}

/** Returns an id that is smaller than this one, and larger than all of an earlier millisecond. */
const idJustBefore = (id: string): string => `${id.slice(0, 13)}-0000-0000-000000000000`;

/** Returns conditions on `messages m` in a lane. */
function waitingOnes(tenantId: string, filter: CancelFilter): { values: unknown[]; where: string } {
  const { values, given } = sqlConditions(tenantId);
  const where = [
    `m.tenant_id = $1 AND m.state IN ${stateList(waitingStates)}`,
    ...given(filter.state, (p) => `m.state = ${p}`),
    ...given(filter.class && classRank(filter.class), (p) => `m.class = ${p}`),
    ...given(filter.sessionId, (p) => `m.session_id = ${p}`),
    ...given(filter.groupId, (p) => `m.group_id = ${p}`),
    ...given(filter.recipients, (p) => `m.recipient = ANY (${p}::text[])`),
    ...given(filter.clientRef, (p) => `m.client_ref = ${p}`),
    ...given(filter.tag, (p) => `${p} = ANY (m.tags)`),
    ...given(filter.createdFrom, (p) => `m.created_at >= ${p}`),
    ...given(filter.createdTo, (p) => `m.created_at < ${p}`),
    ...given(filter.ids, (p) => `m.id = ANY (${p}::uuid[])`),
  ];
  return { values, where: where.join(' AND ') };
}
