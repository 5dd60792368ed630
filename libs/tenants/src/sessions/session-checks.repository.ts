import type { Sql } from '@heliograph/kernel';
import { isSessionOpen } from './session-rows.repository';
import type { SessionStatus } from './session-status';

/** A session whose check is due. */
export interface DueSession {
  id: string;
  status: SessionStatus;
  checks: number;
  qrExpired: boolean;
  /** Database time after which another process may take this check over. If it is unchanged, nobody requested a check meanwhile. */
  lease: string;
  asOf: string;
}

/** Claims due checks for `leaseSeconds`, skipping those that another process holds. */
export function claimDueChecks(sql: Sql, limit: number, leaseSeconds: number): Promise<DueSession[]> {
  return sql.query<DueSession>(
    `WITH due AS (
       SELECT tenant_id, id FROM sessions WHERE deleted_at IS NULL AND next_check_at <= heliograph_now() ORDER BY next_check_at LIMIT $1 FOR UPDATE SKIP LOCKED
     )
     UPDATE sessions s SET next_check_at = heliograph_now() + make_interval(secs => $2), status_checked_at = heliograph_now(), checks = s.checks + 1,
       -- Nobody can link a phone with it any more.
       qr = CASE WHEN s.qr_expires_at > heliograph_now() THEN s.qr END
     FROM due WHERE s.tenant_id = due.tenant_id AND s.id = due.id
     RETURNING s.id, s.status, s.checks, s.status = 'need_scan' AND s.qr_expires_at <= heliograph_now() AS "qrExpired", s.next_check_at::text AS lease, heliograph_now()::text AS "asOf"`,
    [limit, leaseSeconds],
  );
}

/** Sets the time of the next check, unless a check was requested or taken over since: that time stays. */
export async function scheduleCheck(sql: Sql, { id, lease }: Pick<DueSession, 'id' | 'lease'>, inSeconds: number): Promise<void> {
  await sql.query(`UPDATE sessions SET next_check_at = heliograph_now() + make_interval(secs => $3) WHERE id = $1 AND next_check_at = $2`, [
    id,
    lease,
    inSeconds,
  ]);
}

/** Claims connected sessions that have messages to send and were not checked for a number of seconds. */
export function takeSending(sql: Sql, limit: number, seconds: number): Promise<{ id: string; account: string | null }[]> {
  return sql.query<{ id: string; account: string | null }>(
    `WITH due AS (
       SELECT s.tenant_id, s.id FROM sending_sessions w JOIN sessions s ON s.tenant_id = w.tenant_id AND s.id = w.session_id
       WHERE s.deleted_at IS NULL AND ${isSessionOpen('s')}
         AND coalesce(s.watched_at, '-infinity') <= heliograph_now() - make_interval(secs => $2) AND coalesce(s.status_checked_at, '-infinity') <= heliograph_now() - make_interval(secs => $2)
       LIMIT $1 FOR UPDATE OF s SKIP LOCKED
     )
     UPDATE sessions s SET watched_at = heliograph_now() FROM due WHERE s.tenant_id = due.tenant_id AND s.id = due.id RETURNING s.id, s.account_id AS account`,
    [limit, seconds],
  );
}

/** Schedules a check of the session now, at most once in 2 s. */
export async function checkSoon(sql: Sql, id: string): Promise<void> {
  await sql.query(
    `UPDATE sessions SET next_check_at = least(next_check_at, greatest(heliograph_now(), status_checked_at + interval '2 s'))
     WHERE id = $1 AND status <> 'deleted'`,
    [id],
  );
}

/** Returns the known phones of sessions. */
export async function phonesOf(sql: Sql, ids: string[]): Promise<Map<string, string | null>> {
  const known = await sql.query<{ id: string; phone: string | null }>(`SELECT id, phone FROM sessions WHERE id = ANY ($1::uuid[])`, [ids]);
  return new Map(known.map(({ id, phone }) => [id, phone]));
}

/** Returns the database's time, as text. */
export async function databaseNow(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ now: string }>('SELECT heliograph_now()::text AS now');
  return (row as { now: string }).now;
}
