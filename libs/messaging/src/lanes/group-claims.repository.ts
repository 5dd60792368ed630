import { stateList, waitingStates } from '../message-states';
import { nextDayOf, paceReserve, usedTodayOf } from './lane-rules.repository';

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

/** Maximum time that lanes which got no slot of a group wait beyond its next free one, so that they do not all claim at that slot, in ms. */
const maxSpreadMs = 2_000;

/**
 * SQL: groups that the claim reads, and the messages that each may give, between `lane` and `candidate`. A group with a rate or a cap is
 * locked, after lanes and pools. Its free slots are shared out among the lanes of the statement, one each; lanes that get none claim again.
 * Of the groups with a rate in a lane that may take several messages, one gives a message: the slot of another would delay it, and it would come
 * too close to the next message of its group in another lane. Groups whose slot has come take turns by weight, before those that the lane would
 * have to wait for.
 * @param filter further condition on a message
 * @param stays condition of messages that the claim may take
 * @param horizonMs time span whose slots are given to messages now
 */
export const groupTurnsOf = (filter: string, stays: string | undefined, horizonMs: number): string => `visit AS MATERIALIZED (
  SELECT l.session_id, l.tenant_id, c.class_rank AS class, NULL::uuid AS group_id, l.plain_positions[c.class_rank + 1] AS position, 1 AS weight,
    '{}'::tstzmultirange AS pauses, false AS is_limited, false AS obeys_caps, false AS counts_for_caps,
    l.n, l.now, l.first_slot, l.gap_ms AS lane_gap_ms, l.revision = l.seen_revision AS is_whole
  FROM lane l CROSS JOIN LATERAL unnest(l.classes) AS c(class_rank) WHERE l.n > 0
  UNION ALL
  SELECT l.session_id, l.tenant_id, g.class, g.group_id, g.position, coalesce(mg.weight, 1), coalesce(mg.pauses, '{}'),
    ${isLimited('mg')}, coalesce(mg.obeys_caps, false), coalesce(mg.counts_for_caps, false),
    l.n, l.now, l.first_slot, l.gap_ms, l.revision = l.seen_revision
  FROM lane l JOIN lane_groups g ON g.session_id = l.session_id AND g.class = ANY (l.classes)
  LEFT JOIN message_groups mg ON mg.tenant_id = g.tenant_id AND mg.id = g.group_id
  WHERE l.n > 0 AND ${isOpen('mg')}
), found AS MATERIALIZED (
  -- A group without a message that is due has no time here.
  SELECT v.*, h.due_at, v.is_limited AND h.due_at IS NOT NULL AS draws, random() AS draw
  FROM visit v LEFT JOIN LATERAL (${waitingRows({ columns: 'x.due_at', lane: 'v', class: 'v.class', group: 'v.group_id', where: `x.due_at <= v.now ${filter}`, limit: '1', stays, staysApart: isInWindow('x', 'v.now') })}) h ON true
), limited AS MATERIALIZED (
  SELECT mg.* FROM message_groups mg
  WHERE (mg.tenant_id, mg.id) IN (SELECT tenant_id, group_id FROM found WHERE draws) AND mg.state = 'open'
  ORDER BY mg.tenant_id, mg.id
  -- Transactions that put messages into the group's lanes hold a key share of it, for which a claim does not wait.
  FOR NO KEY UPDATE
), drawing AS MATERIALIZED (
  SELECT s.*, CASE WHEN s.gap_ms = 0 THEN s.left_day
      ELSE least(s.left_day, 1 + floor((extract(epoch FROM s.now - s.from_slot) * 1000 + ${horizonMs}) / s.gap_ms)) END AS free
  FROM (
    SELECT x.tenant_id, x.id AS group_id, n.now, greatest(x.next_slot_at, n.now) AS from_slot, date_trunc('day', n.now, x.time_zone) AS this_day,
      CASE WHEN x.window_limit IS NULL THEN 0 ELSE x.window_ms * (1 + ${paceReserve}) / x.window_limit END AS gap_ms,
      ${groupLeftOf('x', 'n.now')} AS left_day, CASE WHEN ${groupLeftOf('x', 'n.now')} <= 0 THEN ${nextDayOf('x', 'n.now')} END AS next_day
    FROM limited x CROSS JOIN (SELECT heliograph_now() AS now) n
  ) s
), share AS MATERIALIZED (
  SELECT w.*,
    CASE WHEN w.is_limited THEN greatest(0, least(w.wanted, w.allowed - w.before)) ELSE w.n + 1 END::int AS max_messages,
    coalesce(w.next_day, greatest(w.now + interval '${horizonMs} ms',
      w.from_slot + (greatest(w.free, 0) * w.gap_ms + least(greatest(w.before - w.free, 0) * w.gap_ms, ${maxSpreadMs})) * interval '1 ms')) AS wait_until
  FROM (
    SELECT f.*, sum(f.wanted) OVER (PARTITION BY f.tenant_id, f.group_id ORDER BY f.draw) - f.wanted AS before
    FROM (
      SELECT f.*,
        -- In the only lane of a group, whose slots are further apart than those of the group, the group may take each of them.
        CASE WHEN f.is_alone THEN coalesce(f.left_day, f.n) ELSE f.free END AS allowed,
        CASE WHEN f.gap_ms IS NULL THEN 0
          WHEN f.gap_ms > 0 AND f.n > 1 AND f.is_spread
            AND row_number() OVER (PARTITION BY f.session_id ORDER BY f.gap_ms > 0 AND f.free > 0 DESC NULLS LAST,
              greatest(f.from_slot, f.first_slot + f.lane_gap_ms * interval '1 ms'), f.class_draw, f.position NULLS FIRST, f.draw) > 1 THEN 0
          WHEN f.is_alone OR f.gap_ms = 0 THEN f.n ELSE 1 END AS wanted
      FROM (
        SELECT f.*, d.from_slot, d.gap_ms, d.next_day, d.free, d.left_day, a.is_alone,
          bool_or(d.gap_ms > 0 AND NOT a.is_alone) OVER (PARTITION BY f.session_id) AS is_spread
        FROM (SELECT *, count(*) FILTER (WHERE draws) OVER (PARTITION BY tenant_id, group_id) AS lanes,
            min(draw) OVER (PARTITION BY session_id, class) AS class_draw FROM found) f
        LEFT JOIN drawing d ON f.draws AND d.tenant_id = f.tenant_id AND d.group_id = f.group_id
        CROSS JOIN LATERAL (SELECT f.lanes = 1 AND d.gap_ms <= f.lane_gap_ms AND d.from_slot <= f.first_slot AS is_alone) a
      ) f
    ) f
  ) w
), active AS MATERIALIZED (
  SELECT s.*, row_number() OVER (PARTITION BY s.session_id, s.class ORDER BY s.due_at IS NULL, s.max_messages = 0, s.position NULLS FIRST, s.group_id) AS place
  FROM share s
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
  DELETE FROM lane_groups g USING (SELECT session_id, class, group_id FROM active WHERE due_at IS NULL AND group_id IS NOT NULL AND is_whole OFFSET 0) a
  WHERE g.session_id = a.session_id AND g.class = a.class AND g.group_id = a.group_id
    AND NOT EXISTS (SELECT 1 FROM messages x WHERE x.session_id = a.session_id AND x.class = a.class AND x.lane_group = a.group_id AND x.due_at IS NOT NULL)
), group_drawn AS (
  UPDATE message_groups mg SET next_slot_at = CASE WHEN mg.window_limit IS NULL THEN mg.next_slot_at ELSE d.last_slot + d.gap_ms * interval '1 ms' END,
    day_at = d.this_day, day_used = CASE WHEN mg.day_at = d.this_day THEN mg.day_used ELSE 0 END + d.served
  FROM (
    SELECT h.tenant_id, h.group_id, h.gap_ms, h.this_day, sum(s.served)::int AS served, max(s.last_slot) AS last_slot
    FROM group_served s JOIN drawing h ON h.tenant_id = s.tenant_id AND h.group_id = s.group_id GROUP BY 1, 2, 3, 4
  ) d WHERE mg.tenant_id = d.tenant_id AND mg.id = d.group_id
)`;

