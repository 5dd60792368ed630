import { stateList, waitingStates } from '../message-states';
import { isSlotAhead, nextDayOf, paceReserve, usedTodayOf } from './lane-rules.repository';

/** Rows of a class or a group that a claim reads to find those that it may take. */
export const maxLeftOut = 500;

/** Groups of a lane and class between which one claim shares. The others get their turn once these have been given messages. */
const maxShared = 32;

/*
 * The part of a claim that shares a lane between groups that stand apart. All other messages, plain ones, form a group of their own, with
 * the id null.
 */

/** SQL: groups whose plain messages wait until they are moved apart, as a row `ids`. */
export const partingGroups = `SELECT coalesce(array_agg(g.id), '{}') AS ids FROM message_groups g WHERE g.standing = 'parting'`;

/** SQL: the group by which a new message of `row` waits in its lane; null: among the plain messages. */
export const laneGroupOf = (row: string): string =>
  `(SELECT g.id FROM message_groups g WHERE g.tenant_id = ${row}.tenant_id AND g.id = ${row}.group_id AND g.standing <> 'plain')`;

/** SQL: true for a message that need not be moved apart first. `parting` is a query of `partingGroups`. */
export const keepsPlace = (m: string, parting: string): string =>
  `(${m}.lane_group IS NOT NULL OR ${m}.group_id IS NULL OR ${m}.group_id <> ALL ((SELECT ids FROM ${parting})::uuid[]))`;

/**
 * SQL: true for a group whose messages may be sent, as an AND of conditions. `g` is an alias of `message_groups`, joined from the left, since a group may have no
 * row.
 */
export const isOpen = (g: string): string => `coalesce(${g}.state, 'open') = 'open' AND ${g}.is_refitting IS NOT TRUE`;

/** SQL: rows of messages that wait in a lane and class in one group that stands apart, or among the plain ones. Each branch reads one index range. */
export const waitingRows = (parts: {
  columns: string;
  lane: string;
  class: string;
  group: string;
  where: string;
  limit: string;
  /** Condition of messages that the claim may take. Applied to the first rows of the range only. */
  stays?: string | undefined;
  /** The same for messages of groups that stand apart. */
  staysApart?: string | undefined;
}): string => {
  const branch = (group: string, stays: string | undefined) => {
    const range = `FROM messages x
      WHERE x.session_id = ${parts.lane}.session_id AND x.class = ${parts.class} AND ${group} AND x.due_at IS NOT NULL AND x.state IN ${stateList(waitingStates)}
        AND ${parts.where} ORDER BY x.due_at LIMIT`;
    return stays
      ? `(SELECT ${parts.columns} FROM (SELECT x.* ${range} ${maxLeftOut}) x WHERE ${stays} ORDER BY x.due_at LIMIT ${parts.limit})`
      : `(SELECT ${parts.columns} ${range} ${parts.limit})`;
  };
  const apart = [parts.stays, parts.staysApart].flatMap((condition) => (condition ? [`(${condition})`] : [])).join(' AND ');
  return `${branch(`x.lane_group IS NULL AND ${parts.group} IS NULL`, parts.stays)} UNION ALL ${branch(`x.lane_group = ${parts.group}`, apart || undefined)}`;
};

/** SQL: messages of a row of `message_groups` sent today. The zone is read only after a claim has counted by it, so that no unknown one fails a statement. */
export const sentTodaySql = `CASE WHEN message_groups.day_used = 0 THEN 0 ELSE ${usedTodayOf('message_groups', 'heliograph_now()')} END`;

/** SQL: true for a group with a rate or a cap of its own, as an OR of conditions. */
export const isLimited = (g: string): string => `${g}.window_limit IS NOT NULL OR ${g}.daily_cap IS NOT NULL`;

/** SQL: messages that the cap of a group still allows today; null: it has none. */
export const groupLeftOf = (g: string, now: string): string => `${g}.daily_cap - ${usedTodayOf(g, now)}`;

/** SQL: true for a message that may be sent at any time, or whose window is not over. */
export const isInWindow = (m: string, now: string): string => `(${m}.window_ends_at IS NULL OR ${m}.window_ends_at > ${now})`;

/** SQL: true when a message of the lane waits and is due, in an open group that stands apart or among the plain ones. `lane` is an alias of a row of `lanes`. */
export const dueWaitingOf = (lane: string, now: string, hasGroups = true): string => {
  const due = (rest: string) =>
    `SELECT 1 FROM messages x WHERE x.session_id = ${lane}.session_id AND x.due_at IS NOT NULL AND x.due_at <= ${now} AND x.state IN ${stateList(waitingStates)} AND ${rest}`;
  const plain = `EXISTS (${due('x.lane_group IS NULL')})`;
  if (!hasGroups) return plain;
  return `(${plain} OR EXISTS (SELECT 1 FROM lane_groups lg LEFT JOIN message_groups mg ON mg.tenant_id = lg.tenant_id AND mg.id = lg.group_id
      CROSS JOIN LATERAL (${due('x.class = lg.class AND x.lane_group = lg.group_id')} LIMIT 1) x
      WHERE lg.session_id = ${lane}.session_id AND ${isOpen('mg')}))`;
};

