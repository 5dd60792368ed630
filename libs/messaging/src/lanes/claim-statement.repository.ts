import { hasSuppressionsOf, personOf, shownSpellingOf, suppressionOf } from '@heliograph/contacts';
import {
  exemptOf,
  frequencyCapsOf,
  isSessionKept,
  isSessionOpen,
  isTenantOpen,
  minGapOf,
  sessionOf,
  sessionStateOf,
  tenantOf,
} from '@heliograph/tenants';
import { passesHold } from '../installation/ledger-state.repository';
import { guardsTakenSql } from '../intake/content-guard.repository';
import { mayMove, stateList, waitingStates } from '../message-states';
import { messageSourceOf } from '../rendering/message-source.repository';
import { cappedOf, gapsKept, personsGuarded } from './frequency-caps.repository';
import {
  dueWaitingOf,
  expiryOf,
  groupsMovedOn,
  groupTurnsOf,
  isInWindow,
  keepsPlace,
  maxLeftOut,
  nextOfGroups,
  partingGroups,
  slotsOf,
  waitingRows,
} from './group-claims.repository';
import {
  dailyCapOf,
  firstSlotOf,
  isInvalid,
  isSlotAhead,
  lastSlotOf,
  leftOf,
  nextDayOf,
  openClassesOf,
  paceReserve,
  sendWindowOf,
} from './lane-rules.repository';

/** Time span whose messages one claim of a fast lane takes: an urgent message that arrives later waits no longer than this. */
const horizonMs = 250;
/** Time after which a lane claims again when other lanes took the rest of its pool. */
const poolRetryMs = 1_000;
/** Time after which a lane with only held messages is claimed again. The release opens it at once. */
const heldLaneMs = 60_000;
/** Time after which a lane is claimed again when the bodies of all its messages cannot be made. */
const leftOutLaneMs = 5_000;

/**
 * Builds the statement of the claim. `isHeld`: for a held ledger ($6: time up to which it was written), in which drips, broadcasts and
 * messages accepted by that time wait. `hasGroups`: for lanes with and without groups that stand apart; otherwise for lanes without such groups only. These are
 * statements of their own, so that the claim of a plain lane carries the conditions of neither.
 */
