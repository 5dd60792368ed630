import { Injectable } from '@nestjs/common';
import {
  type Actor,
  Database,
  List,
  listKeys,
  notFound,
  type Page,
  type PageRequest,
  type Sql,
  idAfter,
  idBefore,
  readPage,
  sqlConditions,
  type Tx,
} from '@heliograph/kernel';
import { DeadLetters } from '@heliograph/dead-letters';
import { CallbackEvents, type OrderKey } from './callback-events.repository';
import { callbackLetters } from './callback-letters';
import type { CallbackType } from './callback-types';

export const callbackStates = ['pending', 'delivered', 'dead'] as const;
export type CallbackState = (typeof callbackStates)[number];

/** One event for one endpoint, as shown in the delivery log. */
export interface LoggedCallback {
  eventId: string;
  type: CallbackType;
  sessionId: string | null;
  at: Date;
  state: CallbackState;
  attempts: number;
  nextAttemptAt: Date | null;
  settledAt: Date | null;
  lastStatus: number | null;
  lastReason: string | null;
}

/** One call. */
export interface CallbackAttempt {
  at: Date;
  attempt: number;
  batchId: string | null;
  status: number | null;
  reason: string | null;
  durationMs: number;
  response: string | null;
}

/** Filter of a list or a replay. */
export interface CallbackFilter {
  state?: CallbackState | undefined;
  type?: CallbackType | undefined;
  sessionId?: string | undefined;
  eventIds?: string[] | undefined;
  /** Id that the body names: of a message, a contact, a conversation. Searched for in the callbacks that the rest of the filter leaves. */
  about?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

const callbackList = new List('callbacks', listKeys.id);
/** Maximum of a count; more are reported as this number. */
export const maxCounted = 100_000;
/** Callbacks that one statement of a replay changes. */
const replayChunk = 5_000;
const columns = `c.event_id AS "eventId", v.type, v.session_id AS "sessionId", v.at, c.state, c.attempts, CASE WHEN c.state = 'pending' THEN c.next_attempt_at END AS "nextAttemptAt",
  c.settled_at AS "settledAt", c.last_status AS "lastStatus", c.last_reason AS "lastReason"`;

/** Delivery log of endpoints, and replays. */
@Injectable()
export class CallbackLog {
  constructor(
    private readonly db: Database,
    private readonly letters: DeadLetters,
    private readonly events: CallbackEvents,
  ) {}

  /** Returns callbacks, newest first. @throws AppError not_found */
  list(tenantId: string, endpointId: string, filter: CallbackFilter, page: PageRequest): Promise<Page<LoggedCallback>> {
    const [before] = callbackList.after(page) ?? [];
    const { values, given, range, checked } = conditionsOf(tenantId, endpointId, filter);
    range.push(...given(before, (p) => `c.event_id < ${p}::uuid`));
    return this.db.forTenant(tenantId, async (tx) => {
      await this.mustExist(tx, tenantId, endpointId);
      return readPage<LoggedCallback>(tx, callbackList, page, {
        columns,
        from: 'callbacks c',
        // Reads by key, one by one: a join that scans the whole table is too slow for a page.
        joins: 'JOIN LATERAL (SELECT e.* FROM callback_events e WHERE e.tenant_id = c.tenant_id AND e.id = c.event_id OFFSET 0) v ON true',
        range,
        checked,
        order: 'c.event_id DESC',
        key: ['c.event_id'],
        values,
      });
    });
  }

  /** Returns a callback with its body and every attempt, oldest first. @throws AppError not_found */
  get(tenantId: string, endpointId: string, eventId: string): Promise<LoggedCallback & { body: string; trail: CallbackAttempt[] }> {
    return this.db.forTenant(tenantId, async (tx) => {
      const [row] = await tx.query<LoggedCallback & { body: string }>(
        `SELECT ${columns}, v.body FROM callbacks c JOIN callback_events v ON v.tenant_id = c.tenant_id AND v.id = c.event_id
         WHERE c.tenant_id = $1 AND c.endpoint_id = $2 AND c.event_id = $3`,
        [tenantId, endpointId, eventId],
      );
      if (!row) throw notFound('callback');
      const trail = await tx.query<CallbackAttempt>(
        `SELECT at, attempt, batch_id AS "batchId", status, reason, duration_ms AS "durationMs", response FROM callback_attempts
         WHERE tenant_id = $1 AND endpoint_id = $2 AND event_id = $3 ORDER BY id`,
        [tenantId, endpointId, eventId],
      );
      return { ...row, trail };
    });
  }

  /** Returns how many callbacks a replay would take; `maxCounted` means that many or more. @throws AppError not_found */
  count(tenantId: string, endpointId: string, filter: CallbackFilter): Promise<number> {
    return this.db.forTenant(tenantId, (tx) => this.countWithin(tx, tenantId, endpointId, filter, maxCounted));
  }

  /**
   * Replays the matching callbacks with the same ids and bodies, from the first attempt on, oldest first. A pending callback is due at once
   * and keeps its attempt number and its batch.
   * @returns their number
   * @throws AppError not_found
   */
  async replay(tenantId: string, endpointId: string, filter: CallbackFilter, actor: Actor): Promise<number> {
    let replayed = 0;
    let after: string | null = null;
    do {
      const from: string | null = after;
      const { eventIds, next } = await this.db.forTenant(tenantId, async (tx) => {
        const chunk = await this.next(tx, tenantId, endpointId, filter, { after: from, limit: replayChunk });
        await this.again(
          tx,
          tenantId,
          chunk.eventIds.map((id) => `${endpointId}/${id}`),
          actor,
        );
        return chunk;
      });
      replayed += eventIds.length;
      after = next;
    } while (after);
    return replayed;
  }

