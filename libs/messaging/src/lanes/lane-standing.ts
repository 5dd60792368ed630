import type { Tx } from '@heliograph/kernel';
import { type MessageClass, messageClasses } from '../message';

/** What a lane may do right now, by the database's clock. */
export interface LaneStanding {
  now: Date;
  sessionStatus: string;
  /** Why a connected session may not send; null: it may. */
  heldReason: string | null;
  /** Earliest time of the next call by pace. */
  nextSlotAt: Date;
  /** The provider asked to wait until then; null: it did not. */
  closedUntil: Date | null;
  closedReason: string | null;
  /** Messages left this clock hour; null: not capped. */
  leftThisHour: number | null;
  hourEndsAt: Date;
  /** Messages left today in the lane's time zone, by daily cap and warm-up; null: not capped. */
  leftToday: number | null;
  /** What the warm-up curve allows today; null: there is none, or it is over. */
  warmUpToday: number | null;
  usedThisHour: number;
  usedToday: number;
  dayEndsAt: Date;
  /** Outside the send window: when it opens, and which classes may pass meanwhile. Null: inside, or none is set. */
  windowClosed: { opensAt: Date; exempt: MessageClass[] } | null;
}

interface StandingRow extends Omit<LaneStanding, 'windowClosed'> {
  outside: boolean;
  opensAt: Date | null;
  exempt: MessageClass[];
}

/** The lane of this session, which must exist. The rules are those of the claim. */
export async function laneStanding(tx: Tx, tenantId: string, sessionId: string): Promise<LaneStanding | null> {
  const [row] = await tx.prepared<StandingRow>(
    'lane_standing',
    `SELECT n.now, s.status AS "sessionStatus", s.held_reason AS "heldReason", CASE WHEN l.next_slot_at > n.now THEN l.next_slot_at ELSE n.now END AS "nextSlotAt",
       CASE WHEN l.closed_until > n.now THEN l.closed_until END AS "closedUntil", CASE WHEN l.closed_until > n.now THEN l.closed_reason END AS "closedReason",
       greatest(0, l.hourly_cap - u.hour)::int AS "leftThisHour", date_trunc('hour', n.now) + interval '1 hour' AS "hourEndsAt", u.hour AS "usedThisHour",
       greatest(0, least(l.daily_cap, u.warm_up) - u.day)::int AS "leftToday", date_trunc('day', n.now, l.time_zone) + interval '1 day' AS "dayEndsAt", u.day AS "usedToday", u.warm_up AS "warmUpToday",
       coalesce(NOT w.inside, false) AS outside, w.opens_at AS "opensAt", ARRAY(SELECT jsonb_array_elements_text(coalesce(l.send_window->'exempt_classes', '[]'::jsonb))) AS exempt
     FROM lanes l
     JOIN sessions s ON s.id = l.session_id AND s.deleted_at IS NULL
     CROSS JOIN LATERAL (SELECT heliograph_now() AS now) n
     CROSS JOIN LATERAL (
       SELECT CASE WHEN l.hour_at = date_trunc('hour', n.now) THEN l.hour_used ELSE 0 END AS hour,
         CASE WHEN l.day_at = date_trunc('day', n.now, l.time_zone) THEN l.day_used ELSE 0 END AS day,
         (l.warm_up->>((n.now AT TIME ZONE l.time_zone)::date - l.warm_up_from))::int AS warm_up
     ) u
     LEFT JOIN LATERAL (
       SELECT extract(isodow FROM n.now AT TIME ZONE l.time_zone)::int = ANY (d.days)
           AND (n.now AT TIME ZONE l.time_zone)::time >= (l.send_window->>'from')::time AND (n.now AT TIME ZONE l.time_zone)::time < (l.send_window->>'to')::time AS inside,
         (SELECT min(o.at) FROM generate_series(0, 7) ahead
          CROSS JOIN LATERAL (SELECT (n.now AT TIME ZONE l.time_zone)::date + ahead AS day) day
          CROSS JOIN LATERAL (SELECT (day.day + (l.send_window->>'from')::time) AT TIME ZONE l.time_zone AS at) o
          WHERE o.at > n.now AND extract(isodow FROM day.day)::int = ANY (d.days)) AS opens_at
       FROM (SELECT ARRAY(SELECT jsonb_array_elements_text(l.send_window->'days')::int) AS days) d
     ) w ON l.send_window IS NOT NULL
     WHERE l.session_id = $2 AND l.tenant_id = $1`,
    [tenantId, sessionId],
  );
  if (!row) return null;
  const { outside, opensAt, exempt, ...standing } = row;
  return { ...standing, windowClosed: outside && opensAt ? { opensAt, exempt: messageClasses.filter((c) => exempt.includes(c)) } : null };
}
