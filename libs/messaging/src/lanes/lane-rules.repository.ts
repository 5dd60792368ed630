import { allClasses, classRankOf } from '@heliograph/tenants';

/*
 * The rules of a lane's limits, as SQL. The claim uses them to decide, `why` to explain, and the API to show a lane. `lane` is an alias of a
 * row of `lanes`, `now` an expression.
 */

/** `closed_reason` of a lane that the database cannot claim because of a value in its row. */
export const invalidLane = 'lane_invalid';

/**
 * A call whose slot is up to this many ms away may be committed as `calling` now, and the worker waits for the rest. This hides the time of
 * the commit.
 */
export const leadMs = 15;

/** SQL: true for a lane that is closed because of a value in its row, as an AND of conditions; null: it was never closed. */
export const isInvalid = (lane: string, now: string): string =>
  `${lane}.closed_reason = '${invalidLane}' AND ${lane}.closed_until > ${now}`;

/** SQL: ranks of the classes that a lane sends now. `w` is an alias of `sendWindowOf`. */
export const openClassesOf = (w: string): string => `CASE WHEN ${w}.outside THEN ${w}.exempt ELSE ${allClasses} END`;

/** SQL: true for a slot that is too far from `at` to be taken. */
export const isSlotAhead = (slot: string, at: string): string => `${slot} > ${at} + interval '${leadMs} ms'`;

/** SQL: messages that count for the cap of today. `capped` is an alias of a row with the columns of caps. */
export const usedTodayOf = (capped: string, now: string): string =>
  `CASE WHEN ${capped}.day_at = date_trunc('day', ${now}, ${capped}.time_zone) THEN ${capped}.day_used ELSE 0 END`;

/**
 * SQL: the send window of a lane. `outside`: the window is closed now. `exempt`: ranks of the classes that are sent outside it. `opens_at`:
 * time at which it opens next; null without a window.
 */
export const sendWindowOf = (lane: string, now: string): string => `
  SELECT ${lane}.send_window IS NOT NULL AND NOT (
      extract(isodow FROM ${now} AT TIME ZONE ${lane}.time_zone)::int = ANY (ARRAY(SELECT jsonb_array_elements_text(${lane}.send_window->'days')::int))
      AND (${now} AT TIME ZONE ${lane}.time_zone)::time >= (${lane}.send_window->>'from')::time
      AND (${now} AT TIME ZONE ${lane}.time_zone)::time < (${lane}.send_window->>'to')::time) AS outside,
    CASE WHEN ${lane}.send_window IS NOT NULL THEN ARRAY(SELECT ${classRankOf('x')}::smallint
      FROM jsonb_array_elements_text(coalesce(${lane}.send_window->'exempt_classes', '[]'::jsonb)) x) END AS exempt,
    CASE WHEN ${lane}.send_window IS NOT NULL THEN (
      SELECT min(o.at) FROM generate_series(0, 7) d
      CROSS JOIN LATERAL (SELECT (${now} AT TIME ZONE ${lane}.time_zone)::date + d AS day) day
      CROSS JOIN LATERAL (SELECT (day.day + (${lane}.send_window->>'from')::time) AT TIME ZONE ${lane}.time_zone AS at) o
      WHERE o.at > ${now} AND extract(isodow FROM day.day)::int = ANY (ARRAY(SELECT jsonb_array_elements_text(${lane}.send_window->'days')::int))) END AS opens_at`;

/**
 * SQL: messages that a cap still allows this hour and today, null without a cap. `capped`: alias of a row with the columns of caps.
 * `dailyCap`: expression.
 */
export const leftOf = (capped: string, now: string, dailyCap = `${capped}.daily_cap`): string => `
  SELECT CASE WHEN ${capped}.hourly_cap IS NOT NULL THEN greatest(0, ${capped}.hourly_cap - CASE WHEN ${capped}.hour_at = date_trunc('hour', ${now}) THEN ${capped}.hour_used ELSE 0 END) END AS left_hour,
    CASE WHEN ${dailyCap} IS NOT NULL THEN greatest(0, ${dailyCap} - ${usedTodayOf(capped, now)}) END AS left_day`;

/** SQL: the daily cap of a lane today, from its own cap and its warm-up while that lasts. Null: none. */
export const dailyCapOf = (lane: string, now: string): string =>
  `least(${lane}.daily_cap, (${lane}.warm_up->>greatest(0, (${now} AT TIME ZONE ${lane}.time_zone)::date - ${lane}.warm_up_from))::int)`;

/**
 * SQL: the begin of the next local day, 23 to 25 hours after the begin of this one. When midnight occurs twice, the first one counts.
 * `zoned`: alias of a row with a time zone.
 */
export const nextDayOf = (zoned: string, now: string): string => `
  (SELECT CASE WHEN ((b.at - interval '1 hour') AT TIME ZONE ${zoned}.time_zone)::date = b.day THEN b.at - interval '1 hour' ELSE b.at END
   FROM (SELECT d.day, d.day::timestamp AT TIME ZONE ${zoned}.time_zone AS at
         FROM (SELECT (${now} AT TIME ZONE ${zoned}.time_zone)::date + 1 AS day) d) b)`;

/** Ms beyond the gaps of a lane's limits within which its next slot lies. A slot lies further away only after the clock was set back. */
const slotSlackMs = 5_000;
/** SQL: the latest time at which the limits of the lane allow its next slot. */
export const lastSlotOf = (lane: string, now: string): string =>
  `${now} + (CASE WHEN ${lane}.window_limit > 0 THEN ${lane}.window_ms * 1.01 ELSE 0 END + ${lane}.jitter_ms + ${lane}.burst_pause_ms + ${slotSlackMs}) * interval '1 ms'`;

/** SQL: the slot of the lane's next message, not before now. @param shift interval by which the lane's last calls were late */
export const firstSlotOf = (lane: string, now: string, shift = ''): string =>
  `greatest(least(${lane}.next_slot_at${shift && ` + ${shift}`}, ${lastSlotOf(lane, now)}), ${now})`;

/**
 * Share by which gaps are longer than window / limit. It absorbs the different delays with which two calls reach the provider; a delay
 * beyond it is added to the next slot (see `ClaimWish.shiftMs`).
 */
export const paceReserve = 0.006;
