import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type PurgeChunk, Purges, type Tx, untilNotFull } from '@heliograph/kernel';
import type { TenantsConfig } from '../tenants.config';

/** Registers the purges of sessions' history and of sticky routes. */
@Injectable()
export class TenantRetention {
  constructor(
    purges: Purges,
    @Inject(APP_CONFIG) private readonly config: Pick<TenantsConfig, 'SESSION_HISTORY_RETENTION_DAYS' | 'ROUTE_RETENTION_DAYS'>,
  ) {
    purges.register({
      table: 'session_events',
      keptDays: config.SESSION_HISTORY_RETENTION_DAYS,
      purgeSome: (tx, limit) => this.purgeHistory(tx, limit),
    });
    purges.register({
      table: 'contact_routes',
      keptDays: config.ROUTE_RETENTION_DAYS,
      purgeSome: (tx, limit) => this.purgeRoutes(tx, limit),
    });
  }

  private async purgeHistory(tx: Tx, limit: number): Promise<PurgeChunk> {
    const rows = await tx.query(
      `DELETE FROM session_events e USING (
         SELECT tenant_id, session_id, id FROM session_events WHERE at < heliograph_now() - $1 * interval '1 day' LIMIT $2 FOR UPDATE SKIP LOCKED) x
       WHERE e.tenant_id = x.tenant_id AND e.session_id = x.session_id AND e.id = x.id RETURNING 1`,
      [this.config.SESSION_HISTORY_RETENTION_DAYS, limit],
    );
    return untilNotFull('session_events', rows.length, limit);
  }

  private async purgeRoutes(tx: Tx, limit: number): Promise<PurgeChunk> {
    const rows = await tx.query(
      `DELETE FROM contact_routes r USING (
         SELECT tenant_id, recipient FROM contact_routes WHERE used_at < heliograph_now() - $1 * interval '1 day' ORDER BY used_at LIMIT $2 FOR UPDATE SKIP LOCKED) x
       WHERE r.tenant_id = x.tenant_id AND r.recipient = x.recipient RETURNING 1`,
      [this.config.ROUTE_RETENTION_DAYS, limit],
    );
    return untilNotFull('contact_routes', rows.length, limit);
  }
}