const claimSqlOf = ({ isHeld, hasGroups, leavesOut }: { isHeld: boolean; hasGroups: boolean; leavesOut: boolean }): string => {
  const filter = `AND ${keepsPlace('x', 'parting')} ${isHeld ? `AND ${passesHold('x', '$6')}` : ''}`;
  const staysFilter = leavesOut ? `x.body IS NOT NULL OR x.origin->>'kind' <> ALL ($${isHeld ? 7 : 6}::text[])` : undefined;
  const order = hasGroups ? 'turn, due_at, id' : 'due_at, id';
  const grouped = (sql: string) => (hasGroups ? sql : '');
  const placed = `SELECT p.*, p.first_slot + (p.nth - 1) * p.gap_ms * interval '1 ms' AS ${hasGroups ? 'lane_slot' : 'slot'}
      FROM (SELECT p.*, row_number() OVER (PARTITION BY p.session_id ORDER BY p.place) AS nth FROM picked p
        WHERE p.content_hash IS NULL OR p.id IN (SELECT message_id FROM guarded)) p`;
  return `
WITH want AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::bigint[], $5::float8[])
    AS w(session_id, worker_id, max_messages, seen_revision, shift_ms)
), alive AS MATERIALIZED (
  -- Recovery locks the row of a dead worker before it frees the worker's lanes. The holder of this lock cannot be taken over, and cannot
  -- claim afterwards.
  SELECT h.id FROM workers h WHERE h.id IN (SELECT worker_id FROM want) AND h.alive_until > heliograph_now()
  FOR KEY SHARE SKIP LOCKED
), locked AS MATERIALIZED (
  SELECT l.*, w.worker_id, w.max_messages, w.seen_revision, w.shift_ms
  FROM want w JOIN alive a ON a.id = w.worker_id JOIN lanes l ON l.session_id = w.session_id
  -- Excluded before anything is computed for it.
  WHERE (${isInvalid('l', 'heliograph_now()')}) IS NOT TRUE
    ${hasGroups ? '' : 'AND (SELECT true FROM lane_groups g WHERE g.session_id = l.session_id LIMIT 1) IS NULL'}
  ORDER BY l.session_id
  FOR UPDATE OF l SKIP LOCKED
), timed AS MATERIALIZED (
  SELECT k.*, n.now, ${isSessionOpen('s')} AND ${isTenantOpen('tenant')} AS session_open,
    ${firstSlotOf('k', 'n.now', "k.shift_ms * interval '1 ms'")} AS first_slot,
    CASE WHEN k.window_limit = 0 THEN 0 ELSE k.window_ms * (1 + ${paceReserve}) / k.window_limit END AS gap_ms,
    date_trunc('hour', n.now) AS this_hour,
    date_trunc('day', n.now, k.time_zone) AS this_day,
    w.outside, w.opens_at,
    ${openClassesOf('w')} AS classes,
    ${exemptOf('tenant')} AS opt_out_exempt,${grouped(`
    ${frequencyCapsOf('tenant')} AS caps, ${minGapOf('tenant')} AS min_gap,`)}
    -- Without any suppression there is nothing to look up for a message.
    ${hasSuppressionsOf('k.tenant_id')} AS has_suppressions
  FROM locked k
  CROSS JOIN LATERAL (${sessionStateOf('k')}) s
  JOIN ${tenantOf('tenant', 'k.tenant_id')}
  CROSS JOIN LATERAL (SELECT heliograph_now() AS now) n
  CROSS JOIN LATERAL (${sendWindowOf('k', 'n.now')}) w
), pool AS MATERIALIZED (
  -- Locked after the lanes and in one order: the holder of a pool waits for no lane.
  SELECT p.tenant_id, p.name, p.hourly_cap, p.daily_cap, p.time_zone, p.hour_at, p.hour_used, p.day_at, p.day_used FROM cap_pools p
  WHERE (p.tenant_id, p.name) IN (SELECT tenant_id, cap_pool FROM timed WHERE cap_pool IS NOT NULL)
  ORDER BY p.tenant_id, p.name
  FOR UPDATE
), alone AS MATERIALIZED (
  SELECT t.*, b.own_block, b.own_block_until,
    CASE WHEN b.own_block IS NOT NULL THEN 0 ELSE greatest(0, least(
      t.max_messages::bigint, c.left_hour, c.left_day,
      CASE WHEN t.gap_ms = 0 THEN t.max_messages WHEN t.jitter_ms > 0 OR t.gap_ms * 2 > ${horizonMs} THEN 1
        ELSE 1 + floor((extract(epoch FROM t.now - t.first_slot) * 1000 + ${horizonMs}) / t.gap_ms) END::bigint,
      CASE WHEN t.burst_size > 0 THEN t.burst_size - t.burst_used END)) END::int AS own_n
  FROM timed t
  CROSS JOIN LATERAL (${leftOf('t', 't.now', dailyCapOf('t', 't.now'))}) c
  CROSS JOIN LATERAL (
    SELECT CASE
        -- The lane of a dead worker stays taken until recovery has checked its messages in flight.
        WHEN t.turn_worker <> t.worker_id THEN 'taken'
        WHEN NOT t.session_open THEN 'session'
        WHEN t.closed_until > t.now THEN 'provider'
        WHEN t.max_messages = 0 THEN 'released'
        WHEN c.left_day <= 0 OR c.left_hour <= 0 THEN 'cap'
        WHEN ${isSlotAhead('t.first_slot', 't.now')} THEN 'slot'
      END AS own_block,
      CASE
        WHEN t.turn_worker <> t.worker_id OR NOT t.session_open THEN NULL
        WHEN t.closed_until > t.now THEN t.closed_until
        WHEN c.left_day <= 0 THEN ${nextDayOf('t', 't.now')}
        WHEN c.left_hour <= 0 THEN t.this_hour + interval '1 hour'
        ELSE t.first_slot
      END AS own_block_until
  ) b
), lane AS MATERIALIZED (
  -- Lanes of one pool share its rest, first come, first served. A lane that gets nothing of a pool with a rest claims again soon.
  SELECT a.*, CASE WHEN a.cap_pool IS NULL THEN a.own_n ELSE s.pool_n END AS n,
    CASE WHEN a.own_n = 0 OR a.cap_pool IS NULL OR s.pool_n > 0 THEN a.own_block WHEN s.pool_left <= 0 THEN 'cap' ELSE 'slot' END AS block,
    CASE WHEN a.own_n = 0 OR a.cap_pool IS NULL OR s.pool_n > 0 THEN a.own_block_until
      WHEN s.left_day <= 0 THEN ${nextDayOf('p', 'a.now')}
      WHEN s.left_hour <= 0 THEN a.this_hour + interval '1 hour'
      ELSE a.now + interval '${poolRetryMs} ms' END AS block_until
  FROM (SELECT *, sum(own_n) OVER (PARTITION BY tenant_id, cap_pool ORDER BY session_id) - own_n AS before FROM alone) a
  LEFT JOIN pool p ON p.tenant_id = a.tenant_id AND p.name = a.cap_pool
  LEFT JOIN LATERAL (
    SELECT c.*, x.pool_left, greatest(0, least(a.own_n, x.pool_left - a.before))::int AS pool_n
    FROM (${leftOf('p', 'a.now')}) c CROSS JOIN LATERAL (SELECT coalesce(least(c.left_hour, c.left_day), 2147483647) AS pool_left) x
  ) s ON a.cap_pool IS NOT NULL
), parting AS MATERIALIZED (
  ${partingGroups}
), orphan AS MATERIALIZED (
  -- Claimed under this identity by a claim whose answer was lost. A turn claims only when all its calls are settled, so these messages were
  -- never called.
  SELECT m.session_id, m.tenant_id, m.id, m.class FROM lane l
  CROSS JOIN LATERAL (SELECT x.* FROM messages x WHERE x.tenant_id = l.tenant_id AND x.id = ANY (l.in_flight)
    AND ${mayMove('x.state', 'queued', 'claim', ['claimed', 'calling'])}) m
  WHERE l.turn_worker = l.worker_id
), ${grouped(`${groupTurnsOf(filter, staysFilter, horizonMs)}, `)}${hasGroups ? 'offered' : 'candidate'} AS MATERIALIZED (
  SELECT l.session_id, l.n, l.first_slot, l.gap_ms, l.typing_ms, m.*,
    m.class = 0 AND m.due_at >= l.last_slot_at AS fresh, ${hasGroups ? 'm.ends_at' : 'm.expires_at'} <= l.now AS is_expired,
    held.cause AS held_cause, ${hasGroups ? 'm.ends_at' : 'm.expires_at'} <= l.now OR held.cause IS NOT NULL AS ${hasGroups ? 'ends' : 'never'},
    least(l.credits[m.class + 1] + l.n * (ARRAY[0, l.share_reply, l.share_drip, l.share_broadcast])[m.class + 1] / 100.0, l.n + 1) AS credit
  FROM lane l
  ${
    hasGroups
      ? `JOIN quota q ON q.session_id = l.session_id
  CROSS JOIN LATERAL (
    SELECT r.*, q.group_id, ${expiryOf('r', 'q.pauses')} AS ends_at, q.turns[row_number() OVER (ORDER BY r.due_at, r.id)] AS turn
    FROM (${waitingRows({
      columns:
        'x.tenant_id, x.id, x.class, x.due_at, x.expires_at, x.content_hash, x.content_window_s, x.recipient, x.created_at, x.pauses_counted_at, x.body IS NULL AS is_bare',
      lane: 'l',
      class: 'q.class',
      group: 'q.group_id',
      where: `x.due_at <= l.now ${filter}`,
      limit: 'cardinality(q.turns)',
      stays: staysFilter,
      staysApart: isInWindow('x', 'l.now'),
    })}) r
  ) m`
      : `CROSS JOIN LATERAL unnest(l.classes) AS c(class_rank)
  CROSS JOIN LATERAL (
    SELECT x.tenant_id, x.id, x.class, x.due_at, x.expires_at, x.content_hash, x.content_window_s, x.recipient, x.body IS NULL AS is_bare
    FROM ${leavesOut ? '(SELECT x.* FROM messages x' : 'messages x'}
    WHERE x.session_id = l.session_id AND x.class = c.class_rank AND x.lane_group IS NULL AND x.due_at IS NOT NULL AND x.due_at <= l.now
      AND x.state IN ${stateList(waitingStates)}
      ${filter}
    ORDER BY x.due_at
    ${leavesOut ? `LIMIT ${maxLeftOut}) x WHERE ${staysFilter} ORDER BY x.due_at` : ''}
    LIMIT l.n + 1
  ) m`
  }
  -- Checked at the last moment, so that an opt-out applies to messages queued before it.
  LEFT JOIN LATERAL (${suppressionOf('m.tenant_id', 'm.recipient', 'm.class = ANY (l.opt_out_exempt)', 'l.now')}) held ON l.has_suppressions
  WHERE l.n > 0
), ${grouped(`${cappedOf(personOf('offer.tenant_id', 'offer.recipient'))}, candidate AS MATERIALIZED (
  SELECT o.*, c.person, c.claims, coalesce(c.is_capped, false) AS is_capped, c.free_at,
    o.ends OR coalesce(c.is_capped OR c.free_at IS NOT NULL, false) AS never
  FROM offered o LEFT JOIN capped c ON c.tenant_id = o.tenant_id AND c.id = o.id
), `)}owed AS (
  -- A class with work earns its share of every slot. A class that is owed messages goes before more urgent ones.
  SELECT session_id, class, min(credit) AS credit FROM candidate WHERE NOT never GROUP BY session_id, class
), ranked AS (
  SELECT r.*, row_number() OVER (PARTITION BY r.session_id ORDER BY NOT r.fresh, r.in_class > floor(r.credit), r.class, ${order}) AS place
  FROM (SELECT c.*, row_number() OVER (PARTITION BY c.session_id, c.class ORDER BY ${order}) AS in_class
    FROM candidate c WHERE NOT c.never) r
), ${
    hasGroups
      ? `chosen AS MATERIALIZED (
  SELECT r.*,
    CASE WHEN person IS NOT NULL THEN row_number() OVER (PARTITION BY tenant_id, person ORDER BY place, session_id) END AS person_nr
  FROM ranked r WHERE place <= n
), ${personsGuarded}`
      : `picked AS MATERIALIZED (
  SELECT * FROM ranked WHERE place <= n
)`
  }, guarded AS (${guardsTakenSql('picked')}
), decided AS MATERIALIZED (
  SELECT t.session_id, t.tenant_id, t.id, t.class, t.slot, t.nth,
    CASE WHEN t.nth = 1 AND t.typing_ms = 0 AND NOT t.is_bare${grouped(` AND NOT ${isSlotAhead('t.slot', 't.first_slot')}`)}
      THEN 'calling' ELSE 'claimed' END AS to_state, NULL AS cause${grouped(', t.ends_at')}
  FROM (${hasGroups ? slotsOf(placed) : placed}) t
  UNION ALL
  SELECT p.session_id, p.tenant_id, p.id, p.class, NULL, NULL, 'suppressed', 'duplicate_content'${grouped(', NULL')} FROM picked p
  WHERE p.content_hash IS NOT NULL AND p.id NOT IN (SELECT message_id FROM guarded)
  UNION ALL
  SELECT c.session_id, c.tenant_id, c.id, c.class, NULL, NULL, 'expired', 'expired'${grouped(', NULL')} FROM candidate c WHERE c.is_expired
  UNION ALL
  SELECT c.session_id, c.tenant_id, c.id, c.class, NULL, NULL, 'suppressed', c.held_cause${grouped(', NULL')} FROM candidate c
    WHERE c.held_cause IS NOT NULL AND NOT c.is_expired${grouped(`
  UNION ALL
  SELECT c.session_id, c.tenant_id, c.id, c.class, NULL, NULL, 'suppressed', 'frequency_cap', NULL FROM candidate c WHERE c.is_capped`)}
  UNION ALL
  SELECT o.session_id, o.tenant_id, o.id, o.class, NULL, NULL, 'queued', 'claim_lost'${grouped(', NULL')} FROM orphan o
), moved AS (
  UPDATE messages m SET state = d.to_state, cause = d.cause, detail = NULL,
    attempt = m.attempt + CASE WHEN d.nth IS NULL THEN 0 ELSE 1 END,
    due_at = CASE WHEN d.to_state IN ('expired', 'suppressed') THEN NULL ELSE m.due_at END
  -- Joined through arrays, which the planner estimates as short for a lane of any size: each message is read by its key, never the whole
  -- table.
  FROM (
    SELECT array_agg(tenant_id) AS tenant_ids, array_agg(id) AS ids, array_agg(to_state) AS states, array_agg(cause) AS causes,
      array_agg(slot) AS slots,
      array_agg(nth) AS nths${grouped(', array_agg(ends_at) AS ends')}
    FROM decided
  ) a CROSS JOIN LATERAL unnest(a.tenant_ids, a.ids, a.states, a.causes, a.slots, a.nths${grouped(', a.ends')})
    AS d(tenant_id, id, to_state, cause, slot, nth${grouped(', ends_at')})
  WHERE m.tenant_id = d.tenant_id AND m.id = d.id
    AND ${mayMove('m.state', ['claimed', 'calling', 'queued', 'expired', 'suppressed'], 'claim')}
  RETURNING m.session_id, m.tenant_id, m.id, m.attempt, m.tries, m.state, m.class,
    ${shownSpellingOf('m.tenant_id', 'm.recipient')} AS recipient, m.body, m.reply_to, ${messageSourceOf('m')} AS source,
    ${hasGroups ? 'm.lane_group AS group_id, d.ends_at AS expires_at' : 'm.expires_at'}, d.slot, d.nth
), ${grouped(`${gapsKept(stateList(waitingStates))}, ${groupsMovedOn}, `)}served AS (
  SELECT session_id, class, count(*) AS served FROM moved WHERE nth IS NOT NULL GROUP BY 1, 2
), credited AS (
  -- A class without work is owed nothing. A class is never owed more than two messages.
  SELECT l.session_id,
    array_agg(CASE WHEN o.class IS NULL THEN 0 ELSE greatest(0, least(o.credit - coalesce(v.served, 0), 2)) END::real ORDER BY k.class) AS credits
  FROM lane l CROSS JOIN generate_series(0, 3) k(class)
  LEFT JOIN owed o ON o.session_id = l.session_id AND o.class = k.class
  LEFT JOIN served v ON v.session_id = l.session_id AND v.class = k.class
  WHERE l.n > 0 GROUP BY 1
), leased AS (
  SELECT session_id, count(*)::int AS taken, array_agg(id) AS ids, max(slot) AS last_slot FROM moved WHERE nth IS NOT NULL GROUP BY 1
), looked_at AS (
  SELECT session_id, count(*)::int AS seen FROM (SELECT session_id FROM candidate UNION ALL SELECT session_id FROM orphan) x GROUP BY 1
), tally AS MATERIALIZED (
  SELECT l.session_id, coalesce(t.taken, 0) AS taken, t.ids, t.last_slot, coalesce(v.seen, 0) AS seen, c.credits
  FROM lane l LEFT JOIN leased t USING (session_id) LEFT JOIN looked_at v USING (session_id) LEFT JOIN credited c USING (session_id)
), settled_lane AS (
  UPDATE lanes u SET
    turn_worker = CASE WHEN t.taken > 0 THEN l.worker_id END,
    in_flight = coalesce(t.ids, '{}'),
    next_slot_at = CASE WHEN t.taken = 0 THEN least(u.next_slot_at + l.shift_ms * interval '1 ms', ${lastSlotOf('u', 'l.now')})
      ELSE t.last_slot + (l.gap_ms + random() * l.jitter_ms
        + CASE WHEN l.burst_size > 0 AND l.burst_used + t.taken >= l.burst_size THEN l.burst_pause_ms ELSE 0 END) * interval '1 ms' END,
    last_slot_at = CASE WHEN t.taken > 0 THEN l.first_slot ELSE u.last_slot_at END,
    burst_used = CASE WHEN l.burst_size = 0 OR l.burst_used + t.taken >= l.burst_size THEN 0 ELSE l.burst_used + t.taken END,
    hour_at = l.this_hour, hour_used = CASE WHEN u.hour_at = l.this_hour THEN u.hour_used ELSE 0 END + t.taken,
    day_at = l.this_day, day_used = CASE WHEN u.day_at = l.this_day THEN u.day_used ELSE 0 END + t.taken,
    credits = coalesce(t.credits, u.credits),
    ${grouped('plain_positions = coalesce((SELECT p.positions FROM plain_position p WHERE p.session_id = u.session_id), u.plain_positions),')}
    closed_until = CASE WHEN u.closed_until <= l.now THEN NULL ELSE u.closed_until END,
    closed_reason = CASE WHEN u.closed_until <= l.now THEN NULL ELSE u.closed_reason END,
    next_due_at = CASE
      -- Raising a cap sets this to an earlier time again. Null stays null: nothing waits.
      WHEN l.block = 'cap' AND u.next_due_at IS NOT NULL THEN greatest(u.next_due_at, l.block_until)
      WHEN l.block IS NOT NULL THEN u.next_due_at
      WHEN t.seen > 0 THEN l.now
      WHEN l.revision = l.seen_revision THEN (
        SELECT min(f.at) FROM (
          SELECT (SELECT x.due_at FROM messages x WHERE x.session_id = l.session_id AND x.class = k.class AND x.lane_group IS NULL
            AND x.due_at IS NOT NULL AND x.due_at > l.now
            AND x.state IN ${stateList(waitingStates)} ORDER BY x.due_at LIMIT 1) AS at
          FROM generate_series(0, 3) k(class)
          UNION ALL
          SELECT l.opens_at WHERE l.outside AND ${dueWaitingOf('l', 'l.now', hasGroups)}
          ${isHeld ? `UNION ALL SELECT l.now + interval '${heldLaneMs} ms' WHERE ${dueWaitingOf('l', 'l.now', hasGroups)}` : ''}
          ${leavesOut ? `UNION ALL SELECT l.now + interval '${leftOutLaneMs} ms' WHERE ${dueWaitingOf('l', 'l.now', hasGroups)}` : ''}
          ${grouped(`UNION ALL ${nextOfGroups}`)}
        ) f)
      ELSE u.next_due_at END
  FROM lane l JOIN tally t USING (session_id)
  WHERE u.session_id = l.session_id AND l.block IS DISTINCT FROM 'taken'
  RETURNING u.session_id, u.next_due_at
), drawn AS (
  UPDATE cap_pools u SET
    hour_at = d.this_hour, hour_used = CASE WHEN u.hour_at = d.this_hour THEN u.hour_used ELSE 0 END + d.taken,
    day_at = d.this_day, day_used = CASE WHEN u.day_at = d.this_day THEN u.day_used ELSE 0 END + d.taken
  FROM (
    SELECT p.tenant_id, p.name, l.this_hour, date_trunc('day', l.now, p.time_zone) AS this_day, sum(t.taken)::int AS taken
    FROM lane l JOIN tally t USING (session_id) JOIN pool p ON p.tenant_id = l.tenant_id AND p.name = l.cap_pool
    GROUP BY 1, 2, 3, 4 HAVING sum(t.taken) > 0
  ) d
  WHERE u.tenant_id = d.tenant_id AND u.name = d.name
)
SELECT w.session_id, NOT EXISTS (SELECT 1 FROM alive a WHERE a.id = w.worker_id) AS lapsed,
  ${
    hasGroups
      ? `(SELECT extract(epoch FROM gw.at - l.now)::float8 * 1000 FROM group_wait gw WHERE gw.session_id = w.session_id) AS group_wait_ms,
    EXISTS (SELECT 1 FROM lane_groups g WHERE g.session_id = w.session_id) AS grouped`
      : `NULL::float8 AS group_wait_ms, 
        l.session_id IS NULL AND EXISTS (SELECT 1 FROM lane_groups g WHERE g.session_id = w.session_id) AS grouped`
  },
  l.session_id IS NULL AND EXISTS (
    SELECT 1 FROM lanes e JOIN ${sessionOf('s', 'e')} AND ${isSessionKept('s')} WHERE e.session_id = w.session_id) AS busy,
  CASE WHEN i.in_ms IS NULL THEN l.block ELSE 'invalid' END AS block,
  coalesce(i.in_ms, extract(epoch FROM l.block_until - l.now)::float8 * 1000) AS block_in_ms,
  coalesce(l.revision, i.revision)::text AS revision,
  l.revision IS DISTINCT FROM l.seen_revision AS unseen, coalesce(t.seen, 0) AS seen,
  CASE WHEN l.window_limit = 0 THEN 0 ELSE l.window_ms END AS window_ms, l.typing_ms,
  extract(epoch FROM s.next_due_at - l.now)::float8 * 1000 AS due_in_ms,
  m.tenant_id, m.id, m.attempt, m.tries, m.state, m.class, m.recipient, m.body, m.source, m.reply_to,
  extract(epoch FROM m.slot - l.now)::float8 * 1000 AS slot_in_ms, extract(epoch FROM m.expires_at - l.now)::float8 * 1000 AS expires_in_ms
FROM want w
LEFT JOIN lane l ON l.session_id = w.session_id
LEFT JOIN LATERAL (
  SELECT x.revision, extract(epoch FROM x.closed_until - heliograph_now())::float8 * 1000 AS in_ms FROM lanes x
  WHERE l.session_id IS NULL AND x.session_id = w.session_id AND ${isInvalid('x', 'heliograph_now()')}
) i ON true
LEFT JOIN tally t ON t.session_id = w.session_id
LEFT JOIN settled_lane s ON s.session_id = w.session_id
LEFT JOIN moved m ON m.session_id = w.session_id AND m.nth IS NOT NULL
ORDER BY m.nth`;
};

/** The statement of each kind of claim, by the name under which it is prepared. */
export const claimSqls = new Map(
  [false, true].flatMap((isHeld) =>
    [false, true].flatMap((hasGroups) =>
      [false, true].map((leavesOut) => [claimName(isHeld, hasGroups, leavesOut), claimSqlOf({ isHeld, hasGroups, leavesOut })] as const),
    ),
  ),
);

/** Returns the name under which a kind of claim is prepared. */
export function claimName(isHeld: boolean, hasGroups: boolean, leavesOut: boolean): string {
  return `claim_${isHeld ? 'held_' : ''}${hasGroups ? 'group_' : ''}lanes${leavesOut ? '_leaving_out' : ''}`;
}
