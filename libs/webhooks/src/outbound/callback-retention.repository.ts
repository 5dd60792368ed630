import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, type PurgeChunk, Purges, type Tx, untilNotFull } from '@heliograph/kernel';
import { CallbackEvents, type OrderKey } from './callback-events.repository';
import type { OutboundConfig } from './outbound.config';

/** Purges old callbacks. */
@Injectable()
export class CallbackRetention {
  private readonly log = new Logger(CallbackRetention.name);

  constructor(
    private readonly events: CallbackEvents,
    purges: Purges,
    @Inject(APP_CONFIG) private readonly config: Pick<OutboundConfig, 'CALLBACK_RETENTION_DAYS'>,
  ) {
    const keptDays = config.CALLBACK_RETENTION_DAYS;
    purges.register({ table: 'callback_events', keptDays, purgeSome: (tx, limit) => this.purgeEvents(tx, limit) });
    purges.register({ table: 'callback_hours', keptDays, purgeSome: (tx, limit) => this.purgeHours(tx, limit) });
    purges.register({ table: 'callback_endpoints', keptDays, purgeSome: (tx) => this.purgeEndpoints(tx) });
  }

  /** Deletes events with their log. Adds callbacks that were never delivered to the count of their endpoint. */
  private async purgeEvents(tx: Tx, limit: number): Promise<PurgeChunk> {
    const old = await tx.query<{ tenant_id: string; id: string }>(
      `SELECT tenant_id, id FROM callback_events WHERE at < heliograph_now() - $1 * interval '1 day' ORDER BY at LIMIT $2`,
      [this.config.CALLBACK_RETENTION_DAYS, limit],
    );
    if (old.length === 0) return { deleted: {}, next: null };
    const ids = [old.map((event) => event.tenant_id), old.map((event) => event.id)];
    const endpoints = await tx.query<{ id: string }>(`SELECT id FROM callback_endpoints WHERE tenant_id = ANY ($1::uuid[])`, [
      [...new Set(ids[0])],
    ]);
    await this.events.holdOrder(
      tx,
      endpoints.map((endpoint) => endpoint.id),
    );
    const lost = await tx.query<{ endpointId: string; key: string | null; count: number }>(
      `WITH old AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS g(tenant_id, id)), event AS (
           DELETE FROM callback_events v USING old o WHERE v.tenant_id = o.tenant_id AND v.id = o.id
         ), callback AS (
           DELETE FROM callbacks c USING old o, callback_endpoints e WHERE e.tenant_id = o.tenant_id AND c.tenant_id = o.tenant_id AND c.endpoint_id = e.id AND c.event_id = o.id
           RETURNING c.tenant_id, c.endpoint_id, c.order_key, c.state
         ), attempt AS (
           DELETE FROM callback_attempts a USING old o, callback_endpoints e WHERE e.tenant_id = o.tenant_id AND a.tenant_id = o.tenant_id AND a.endpoint_id = e.id AND a.event_id = o.id
         ), counted AS (
           UPDATE callback_endpoints e SET dropped = e.dropped + l.count FROM (SELECT tenant_id, endpoint_id, count(*) AS count FROM callback WHERE state = 'pending' GROUP BY 1, 2) l
           WHERE e.tenant_id = l.tenant_id AND e.id = l.endpoint_id
         )
         SELECT endpoint_id AS "endpointId", order_key AS key, count(*)::int AS count FROM callback WHERE state = 'pending' GROUP BY 1, 2`,
      ids,
    );
    await this.events.release(
      tx,
      lost.filter((l): l is OrderKey & { count: number } => l.key !== null),
    );
    const dropped = lost.reduce((sum, l) => sum + l.count, 0);
    if (dropped > 0) this.log.warn({ event: 'callbacks.dropped', count: dropped });
    return { deleted: { callback_events: old.length }, next: old.length < limit ? null : '' };
  }

  /** Deletes the counts of hours that have passed. */
  private async purgeHours(tx: Tx, limit: number): Promise<PurgeChunk> {
    const rows = await tx.query(
      `DELETE FROM callback_hours h USING (
         SELECT tenant_id, endpoint_id, hour FROM callback_hours WHERE hour < heliograph_now() - $1 * interval '1 day' ORDER BY hour LIMIT $2
       ) o WHERE h.tenant_id = o.tenant_id AND h.endpoint_id = o.endpoint_id AND h.hour = o.hour RETURNING 1`,
      [this.config.CALLBACK_RETENTION_DAYS, limit],
    );
    return untilNotFull('callback_hours', rows.length, limit);
  }

  /** Deletes deleted endpoints once their log is gone. */
  private async purgeEndpoints(tx: Tx): Promise<PurgeChunk> {
    const rows = await tx.query(
      `DELETE FROM callback_endpoints e WHERE e.state = 'deleted' AND NOT EXISTS (SELECT 1 FROM callbacks c WHERE c.tenant_id = e.tenant_id AND c.endpoint_id = e.id)
         AND NOT EXISTS (SELECT 1 FROM callback_attempts a WHERE a.tenant_id = e.tenant_id AND a.endpoint_id = e.id) RETURNING 1`,
    );
    return { deleted: { callback_endpoints: rows.length }, next: null };
  }
}
