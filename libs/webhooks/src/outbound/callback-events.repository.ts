import { Injectable } from '@nestjs/common';
import type { Sql } from '@heliograph/kernel';
import type { CallbackEvent } from './callback-types';

/** Events on their way to endpoints. */
@Injectable()
export class CallbackEvents {
  /** Tenants with an endpoint: only what happens to them is worth reading. */
  async tenantsThatListen(sql: Sql): Promise<string[]> {
    const rows = await sql.prepared<{ tenant_id: string }>(
      'tenants_that_listen',
      `SELECT DISTINCT tenant_id FROM callback_endpoints WHERE state <> 'deleted'`,
    );
    return rows.map((row) => row.tenant_id);
  }

  /** Stores events, in this order, for every endpoint that wants them; what no endpoint wants is not stored. */
  async store(sql: Sql, events: CallbackEvent[]): Promise<void> {
    if (events.length === 0) return;
    await sql.prepared(
      'store_callback_events',
      `WITH given AS MATERIALIZED (
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::bool[], $7::text[]) WITH ORDINALITY
           AS g(tenant_id, id, type, session_id, order_key, actionable, body, place)
       ), wanted AS MATERIALIZED (
         SELECT g.*, e.id AS endpoint_id, e.ordered FROM given g JOIN callback_endpoints e ON e.tenant_id = g.tenant_id AND e.state <> 'deleted'
           AND (e.types IS NULL OR g.type = ANY (e.types)) AND (e.session_ids IS NULL OR g.session_id = ANY (e.session_ids)) AND (g.actionable OR NOT e.only_actionable)
       ), stored AS (
         INSERT INTO callback_events (tenant_id, id, type, session_id, body)
         SELECT tenant_id, id, type, session_id, body FROM given g WHERE EXISTS (SELECT 1 FROM wanted w WHERE w.id = g.id)
       )
       INSERT INTO callbacks (tenant_id, endpoint_id, event_id, order_key)
       SELECT tenant_id, endpoint_id, id, CASE WHEN ordered THEN order_key END FROM wanted ORDER BY place`,
      [
        events.map((e) => e.tenantId),
        events.map((e) => e.id),
        events.map((e) => e.type),
        events.map((e) => e.sessionId),
        events.map((e) => e.orderKey),
        events.map((e) => e.actionable),
        events.map((e) => e.body),
      ],
    );
  }

  /** Stores an event for one endpoint, whatever that wants otherwise. */
  async storeFor(sql: Sql, endpointId: string, { tenantId, id, type, sessionId, body }: CallbackEvent): Promise<void> {
    await sql.query(
      `WITH stored AS (INSERT INTO callback_events (tenant_id, id, type, session_id, body) VALUES ($1, $3, $4, $5, $6))
       INSERT INTO callbacks (tenant_id, endpoint_id, event_id) VALUES ($1, $2, $3)`,
      [tenantId, endpointId, id, type, sessionId, body],
    );
  }
}
