import type { Sql } from '@heliograph/kernel';

/** A session at a registered account that lacks some of the events. */
export interface UnsubscribedSession {
  tenantId: string;
  id: string;
  accountId: string;
  providerSessionId: string;
}

/** Takes one session whose webhook lacks events, for `seconds`; null: there is none to try now. */
export async function takeUnsubscribed(sql: Sql, events: readonly string[], seconds: number): Promise<UnsubscribedSession | null> {
  const [taken] = await sql.query<UnsubscribedSession>(
    `WITH due AS (
       SELECT tenant_id, id FROM sessions
       WHERE deleted_at IS NULL AND account_id IS NOT NULL AND provider_session_id IS NOT NULL
         AND hook_events IS DISTINCT FROM $1::text[] AND hook_events_try_at <= heliograph_now()
       ORDER BY hook_events_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
     )
     UPDATE sessions s SET hook_events_try_at = heliograph_now() + make_interval(secs => $2)
     FROM due WHERE s.tenant_id = due.tenant_id AND s.id = due.id
     RETURNING s.tenant_id AS "tenantId", s.id, s.account_id AS "accountId", s.provider_session_id AS "providerSessionId"`,
    [events, seconds],
  );
  return taken ?? null;
}

/** Records the events that the provider accepted. What is missing is asked for again after `seconds`. */
export async function storeHookEvents(
  sql: Sql,
  { tenantId, id }: { tenantId: string; id: string },
  events: readonly string[],
  seconds: number,
): Promise<void> {
  await sql.query(
    `UPDATE sessions SET hook_events = $3, hook_events_try_at = heliograph_now() + make_interval(secs => $4) WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id, events, seconds],
  );
}
