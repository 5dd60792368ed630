/*
 * What a lane's limits mean, as SQL for a LATERAL: the claim decides by it, and people are told by it. `lane` is an alias of a
 * row of `lanes`, `now` an expression.
 */

/** `closed_reason` of a lane that the database cannot claim for what a row holds. */
export const invalidLane = 'lane_invalid';

/** `outside`: the send window is closed now. `exempt`: ranks of the classes that go all the same. `opens_at`: when it opens next; null without a window. */
export const sendWindowOf = (lane: string, now: string): string => `
  SELECT ${lane}.send_window IS NOT NULL AND NOT (
      extract(isodow FROM ${now} AT TIME ZONE ${lane}.time_zone)::int = ANY (ARRAY(SELECT jsonb_array_elements_text(${lane}.send_window->'days')::int))
      AND (${now} AT TIME ZONE ${lane}.time_zone)::time >= (${lane}.send_window->>'from')::time
      AND (${now} AT TIME ZONE ${lane}.time_zone)::time < (${lane}.send_window->>'to')::time) AS outside,
    CASE WHEN ${lane}.send_window IS NOT NULL THEN ARRAY(SELECT (array_position(ARRAY['transactional','reply','drip','broadcast'], x) - 1)::smallint
      FROM jsonb_array_elements_text(coalesce(${lane}.send_window->'exempt_classes', '[]'::jsonb)) x) END AS exempt,
    CASE WHEN ${lane}.send_window IS NOT NULL THEN (
      SELECT min(o.at) FROM generate_series(0, 7) d
      CROSS JOIN LATERAL (SELECT (${now} AT TIME ZONE ${lane}.time_zone)::date + d AS day) day
      CROSS JOIN LATERAL (SELECT (day.day + (${lane}.send_window->>'from')::time) AT TIME ZONE ${lane}.time_zone AS at) o
      WHERE o.at > ${now} AND extract(isodow FROM day.day)::int = ANY (ARRAY(SELECT jsonb_array_elements_text(${lane}.send_window->'days')::int))) END AS opens_at`;

/** Messages a capped thing may still send this hour and today, null without a cap. `capped`: alias of a row with a cap's columns. `dailyCap`: expression. */
export const leftOf = (capped: string, now: string, dailyCap = `${capped}.daily_cap`): string => `
  SELECT CASE WHEN ${capped}.hourly_cap IS NOT NULL THEN greatest(0, ${capped}.hourly_cap - CASE WHEN ${capped}.hour_at = date_trunc('hour', ${now}) THEN ${capped}.hour_used ELSE 0 END) END AS left_hour,
    CASE WHEN ${dailyCap} IS NOT NULL THEN greatest(0, ${dailyCap} - CASE WHEN ${capped}.day_at = date_trunc('day', ${now}, ${capped}.time_zone) THEN ${capped}.day_used ELSE 0 END) END AS left_day`;

/** A lane's daily cap today: its own, and that of its warm-up while that lasts. Null: none. */
export const dailyCapOf = (lane: string, now: string): string =>
  `least(${lane}.daily_cap, (${lane}.warm_up->>greatest(0, (${now} AT TIME ZONE ${lane}.time_zone)::date - ${lane}.warm_up_from))::int)`;
