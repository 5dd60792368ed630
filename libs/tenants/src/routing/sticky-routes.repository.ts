/** SQL: the session from which a recipient was first written to, if it is one of `sessions`; null: none. @param sessions SQL of an array of ids */
export const stickySessionSql = (tenantId: string, recipient: string, sessions: string): string =>
  `(SELECT r.session_id FROM contact_routes r WHERE r.tenant_id = ${tenantId} AND r.recipient = ${recipient} AND r.session_id = ANY (${sessions}))`;

/**
 * SQL: a part of a WITH clause that stores the sessions of recipients. A recipient with a session keeps it, unless that session is deleted.
 * @param rows query with the columns tenant_id, recipient and session_id
 */
export const keepRoutesSql = (rows: string): string => `kept_routes AS (
  INSERT INTO contact_routes AS c (tenant_id, recipient, session_id)
  SELECT r.tenant_id, r.recipient, r.session_id FROM (${rows}) r ORDER BY r.recipient
  ON CONFLICT (tenant_id, recipient) DO UPDATE SET session_id = excluded.session_id, used_at = heliograph_now()
    WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = c.session_id AND s.deleted_at IS NULL)
)`;