/**
 * SQL: messages `t` with `lane_slot`, their place `nth` in their lane and `slot`: in a group with a rate, not before the slot of the group. What
 * delays a message delays those behind it in its lane.
 */
export const slotsOf = (t: string): string => `
  SELECT k.*, k.lane_slot + max(greatest(k.group_slot - k.lane_slot, interval '0')) OVER (PARTITION BY k.session_id ORDER BY k.nth) AS slot
  FROM (
    SELECT g.*, max(greatest(g.lane_slot, g.from_slot) - g.group_ms * interval '1 ms') OVER (PARTITION BY g.tenant_id, g.group_id ORDER BY g.group_ms)
      + g.group_ms * interval '1 ms' AS group_slot
    FROM (
      SELECT t.*, d.from_slot, (row_number() OVER (PARTITION BY t.tenant_id, t.group_id ORDER BY t.lane_slot, t.session_id, t.nth) - 1) * d.gap_ms AS group_ms
      FROM (${t}) t LEFT JOIN drawing d ON d.gap_ms > 0 AND d.tenant_id = t.tenant_id AND d.group_id = t.group_id
    ) g
  ) k`;

/** SQL: times at which a message of a lane with groups may be sent next, as a list of unions; `l` is the lane's row. */
export const nextOfGroups = `
          SELECT (SELECT x.due_at FROM messages x WHERE x.session_id = l.session_id AND x.class = lg.class AND x.lane_group = lg.group_id AND x.due_at IS NOT NULL
            AND x.due_at > l.now AND x.state IN ${stateList(waitingStates)} ORDER BY x.due_at LIMIT 1)
          FROM lane_groups lg LEFT JOIN message_groups mg ON mg.tenant_id = lg.tenant_id AND mg.id = lg.group_id
          WHERE lg.session_id = l.session_id AND ${isOpen('mg')}
          UNION ALL
          SELECT gw.at FROM group_wait gw WHERE gw.session_id = l.session_id`;
