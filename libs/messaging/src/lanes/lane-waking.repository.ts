import type { Tx } from '@heliograph/kernel';
import type { LaneBell } from './lane-bell';

/**
 * SQL: assignments of an `UPDATE lanes` that wake the lane. It is claimed at the time `at` or earlier, and the next claim ignores what an
 * earlier claim saw.
 * @param lane the table or its alias
 * @param at null: at the time at which it would be claimed anyway
 */
export const wakes = (lane: string, at = 'heliograph_now()'): string =>
  `next_due_at = least(${lane}.next_due_at, ${at}), revision = ${lane}.revision + 1`;

/** SQL: the same for a lane whose limits changed. A lane without waiting messages is not woken. */
export const wakesIfWaiting = (lane: string): string => wakes(lane, `CASE WHEN ${lane}.next_due_at IS NOT NULL THEN heliograph_now() END`);

/** SQL: locks the lanes of these sessions, in the order of their ids, so that two statements cannot deadlock. */
export const lockLanesOf = (sessionIds: string): string =>
  `SELECT session_id FROM lanes WHERE session_id IN (${sessionIds}) ORDER BY session_id FOR UPDATE`;

/** SQL: wakes the lanes of these sessions. */
export const wakeLanesOf = (sessionIds: string): string =>
  `UPDATE lanes l SET ${wakes('l')}
   FROM (${lockLanesOf(sessionIds)}) k WHERE l.session_id = k.session_id`;

/**
 * Wakes the lanes of these sessions in the caller's transaction, and rings them after the commit.
 * @param sessionIds SQL of the ids
 */
export async function wakeLanesIn(tx: Tx, bell: LaneBell, sessionIds: string, parameters: unknown[]): Promise<void> {
  const lanes = await tx.query<{ sessionId: string }>(`${wakeLanesOf(sessionIds)} RETURNING l.session_id AS "sessionId"`, parameters);
  tx.afterCommit(() => lanes.forEach(({ sessionId }) => bell.ring(sessionId)));
}

/** Does the same for known ids. */
export async function wakeLanes(tx: Tx, bell: LaneBell, sessionIds: Iterable<string>): Promise<void> {
  const lanes = [...new Set(sessionIds)];
  if (lanes.length === 0) return;
  await wakeLanesIn(tx, bell, 'SELECT unnest($1::uuid[])', [lanes]);
}
