/** Outcomes of messages that left. */
export const leftOutcomes = ['sent', 'delivered', 'read', 'failed'] as const;
export type LeftOutcome = (typeof leftOutcomes)[number];
export type LeftCounts = Record<LeftOutcome, number>;

/** SQL: the minute of a time of the history, which is written by the server's own clock. */
export const minuteOf = (at: string) => `date_trunc('minute', ${at} + (heliograph_now() - statement_timestamp()))`;

const columns = leftOutcomes.join(', ');
const sums = leftOutcomes.map((outcome) => `coalesce(sum(count) FILTER (WHERE outcome = '${outcome}'), 0)`).join(', ');
const added = (table: string) => leftOutcomes.map((outcome) => `${outcome} = ${table}.${outcome} + excluded.${outcome}`).join(', ');

/**
 * Common table expressions that count the rows of `moved` for groups of campaigns. A message that leaves an outcome is taken off where it
 * was counted: a failure in the minute, and under the cause, of its last step into `failed`.
 */
export const groupFigures = `group_moved AS MATERIALIZED (
  SELECT v.tenant_id, coalesce(g.parent_id, g.id) AS group_id, v.session_id, v.message_id, s.outcome, s.count, s.minute, s.state, coalesce(s.cause, 'refused') AS cause
  FROM moved v JOIN message_groups g ON g.tenant_id = v.tenant_id AND g.id = v.group_id AND g.kind = 'campaign'
  LEFT JOIN LATERAL (
    SELECT ${minuteOf('p.at')} AS minute, p.cause FROM message_events p
    WHERE v.was = 'failed' AND p.tenant_id = v.tenant_id AND p.message_id = v.message_id AND p.to_state = 'failed' AND p.from_state <> 'failed' AND p.seq < v.seq
    ORDER BY p.seq DESC LIMIT 1) f ON true
  CROSS JOIN LATERAL (VALUES
    (v.becomes, 1, coalesce(CASE WHEN v.becomes <> 'failed' THEN v.sent_minute END, v.moved_minute), v.to_state, v.cause),
    (v.was, -1, coalesce(CASE WHEN v.was = 'failed' THEN f.minute ELSE v.sent_minute END, v.moved_minute), 'failed', f.cause)
  ) s(outcome, count, minute, state, cause)
  WHERE v.group_id IS NOT NULL AND v.was <> v.becomes AND s.outcome IN ('sent', 'delivered', 'read', 'failed', 'unsent')
), group_asked_to_wait AS MATERIALIZED (
  SELECT v.tenant_id, coalesce(g.parent_id, g.id) AS group_id, v.moved_minute AS minute, count(*) AS count
  FROM moved v JOIN message_groups g ON g.tenant_id = v.tenant_id AND g.id = v.group_id AND g.kind = 'campaign' WHERE v.throttled GROUP BY 1, 2, 3
), group_minutes AS (
  INSERT INTO group_flow AS f (tenant_id, group_id, minute, ${columns}, throttled)
  SELECT tenant_id, group_id, minute, ${sums}, sum(throttled) FROM (
    SELECT tenant_id, group_id, minute, outcome, count, 0 AS throttled FROM group_moved WHERE outcome <> 'unsent'
    UNION ALL SELECT tenant_id, group_id, minute, NULL, 0, count FROM group_asked_to_wait
  ) x GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT (tenant_id, group_id, minute) DO UPDATE SET ${added('f')}, throttled = f.throttled + excluded.throttled
), group_numbers AS (
  INSERT INTO group_lanes AS l (tenant_id, group_id, session_id, ${columns}, minute, in_minute, minute_before)
  SELECT tenant_id, group_id, session_id, ${sums}, last, coalesce(sum(count) FILTER (WHERE minute = last), 0), coalesce(sum(count) FILTER (WHERE minute = last - interval '1 min'), 0)
  FROM (SELECT *, max(minute) OVER (PARTITION BY tenant_id, group_id, session_id) AS last FROM group_moved WHERE outcome <> 'unsent' AND session_id IS NOT NULL) x
  GROUP BY tenant_id, group_id, session_id, last ORDER BY 1, 2, 3
  ON CONFLICT (tenant_id, group_id, session_id) DO UPDATE SET ${added('l')}, minute = greatest(l.minute, excluded.minute),
    in_minute = CASE WHEN excluded.minute > l.minute THEN excluded.in_minute WHEN excluded.minute = l.minute THEN l.in_minute + excluded.in_minute ELSE l.in_minute END,
    minute_before = CASE
      WHEN excluded.minute = l.minute THEN l.minute_before + excluded.minute_before
      WHEN excluded.minute = l.minute + interval '1 min' THEN l.in_minute + excluded.minute_before
      WHEN excluded.minute > l.minute THEN excluded.minute_before
      WHEN excluded.minute = l.minute - interval '1 min' THEN l.minute_before + excluded.in_minute
      ELSE l.minute_before END
), group_reasons AS (
  INSERT INTO group_causes AS c (tenant_id, group_id, state, cause, count)
  SELECT tenant_id, group_id, state, cause, sum(count) FROM group_moved WHERE outcome IN ('failed', 'unsent') GROUP BY 1, 2, 3, 4 HAVING sum(count) <> 0 ORDER BY 1, 2, 3, 4
  ON CONFLICT (tenant_id, group_id, state, cause) DO UPDATE SET count = c.count + excluded.count
), group_ended AS MATERIALIZED (
  SELECT tenant_id, group_id, state, message_id, sum(count) AS change FROM group_moved WHERE outcome IN ('failed', 'unsent') AND state IN ('failed', 'suppressed') GROUP BY 1, 2, 3, 4
), group_ends_added AS (
  INSERT INTO group_ends (tenant_id, group_id, state, message_id) SELECT tenant_id, group_id, state, message_id FROM group_ended WHERE change > 0 ORDER BY 1, 2, 3, 4
  ON CONFLICT DO NOTHING
), group_ends_gone AS (
  DELETE FROM group_ends e USING group_ended x
  WHERE e.tenant_id = x.tenant_id AND e.group_id = x.group_id AND e.state = x.state AND e.message_id = x.message_id AND x.change < 0
)`;