/** SQL: expiry of a message of a group with these pauses. Time spent in a pause does not count. `m` is an alias of `messages`. */
export const expiryOf = (m: string, pauses: string): string =>
  `CASE WHEN ${pauses} <> '{}' THEN ${m}.expires_at + group_paused_after(${pauses}, coalesce(${m}.pauses_counted_at, ${m}.created_at)) ELSE ${m}.expires_at END`;

/**
 * SQL: groups that the claim reads, and the messages that each may give, between `lane` and `candidate`. A group with a rate or a cap is
 * locked, after lanes and pools, and given to one lane of the statement; the other lanes claim again.
 * @param filter further condition on a message
 * @param stays condition of messages that the claim may take
 */
export const groupTurnsOf = (filter: string, stays: string | undefined, horizonMs: number): string => `visit AS MATERIALIZED (
  SELECT l.session_id, l.tenant_id, c.class_rank AS class, NULL::uuid AS group_id, l.plain_positions[c.class_rank + 1] AS position, 1 AS weight,
    '{}'::tstzmultirange AS pauses, false AS is_limited, false AS obeys_caps, false AS counts_for_caps
  FROM lane l CROSS JOIN LATERAL unnest(l.classes) AS c(class_rank) WHERE l.n > 0
  UNION ALL
  SELECT l.session_id, l.tenant_id, g.class, g.group_id, g.position, coalesce(mg.weight, 1), coalesce(mg.pauses, '{}'),
    ${isLimited('mg')}, coalesce(mg.obeys_caps, false), coalesce(mg.counts_for_caps, false)
  FROM lane l JOIN lane_groups g ON g.session_id = l.session_id AND g.class = ANY (l.classes)
  LEFT JOIN message_groups mg ON mg.tenant_id = g.tenant_id AND mg.id = g.group_id
  WHERE l.n > 0 AND ${isOpen('mg')}
), limited AS MATERIALIZED (
  SELECT mg.* FROM message_groups mg
  WHERE (mg.tenant_id, mg.id) IN (SELECT tenant_id, group_id FROM visit WHERE is_limited) AND mg.state = 'open'
  ORDER BY mg.tenant_id, mg.id
  -- Transactions that put messages into the group's lanes hold a key share of it, for which a claim does not wait.
  FOR NO KEY UPDATE
), share AS MATERIALIZED (
  SELECT v.*, l.n, k.gap_ms,
    CASE WHEN NOT v.is_limited THEN l.n + 1
      WHEN v.lane_nr > 1 OR k.id IS NULL OR k.wait_until IS NOT NULL THEN 0
      -- The slots of the lane are further apart than those of the group: the group may take each of them.
      WHEN k.gap_ms <= l.gap_ms THEN least(l.n, k.left_day) ELSE 1 END AS max_messages,
    CASE WHEN v.is_limited THEN coalesce(k.wait_until, l.now + interval '${horizonMs} ms') END AS wait_until
  FROM (SELECT *, row_number() OVER (PARTITION BY tenant_id, group_id ORDER BY random()) AS lane_nr FROM visit) v
  JOIN lane l ON l.session_id = v.session_id
  LEFT JOIN LATERAL (
    SELECT own.*, CASE WHEN own.left_day <= 0 THEN ${nextDayOf('own', 'l.now')} WHEN ${isSlotAhead('own.next_slot_at', 'l.first_slot')} THEN own.next_slot_at END AS wait_until
    FROM (SELECT x.*, CASE WHEN x.window_limit IS NULL THEN 0 ELSE x.window_ms * (1 + ${paceReserve}) / x.window_limit END AS gap_ms,
        ${groupLeftOf('x', 'l.now')} AS left_day
      FROM limited x WHERE v.is_limited AND x.tenant_id = v.tenant_id AND x.id = v.group_id) own
  ) k ON true
), drawing AS MATERIALIZED (
  -- A group with limits is given to one lane of the statement.
  SELECT session_id, class, group_id, gap_ms FROM share WHERE is_limited AND max_messages > 0
), active AS MATERIALIZED (
  -- A group without a message that is due has no time here.
  SELECT s.*, h.due_at, row_number() OVER (PARTITION BY s.session_id, s.class ORDER BY h.due_at IS NULL, s.max_messages = 0, s.position NULLS FIRST, s.group_id) AS place
  FROM share s JOIN lane l ON l.session_id = s.session_id
  LEFT JOIN LATERAL (${waitingRows({ columns: 'x.due_at', lane: 'l', class: 's.class', group: 's.group_id', where: `x.due_at <= l.now ${filter}`, limit: '1', stays, staysApart: isInWindow('x', 'l.now') })}) h ON true
), quota AS MATERIALIZED (
  SELECT t.session_id, t.class, u.group_id, u.start, u.weight, t.is_shared, array_positions(t.turns, u.nr::int) AS turns, u.pauses
  FROM (
    SELECT a.session_id, a.class, a.group_ids, a.weights, a.pauses, cardinality(a.weights) > 1 AS is_shared, f.starts, f.turns
    FROM (
      SELECT session_id, class, n, array_agg(group_id ORDER BY due_at, group_id) AS group_ids, array_agg(weight ORDER BY due_at, group_id) AS weights,
        array_agg(position ORDER BY due_at, group_id) AS positions, array_agg(max_messages ORDER BY due_at, group_id) AS max_messages,
        array_agg(pauses::text ORDER BY due_at, group_id) AS pauses
      FROM active WHERE max_messages > 0 AND due_at IS NOT NULL AND place <= ${maxShared} GROUP BY session_id, class, n
    ) a CROSS JOIN LATERAL fair_turns(a.weights, a.positions, a.max_messages, a.n + 1) f
  ) t CROSS JOIN LATERAL unnest(t.group_ids, t.starts, t.weights, t.pauses::tstzmultirange[]) WITH ORDINALITY AS u(group_id, start, weight, pauses, nr)
), group_wait AS MATERIALIZED (
  SELECT session_id, min(wait_until) AS at FROM active WHERE max_messages = 0 AND due_at IS NOT NULL GROUP BY session_id
)`;

