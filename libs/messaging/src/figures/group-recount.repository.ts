import { feedPositionOf, type Sql } from '@heliograph/kernel';
import { leftOutcomes } from './group-counting.repository';
import { countsReader } from './message-counting';

/** A counter of a group that differs from its messages. */
export interface CountDifference {
  state: string;
  counted: number;
  actual: number;
}

/** Compares the counters of a group, and of its parts, with its messages, in one snapshot. @returns the differences */
export function groupCountDifferences(sql: Sql, tenantId: string, groupId: string): Promise<CountDifference[]> {
  return sql.query<CountDifference>(
    `WITH family AS (SELECT g.id FROM message_groups g WHERE g.tenant_id = $1 AND (g.id = $2 OR g.parent_id = $2))
     SELECT coalesce(c.state, m.state) AS state, coalesce(c.count, 0)::int AS counted, coalesce(m.count, 0)::int AS actual
     FROM (SELECT c.state, sum(c.count) AS count FROM message_group_counts c JOIN family f ON f.id = c.group_id WHERE c.tenant_id = $1 GROUP BY 1) c
     FULL JOIN (SELECT m.state, count(*) AS count FROM messages m JOIN family f ON f.id = m.group_id WHERE m.tenant_id = $1 GROUP BY 1) m ON m.state = c.state
     WHERE coalesce(c.count, 0) <> coalesce(m.count, 0) ORDER BY 1`,
    [tenantId, groupId],
  );
}

const outcomes = leftOutcomes.map((outcome) => `'${outcome}'`).join(', ');

/**
 * SQL: groups of campaigns whose figures by number, or by minute, differ from their messages. Groups with moves that are not counted yet are left
 * out, and so are those of which messages were purged, which the figures outlive.
 */
export const wrongGroupFigures = `
  WITH behind AS (
    SELECT DISTINCT m.tenant_id, m.group_id FROM message_events e JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
    WHERE m.group_id IS NOT NULL AND e.tx >= coalesce(${feedPositionOf(countsReader)}, 0)
  ), actual AS (
    SELECT coalesce(g.parent_id, g.id) AS group_id, g.tenant_id, o.outcome, count(m.id) FILTER (WHERE message_outcome(m.state) = o.outcome) AS count
    FROM message_groups g JOIN messages m ON m.tenant_id = g.tenant_id AND m.group_id = g.id CROSS JOIN unnest(ARRAY[${outcomes}]) AS o(outcome)
    WHERE g.kind = 'campaign' AND NOT EXISTS (SELECT 1 FROM behind b WHERE b.tenant_id = g.tenant_id AND b.group_id = g.id) GROUP BY 1, 2, 3
  ), counted AS (
    SELECT 'group_lanes' AS source, l.tenant_id, l.group_id, o.outcome, sum(o.count) AS count FROM group_lanes l
    CROSS JOIN LATERAL (VALUES ${leftOutcomes.map((outcome) => `('${outcome}', l.${outcome})`).join(', ')}) o(outcome, count) GROUP BY 2, 3, 4
    UNION ALL
    SELECT 'group_flow', f.tenant_id, f.group_id, o.outcome, sum(o.count) FROM group_flow f
    CROSS JOIN LATERAL (VALUES ${leftOutcomes.map((outcome) => `('${outcome}', f.${outcome})`).join(', ')}) o(outcome, count) GROUP BY 2, 3, 4
  ), compared AS (
    SELECT s.source, a.tenant_id, a.group_id, a.count AS actual, coalesce(c.count, 0) AS counted FROM actual a CROSS JOIN (VALUES ('group_lanes'), ('group_flow')) s(source)
    LEFT JOIN counted c ON c.source = s.source AND c.tenant_id = a.tenant_id AND c.group_id = a.group_id AND c.outcome = a.outcome
  )
  SELECT group_id::text AS id FROM compared GROUP BY source, tenant_id, group_id
  HAVING sum(counted) < sum(actual) OR sum(counted) = sum(actual) AND bool_or(counted <> actual)`;
