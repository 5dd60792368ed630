import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';

/** Maximum number of hooks of a tenant, the newest first, among which the last one of a session is looked for. */
export const maxLookedAt = 2_000;

/** Finds the last hook of a session. */
@Injectable()
export class LastHooks {
  constructor(private readonly db: Database) {}

  /**
   * Returns when the last hook of a session that was read came in; null: none of the newest hooks of its tenant is one. No index names the session
   * of a hook, since storing hooks must stay cheap: the newest ones of the tenant are read by the primary key, up to a bound.
   */
  async at(tenantId: string, sessionId: string): Promise<Date | null> {
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ at: Date }>(
        `SELECT h.received_at AS at FROM (
           SELECT id, session_id, received_at, processed_at FROM hook_inbox WHERE tenant_id = $1 ORDER BY id DESC LIMIT ${maxLookedAt}
         ) h WHERE h.session_id = $2 AND h.processed_at IS NOT NULL ORDER BY h.id DESC LIMIT 1`,
        [tenantId, sessionId],
      ),
    );
    return row?.at ?? null;
  }
}
