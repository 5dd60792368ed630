/** SQL: the session from which a recipient was first written to, if it is one of `sessions`; null: none. @param sessions SQL of an array of ids */
export const stickySessionSql = (tenantId: string, recipient: string, sessions: string): string =>
  `(SELECT r.session_id FROM contact_routes r WHERE r.tenant_id = ${tenantId} AND r.recipient = ${recipient} AND r.session_id = ANY (${sessions}))`;

/**
 * SQL: parts of a WITH clause that store the sessions of recipients, set-wise, as `keepRoutes` does it. A recipient with a session keeps it, unless
 * that session is deleted; once a day the route is marked as used.
 * @param rows query with the columns tenant_id, recipient and session_id, which is read twice. Both parts return the recipients
 */
export const keepRoutesSql = (rows: string): string => `kept_routes AS (
  INSERT INTO contact_routes AS c (tenant_id, recipient, session_id)
  SELECT r.tenant_id, r.recipient, r.session_id FROM (${rows}) r
  -- An upsert would lock the rows of everybody who was written to before.
  WHERE NOT EXISTS (
    SELECT 1 FROM contact_routes k JOIN sessions s ON s.id = k.session_id AND s.deleted_at IS NULL WHERE k.tenant_id = r.tenant_id AND k.recipient = r.recipient
  )
  ORDER BY r.recipient
  ON CONFLICT (tenant_id, recipient) DO UPDATE SET session_id = excluded.session_id, used_at = heliograph_now()
    WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = c.session_id AND s.deleted_at IS NULL)
  RETURNING c.recipient
), used_routes AS (
  UPDATE contact_routes c SET used_at = heliograph_now()
  FROM (
    SELECT k.tenant_id, k.recipient FROM (${rows}) r JOIN contact_routes k ON k.tenant_id = r.tenant_id AND k.recipient = r.recipient
    JOIN sessions s ON s.id = k.session_id AND s.deleted_at IS NULL
    WHERE k.used_at < heliograph_now() - interval '1 day' ORDER BY k.recipient FOR UPDATE OF k SKIP LOCKED
  ) stale WHERE c.tenant_id = stale.tenant_id AND c.recipient = stale.recipient
  RETURNING c.recipient
)`;
