import { Injectable } from '@nestjs/common';
import type { Sql, Tx } from '@heliograph/kernel';
import { type CallbackEvent, callbackTypes, priorities } from './callback-types';

/** Maximum callbacks whose priority one statement raises. */
const hurryChunk = 5_000;

/** A conversation of an endpoint that receives events in order. */
export interface OrderKey {
  endpointId: string;
  key: string;
}

/**
 * SQL window: this row and the following ones of its conversation. Rows before an urgent one become as urgent, since they would block it.
 * The frame counts from the end of the conversation: PostgreSQL computes a frame anew for each row when its start moves, which took
 * seconds for 5,000 events.
 */
const followers = (conversation: string, place: string) =>
  `PARTITION BY ${conversation} ORDER BY ${place} DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW`;

/** Events for endpoints, and their order. */
@Injectable()
export class CallbackEvents {
  /** Returns the tenants with an endpoint; events of other tenants are not read. */
  async tenantsWithEndpoints(sql: Sql): Promise<string[]> {
    const rows = await sql.prepared<{ tenant_id: string }>(
      'tenants_that_listen',
      `SELECT DISTINCT tenant_id FROM callback_endpoints WHERE state <> 'deleted'`,
    );
    return rows.map((row) => row.tenant_id);
  }

  /** Returns the events about callbacks or endpoints among these, as `tenant/event`. */
  async aboutCallbacks(sql: Sql, events: { tenantId: string; eventId: string }[]): Promise<Set<string>> {
    if (events.length === 0) return new Set();
    const rows = await sql.query<{ id: string }>(
      `SELECT v.tenant_id || '/' || v.id AS id FROM unnest($1::uuid[], $2::uuid[]) AS g(tenant_id, id) JOIN callback_events v USING (tenant_id, id)
       WHERE v.type IN ('dead_letter.created', 'callback_endpoint.status')`,
      [events.map((e) => e.tenantId), events.map((e) => e.eventId)],
    );
    return new Set(rows.map((row) => row.id));
  }

  /** Stores events, in this order, for every endpoint that receives them; other events are not stored. */
  async store(tx: Tx, events: CallbackEvent[]): Promise<void> {
    if (events.length === 0) return;
    // Settling the last callback of a conversation locks the endpoint too, so that one of the two transactions sees the change of the
    // other.
    const ordered = await tx.prepared<{ id: string }>(
      'lock_ordered_endpoints',
      `SELECT id FROM callback_endpoints WHERE tenant_id = ANY ($1::uuid[]) AND ordered AND state <> 'deleted' ORDER BY id FOR SHARE`,
      [[...new Set(events.map((e) => e.tenantId))]],
    );
    if (ordered.length > 0)
      await this.bringForward(
        tx,
        ordered.map((endpoint) => endpoint.id),
        events,
      );
    await tx.query(
      `WITH given AS MATERIALIZED (
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::bool[], $7::text[], $8::smallint[]) WITH ORDINALITY
           AS g(tenant_id, id, type, session_id, order_key, actionable, body, priority, place)
       ), wanted AS MATERIALIZED (
         SELECT g.*, e.id AS endpoint_id, CASE WHEN e.ordered THEN g.order_key END AS key FROM given g JOIN callback_endpoints e ON e.tenant_id = g.tenant_id AND e.state <> 'deleted'
           AND (e.types IS NULL OR g.type = ANY (e.types)) AND (e.session_ids IS NULL OR g.session_id = ANY (e.session_ids)) AND (g.actionable OR NOT e.only_actionable)
       ), stored AS (
         INSERT INTO callback_events (tenant_id, id, type, session_id, body)
         SELECT tenant_id, id, type, session_id, body FROM given g WHERE EXISTS (SELECT 1 FROM wanted w WHERE w.id = g.id)
       )
       INSERT INTO callbacks (tenant_id, endpoint_id, event_id, order_key, priority, waits)
       SELECT w.tenant_id, w.endpoint_id, w.id, w.key, CASE WHEN w.key IS NULL THEN w.priority ELSE min(w.priority) OVER (${followers('w.endpoint_id, w.key', 'w.place')}) END, w.key IS NOT NULL AND (row_number() OVER (PARTITION BY w.endpoint_id, w.key ORDER BY w.place) > 1
         OR EXISTS (SELECT 1 FROM callbacks p WHERE p.endpoint_id = w.endpoint_id AND p.order_key = w.key AND p.state = 'pending'))
       FROM wanted w ORDER BY w.place`,
      [
        events.map((e) => e.tenantId),
        events.map((e) => e.id),
        events.map((e) => e.type),
        events.map((e) => e.sessionId),
        events.map((e) => e.orderKey),
        events.map((e) => e.actionable),
        events.map((e) => e.body),
        events.map((e) => callbackTypes[e.type].priority),
      ],
    );
  }

