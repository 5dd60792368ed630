import type { Sql } from '@heliograph/kernel';
import type { CauseGroup } from './dead-letter';

/** Half days of a trend. */
const trendLength = 14;
const halfDaySeconds = 43_200;

/** Returns SQL of the first open letter by tenant, kind and cause among those of a condition. */
const firstOpen = (condition: string): string =>
  `SELECT d.tenant_id, d.kind, d.cause FROM dead_letters d WHERE d.state = 'open' AND ${condition} ORDER BY d.tenant_id, d.kind, d.cause LIMIT 1`;

/** SQL of the causes of open letters: each is found by one entry of the index, whatever number of letters has it. */
const causesOf = (isAll: boolean): string => {
  const [first, next] = isAll
    ? [`(${firstOpen('true')})`, '(d.tenant_id, d.kind, d.cause) > (g.tenant_id, g.kind, g.cause)']
    : [
        `SELECT f.* FROM unnest($1::uuid[]) AS t(id) CROSS JOIN LATERAL (${firstOpen('d.tenant_id = t.id')}) f`,
        'd.tenant_id = g.tenant_id AND (d.kind, d.cause) > (g.kind, g.cause)',
      ];
  return `${first} UNION ALL SELECT n.* FROM causes g CROSS JOIN LATERAL (${firstOpen(next)}) n`;
};

/**
 * Counts open letters by tenant, kind and cause, the most first. An index holds all that is read, of open letters alone. The letters of a cause
 * are counted by half days alone: comparing tenants, kinds and causes too would take most of the time.
 * @param tenantIds null: all tenants
 */
export function openLettersByCause(sql: Sql, tenantIds: string[] | null): Promise<CauseGroup[]> {
  const age = `least(${trendLength}, greatest(0, date_part('epoch', heliograph_now() - b.bin) / ${halfDaySeconds} - 1))::int`;
  return sql.query<CauseGroup>(
    `WITH RECURSIVE causes AS (${causesOf(tenantIds === null)})
     SELECT c.tenant_id AS "tenantId", c.kind, c.cause, x.*
     FROM causes c CROSS JOIN LATERAL (
       SELECT sum(n)::int AS count, coalesce(sum(n) FILTER (WHERE age < 2), 0)::int AS recent, min(first_at) AS "firstAt", max(last_at) AS "lastAt",
         ARRAY(SELECT coalesce((jsonb_object_agg(age, n) -> (${trendLength} - i)::text)::int, 0) FROM generate_series(1, ${trendLength}) i ORDER BY i) AS trend
       FROM (
         SELECT ${age} AS age, sum(b.n) AS n, min(b.first_at) AS first_at, max(b.last_at) AS last_at FROM (
           SELECT date_bin('12 hours', d.created_at, heliograph_now()) AS bin, count(*) AS n, min(d.created_at) AS first_at, max(d.created_at) AS last_at
           FROM dead_letters d WHERE d.tenant_id = c.tenant_id AND d.kind = c.kind AND d.cause = c.cause AND d.state = 'open' GROUP BY 1) b GROUP BY 1) ages
     ) x ORDER BY x.count DESC, 1, 2, 3`,
    tenantIds === null ? [] : [tenantIds],
  );
}
