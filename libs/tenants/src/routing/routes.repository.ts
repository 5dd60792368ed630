import type { Sql } from '@heliograph/kernel';
import { isSessionOpen } from '../sessions/session-rows.repository';

/** A session that can be picked for a message. */
export interface Candidate {
  id: string;
  name: string;
  weight: number;
  tags: string[];
  usable: boolean;
  /** Seconds since it may not send; 0 for a usable one. */
  downS: number;
}

/** Returns the sessions of a tenant, in a fixed order. */
export function candidatesOf(sql: Sql, tenantId: string): Promise<Candidate[]> {
  return sql.query<Candidate>(
    `SELECT id, name, weight, tags, ${isSessionOpen('s')} AS usable,
       CASE WHEN ${isSessionOpen('s')} THEN 0 ELSE greatest(0, extract(epoch FROM heliograph_now() - status_since))::float8 END AS "downS"
     FROM sessions s WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY id`,
    [tenantId],
  );
}

/** Returns the session from which a recipient was first written to; null: none. */
export async function routeOf(sql: Sql, tenantId: string, recipient: string): Promise<string | null> {
  const [known] = await sql.query<{ session_id: string }>('SELECT session_id FROM contact_routes WHERE tenant_id = $1 AND recipient = $2', [
    tenantId,
    recipient,
  ]);
  return known?.session_id ?? null;
}

/**
 * Stores routes. The first writer wins, so two processes agree on a recipient's session. Replaces a route to a deleted session.
 * @returns the session of each recipient
 */
export async function keepRoutes(sql: Sql, tenantId: string, routes: { to: string; sessionId: string }[]): Promise<Map<string, string>> {
  const rows = await sql.query<{ recipient: string; session_id: string }>(
    `WITH want AS MATERIALIZED (SELECT DISTINCT ON (recipient) * FROM unnest($2::text[], $3::uuid[]) AS w(recipient, session_id) ORDER BY recipient),
     known AS (SELECT r.recipient, r.session_id, r.used_at FROM want w JOIN contact_routes r ON r.tenant_id = $1 AND r.recipient = w.recipient JOIN sessions s ON s.id = r.session_id AND s.deleted_at IS NULL),
     -- Once a day, so that a route is kept for as long as it is used. A route that is locked by another process is in use.
     stale AS MATERIALIZED (SELECT r.recipient FROM known k JOIN contact_routes r ON r.tenant_id = $1 AND r.recipient = k.recipient WHERE k.used_at < heliograph_now() - interval '1 day' FOR UPDATE OF r SKIP LOCKED),
     used AS (UPDATE contact_routes r SET used_at = heliograph_now() FROM stale WHERE r.tenant_id = $1 AND r.recipient = stale.recipient),
     made AS (
       INSERT INTO contact_routes AS c (tenant_id, recipient, session_id) SELECT $1, recipient, session_id FROM want WHERE recipient NOT IN (SELECT recipient FROM known) ORDER BY recipient
       ON CONFLICT (tenant_id, recipient) DO UPDATE SET used_at = heliograph_now(), session_id =
         CASE WHEN EXISTS (SELECT 1 FROM sessions s WHERE s.id = c.session_id AND s.deleted_at IS NULL) THEN c.session_id ELSE excluded.session_id END
       RETURNING recipient, session_id
     )
     SELECT recipient, session_id FROM known UNION ALL SELECT recipient, session_id FROM made`,
    [tenantId, routes.map((r) => r.to), routes.map((r) => r.sessionId)],
  );
  return new Map(rows.map((row) => [row.recipient, row.session_id]));
}