/** SQL: updates of the groups after the claim, based on `moved`. */
export const groupsMovedOn = `group_served AS MATERIALIZED (
  SELECT session_id, tenant_id, class, group_id, count(*)::int AS served, max(slot) AS last_slot FROM moved WHERE nth IS NOT NULL GROUP BY 1, 2, 3, 4
), positioned AS MATERIALIZED (
  SELECT q.session_id, q.class, q.group_id, q.start + coalesce(s.served, 0) / q.weight::float8 AS position
  FROM quota q LEFT JOIN group_served s ON s.session_id = q.session_id AND s.class = q.class AND s.group_id IS NOT DISTINCT FROM q.group_id
  -- A group that shares the lane with no other keeps its position.
  WHERE q.is_shared
), plain_position AS MATERIALIZED (
  SELECT l.session_id, array_agg(coalesce(p.position, l.plain_positions[k.class + 1]) ORDER BY k.class) AS positions
  FROM lane l CROSS JOIN generate_series(0, 3) k(class) LEFT JOIN positioned p ON p.session_id = l.session_id AND p.class = k.class AND p.group_id IS NULL
  WHERE l.session_id IN (SELECT session_id FROM positioned WHERE group_id IS NULL) GROUP BY 1
), moved_on AS (
  UPDATE lane_groups g SET position = p.position FROM positioned p
  WHERE g.session_id = p.session_id AND g.class = p.class AND g.group_id = p.group_id AND g.position IS DISTINCT FROM p.position
), left_lane AS (
  -- Only a claim that read every row deletes. A message in flight may return.
  DELETE FROM lane_groups g USING active a JOIN lane l ON l.session_id = a.session_id
  WHERE g.session_id = a.session_id AND g.class = a.class AND g.group_id = a.group_id AND a.due_at IS NULL AND l.revision = l.seen_revision
    AND NOT EXISTS (SELECT 1 FROM messages x WHERE x.session_id = a.session_id AND x.class = a.class AND x.lane_group = a.group_id AND x.due_at IS NOT NULL)
), group_drawn AS (
  UPDATE message_groups mg SET next_slot_at = CASE WHEN mg.window_limit IS NULL THEN mg.next_slot_at ELSE d.last_slot + d.gap_ms * interval '1 ms' END,
    day_at = d.this_day, day_used = CASE WHEN mg.day_at = d.this_day THEN mg.day_used ELSE 0 END + d.served
  FROM (
    SELECT s.tenant_id, s.group_id, s.served, s.last_slot, h.gap_ms, date_trunc('day', l.now, k.time_zone) AS this_day
    FROM group_served s JOIN lane l ON l.session_id = s.session_id
    JOIN drawing h ON h.session_id = s.session_id AND h.class = s.class AND h.group_id = s.group_id
    JOIN limited k ON k.tenant_id = s.tenant_id AND k.id = s.group_id
  ) d WHERE mg.tenant_id = d.tenant_id AND mg.id = d.group_id
)`;

/** SQL: times at which a message of a lane with groups may be sent next, as a list of unions; `l` is the lane's row. */
export const nextOfGroups = `
          SELECT (SELECT x.due_at FROM messages x WHERE x.session_id = l.session_id AND x.class = lg.class AND x.lane_group = lg.group_id AND x.due_at IS NOT NULL
            AND x.due_at > l.now AND x.state IN ${stateList(waitingStates)} ORDER BY x.due_at LIMIT 1)
          FROM lane_groups lg LEFT JOIN message_groups mg ON mg.tenant_id = lg.tenant_id AND mg.id = lg.group_id
          WHERE lg.session_id = l.session_id AND ${isOpen('mg')}
          UNION ALL
          SELECT gw.at FROM group_wait gw WHERE gw.session_id = l.session_id`;