  /** Raises pending callbacks in the conversations of urgent events to their priority, since they must go first. */
  private async bringForward(tx: Tx, endpointIds: string[], events: CallbackEvent[]): Promise<void> {
    const urgent = events.filter((e) => callbackTypes[e.type].priority < priorities.receipts);
    if (urgent.length === 0) return;
    await tx.query(
      `WITH urgent AS MATERIALIZED (
         SELECT tenant_id, order_key, min(priority) AS priority FROM unnest($2::uuid[], $3::text[], $4::smallint[]) AS g(tenant_id, order_key, priority) GROUP BY 1, 2
       ), waiting AS MATERIALIZED (
         SELECT f.*, u.priority FROM urgent u JOIN callback_endpoints e ON e.tenant_id = u.tenant_id AND e.id = ANY ($1::uuid[]) CROSS JOIN LATERAL (
           SELECT c.tenant_id, c.endpoint_id, c.event_id FROM callbacks c
           WHERE c.endpoint_id = e.id AND c.order_key = u.order_key AND c.state = 'pending' AND c.priority > u.priority OFFSET 0) f
       )
       UPDATE callbacks c SET priority = w.priority FROM waiting w WHERE c.tenant_id = w.tenant_id AND c.endpoint_id = w.endpoint_id AND c.event_id = w.event_id`,
      [endpointIds, urgent.map((e) => e.tenantId), urgent.map((e) => e.orderKey), urgent.map((e) => callbackTypes[e.type].priority)],
    );
  }

  /** Stores an event for one endpoint, regardless of its filters. */
  async storeFor(sql: Sql, endpointId: string, { tenantId, id, type, sessionId, body }: CallbackEvent): Promise<void> {
    await sql.query(
      `WITH stored AS (INSERT INTO callback_events (tenant_id, id, type, session_id, body) VALUES ($1, $3, $4, $5, $6))
       INSERT INTO callbacks (tenant_id, endpoint_id, event_id, priority) VALUES ($1, $2, $3, $7)`,
      [tenantId, endpointId, id, type, sessionId, body, callbackTypes[type].priority],
    );
  }

  /** Locks endpoints with order until the transaction ends, before callbacks of a conversation are settled or deleted. */
  async holdOrder(tx: Tx, endpointIds: string[]): Promise<void> {
    await tx.query(`SELECT 1 FROM callback_endpoints WHERE id = ANY ($1::uuid[]) AND ordered ORDER BY id FOR NO KEY UPDATE`, [
      [...new Set(endpointIds)],
    ]);
  }

  /** Releases the first callback of each conversation after its predecessor is settled. */
  async release(tx: Tx, keys: OrderKey[]): Promise<void> {
    if (keys.length === 0) return;
    await tx.query(
      `UPDATE callbacks c SET waits = false FROM (
         SELECT DISTINCT n.* FROM unnest($1::uuid[], $2::text[]) AS k(endpoint_id, key) CROSS JOIN LATERAL (
           SELECT f.tenant_id, f.endpoint_id, f.event_id FROM callbacks f WHERE f.endpoint_id = k.endpoint_id AND f.order_key = k.key AND f.state = 'pending' ORDER BY f.seq LIMIT 1) n
       ) n WHERE c.tenant_id = n.tenant_id AND c.endpoint_id = n.endpoint_id AND c.event_id = n.event_id AND c.waits`,
      [keys.map((k) => k.endpointId), keys.map((k) => k.key)],
    );
  }

  /** Restores the order of conversations after a callback was put back. */
  async lineUp(tx: Tx, keys: OrderKey[]): Promise<void> {
    if (keys.length === 0) return;
    await tx.query(
      `UPDATE callbacks c SET waits = n.waits, priority = n.priority FROM (
         SELECT f.tenant_id, f.endpoint_id, f.event_id, row_number() OVER (PARTITION BY f.endpoint_id, f.order_key ORDER BY f.seq) > 1 AS waits,
           min(f.priority) OVER (${followers('f.endpoint_id, f.order_key', 'f.seq')}) AS priority
         FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[]) AS k(endpoint_id, key)) k
         JOIN callbacks f ON f.endpoint_id = k.endpoint_id AND f.order_key = k.key AND f.state = 'pending'
       ) n WHERE c.tenant_id = n.tenant_id AND c.endpoint_id = n.endpoint_id AND c.event_id = n.event_id AND (c.waits, c.priority) IS DISTINCT FROM (n.waits, n.priority)`,
      [keys.map((k) => k.endpointId), keys.map((k) => k.key)],
    );
  }

  /** Makes a chunk of callbacks that wait for a retry due at once. @returns whether there may be more */
  async hurry(sql: Sql, endpointId: string): Promise<boolean> {
    const rows = await sql.query(
      `UPDATE callbacks c SET next_attempt_at = heliograph_now() FROM (
         SELECT tenant_id, endpoint_id, event_id FROM callbacks WHERE endpoint_id = $1 AND state = 'pending' AND NOT waits AND next_attempt_at > heliograph_now()
         ORDER BY priority, next_attempt_at, seq LIMIT $2 FOR UPDATE SKIP LOCKED
       ) w WHERE c.tenant_id = w.tenant_id AND c.endpoint_id = w.endpoint_id AND c.event_id = w.event_id RETURNING 1`,
      [endpointId, hurryChunk],
    );
    return rows.length === hurryChunk;
  }
}
