import { Injectable, Logger } from '@nestjs/common';
import { Database } from '@heliograph/kernel';

/** Rows deleted by one statement. */
const chunk = 5_000;

/** Ends what is kept of callbacks. */
@Injectable()
export class CallbackRetention {
  private readonly log = new Logger(CallbackRetention.name);

  constructor(private readonly db: Database) {}

  /** Deletes events older than so many days with their log. What was never delivered by then is counted on its endpoint. */
  async drop(days: number): Promise<void> {
    for (let count = chunk; count === chunk;) {
      const rows = await this.db.query<{ dropped: number }>(
        `WITH old AS MATERIALIZED (SELECT tenant_id, id FROM callback_events WHERE at < heliograph_now() - $1 * interval '1 day' LIMIT $2), event AS (
           DELETE FROM callback_events v USING old o WHERE v.tenant_id = o.tenant_id AND v.id = o.id RETURNING v.id
         ), callback AS (
           DELETE FROM callbacks c USING old o, callback_endpoints e WHERE e.tenant_id = o.tenant_id AND c.tenant_id = o.tenant_id AND c.endpoint_id = e.id AND c.event_id = o.id
           RETURNING c.tenant_id, c.endpoint_id, c.state
         ), attempt AS (
           DELETE FROM callback_attempts a USING old o, callback_endpoints e WHERE e.tenant_id = o.tenant_id AND a.tenant_id = o.tenant_id AND a.endpoint_id = e.id AND a.event_id = o.id
         ), lost AS (
           SELECT tenant_id, endpoint_id, count(*) AS count FROM callback WHERE state = 'pending' GROUP BY 1, 2
         ), counted AS (
           UPDATE callback_endpoints e SET dropped = e.dropped + l.count FROM lost l WHERE e.tenant_id = l.tenant_id AND e.id = l.endpoint_id
         )
         SELECT coalesce((SELECT sum(count) FROM lost), 0)::int AS dropped FROM event`,
        [days, chunk],
      );
      const dropped = rows[0]?.dropped ?? 0;
      if (dropped > 0) this.log.warn({ event: 'callbacks.dropped', count: dropped });
      count = rows.length;
    }
  }
}
