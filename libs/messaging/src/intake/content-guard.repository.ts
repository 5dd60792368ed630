/**
 * SQL: takes the content guards of messages that are about to be called, and returns `message_id` of those that got theirs. A guard is free when its
 * time is over; of several messages with the same content the first gets it.
 * @param rows name of a query of tenant_id, id, content_hash, content_window_s and place
 */
export const guardsTakenSql = (rows: string): string => `
  INSERT INTO content_guards AS g (tenant_id, content_hash, message_id, until)
  SELECT DISTINCT ON (p.tenant_id, p.content_hash) p.tenant_id, p.content_hash, p.id, heliograph_now() + p.content_window_s * interval '1 s'
  FROM ${rows} p WHERE p.content_hash IS NOT NULL ORDER BY p.tenant_id, p.content_hash, p.place
  ON CONFLICT (tenant_id, content_hash) DO UPDATE SET message_id = excluded.message_id, until = excluded.until
    WHERE g.until <= heliograph_now() OR g.message_id = excluded.message_id
  RETURNING g.message_id`;
