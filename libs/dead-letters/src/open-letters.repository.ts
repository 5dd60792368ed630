import type { Sql } from '@heliograph/kernel';
import type { CauseGroup } from './dead-letter';

/** Half days of a trend. */
const trendLength = 14;

/**
 * Counts open letters by tenant, kind and cause, the most first. An index holds all that is read, of open letters alone.
 * @param tenantIds null: all tenants
 */
export function openLettersByCause(sql: Sql, tenantIds: string[] | null): Promise<CauseGroup[]> {
  const age = `greatest(0, floor(extract(epoch FROM heliograph_now() - created_at) / 43200))::int`;
  return sql.query<CauseGroup>(
    `SELECT tenant_id AS "tenantId", kind, cause, sum(n)::int AS count, coalesce(sum(n) FILTER (WHERE age < 2), 0)::int AS recent,
       min(first_at) AS "firstAt", max(last_at) AS "lastAt",
       ARRAY(SELECT coalesce((jsonb_object_agg(age, n) -> (${trendLength} - i)::text)::int, 0) FROM generate_series(1, ${trendLength}) i ORDER BY i) AS trend
     FROM (
       SELECT tenant_id, kind, cause, least(${age}, ${trendLength}) AS age, count(*) AS n, min(created_at) AS first_at, max(created_at) AS last_at
       FROM dead_letters WHERE ($1::uuid[] IS NULL OR tenant_id = ANY ($1)) AND state = 'open' GROUP BY 1, 2, 3, 4
     ) x GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3`,
    [tenantIds],
  );
}
