import type { Sql } from '@heliograph/kernel';

/** Open letters of a tenant with one cause. */
export interface OpenCause {
  tenantId: string;
  kind: string;
  cause: string;
  count: number;
  /** Letters among them that opened within the last 24 hours. */
  recent: number;
  firstAt: Date;
  lastAt: Date;
}

/** Counts open letters by tenant, kind and cause, the most first. @param tenantIds null: all tenants */
export function openLettersByCause(sql: Sql, tenantIds: string[] | null): Promise<OpenCause[]> {
  return sql.query<OpenCause>(
    `SELECT tenant_id AS "tenantId", kind, cause, count(*)::int AS count, count(*) FILTER (WHERE created_at > heliograph_now() - interval '24 hours')::int AS recent,
       min(created_at) AS "firstAt", max(created_at) AS "lastAt"
     FROM dead_letters WHERE ($1::uuid[] IS NULL OR tenant_id = ANY ($1)) AND state = 'open' GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3`,
    [tenantIds],
  );
}