  /** Counts the callbacks that a replay by this filter would take. @param max more are counted as this number; absent: all @throws AppError not_found */
  async countWithin(sql: Sql, tenantId: string, endpointId: string, filter: CallbackFilter, max?: number): Promise<number> {
    await this.mustExist(sql, tenantId, endpointId);
    const { values, given, range, checked } = conditionsOf(tenantId, endpointId, filter);
    const [row] = await sql.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (
         SELECT 1 FROM callbacks c JOIN callback_events v ON v.tenant_id = c.tenant_id AND v.id = c.event_id
         WHERE ${[...range, ...checked].join(' AND ')} ${given(max, (p) => `LIMIT ${p}`).join('')}
       ) matching`,
      values,
    );
    return row?.count ?? 0;
  }

  /** Returns the next matching callbacks, oldest first, and the event they reach; null: no more. @throws AppError not_found */
  async next(
    tx: Sql,
    tenantId: string,
    endpointId: string,
    filter: CallbackFilter,
    { after, limit }: { after: string | null; limit: number },
  ): Promise<{ eventIds: string[]; next: string | null }> {
    await this.mustExist(tx, tenantId, endpointId);
    const { values, given, range, checked } = conditionsOf(tenantId, endpointId, filter);
    const matches = [...range, ...checked, ...given(after ?? undefined, (p) => `c.event_id > ${p}::uuid`)];
    const found = await tx.query<{ event_id: string }>(
      `SELECT c.event_id FROM callbacks c JOIN callback_events v ON v.tenant_id = c.tenant_id AND v.id = c.event_id
       WHERE ${matches.join(' AND ')} ORDER BY c.event_id LIMIT $${values.push(limit)}`,
      values,
    );
    const eventIds = found.map((row) => row.event_id);
    return { eventIds, next: eventIds.length < limit ? null : (eventIds.at(-1) ?? null) };
  }

  /** @param subjects `endpoint/event` */
  async again(tx: Tx, tenantId: string, subjects: string[], actor: Actor): Promise<void> {
    const pairs = subjects.map((subject) => subject.split('/') as [string, string]);
    const endpointIds = pairs.map(([endpoint]) => endpoint);
    await this.events.holdOrder(tx, endpointIds);
    const keys = await tx.query<{ endpointId: string; key: string | null }>(
      `UPDATE callbacks c SET state = 'pending', settled_at = NULL, next_attempt_at = heliograph_now(), attempts = CASE WHEN c.state = 'pending' THEN c.attempts ELSE 0 END,
         batch_id = CASE WHEN c.state = 'pending' THEN c.batch_id END
       FROM unnest($2::uuid[], $3::uuid[]) AS w(endpoint_id, event_id) WHERE c.tenant_id = $1 AND c.endpoint_id = w.endpoint_id AND c.event_id = w.event_id
       RETURNING c.endpoint_id AS "endpointId", c.order_key AS key`,
      [tenantId, endpointIds, pairs.map(([, event]) => event)],
    );
    await this.events.lineUp(
      tx,
      keys.filter((k): k is OrderKey => k.key !== null),
    );
    // A letter about a replayed callback is settled.
    await this.letters.resolve(tx, tenantId, callbackLetters.name, subjects, 'The callback was replayed.', actor);
  }

  private async mustExist(tx: Sql, tenantId: string, endpointId: string): Promise<void> {
    const [row] = await tx.query(`SELECT 1 FROM callback_endpoints WHERE tenant_id = $1 AND id = $2 AND state <> 'deleted'`, [
      tenantId,
      endpointId,
    ]);
    if (!row) throw notFound('callback endpoint');
  }
}

/** Returns the conditions of a filter: an index serves `range`, and `checked` filters its result. */
function conditionsOf(tenantId: string, endpointId: string, { state, type, sessionId, eventIds, about, from, to }: CallbackFilter) {
  const { values, given } = sqlConditions(tenantId, endpointId);
  const range = [
    'c.tenant_id = $1 AND c.endpoint_id = $2',
    ...given(eventIds, (p) => `c.event_id = ANY (${p}::uuid[])`),
    ...given(from && idBefore(from), (p) => `c.event_id >= ${p}::uuid`),
    ...given(to && idAfter(to), (p) => `c.event_id < ${p}::uuid`),
    // Pending callbacks have no index in this order.
    ...given(state === 'pending' ? undefined : state, (p) => `c.state = ${p}`),
  ];
  const checked = [
    ...given(state === 'pending' ? state : undefined, (p) => `c.state = ${p}`),
    ...given(type, (p) => `v.type = ${p}`),
    ...given(sessionId, (p) => `v.session_id = ${p}`),
    ...given(about && JSON.stringify(about.toLowerCase()), (p) => `position(${p} IN v.body) > 0`),
    ...given(from, (p) => `v.at >= ${p}`),
    ...given(to, (p) => `v.at < ${p}`),
  ];
  return { values, given, range, checked };
}
