import type { Sql } from '@heliograph/kernel';
import type { HeldReason } from './session';
import type { SessionStatus } from './session-status';

/** Statuses that only a person ends. */
export const statusesInNeed = ['logged_out', 'expired', 'unauthorised', 'need_scan', 'need_passkey'] as const satisfies SessionStatus[];
/** Minutes after which a lost connection needs a person: most come back within seconds. */
const disconnectedMinutes = 2;

/** A session that sends nothing until a person acts. */
export interface SessionInNeed {
  tenantId: string;
  id: string;
  name: string;
  status: SessionStatus;
  heldReason: HeldReason | null;
  phone: string | null;
  confirmedPhone: string | null;
  since: Date;
}

/** Columns of a changed session that the list of sessions shows. */
export interface SessionState {
  tenantId: string;
  id: string;
  name: string;
  status: SessionStatus;
  heldReason: HeldReason | null;
  phone: string | null;
  confirmedPhone: string | null;
  statusSince: Date;
  isDeleted: boolean;
}

const within = `($1::uuid[] IS NULL OR tenant_id = ANY ($1))`;

/** Returns sessions that need a person, the longest first. A session that is paused on purpose needs nobody. @param tenantIds null: all tenants */
export function sessionsInNeed(sql: Sql, tenantIds: string[] | null): Promise<SessionInNeed[]> {
  return sql.query<SessionInNeed>(
    `SELECT tenant_id AS "tenantId", id, name, status, held_reason AS "heldReason", phone, confirmed_phone AS "confirmedPhone", status_since AS since
     FROM sessions WHERE ${within} AND deleted_at IS NULL AND paused_at IS NULL
       AND (status = ANY ($2) OR held_reason = 'phone_changed'
         OR status = 'disconnected' AND status_since < heliograph_now() - interval '${disconnectedMinutes} minutes')
     ORDER BY status_since LIMIT 500`,
    [tenantIds, statusesInNeed],
  );
}

/** SQL: true for a session that may send now: it is connected and not held. */
export const maySend = `(status = 'connected' AND held_reason IS NULL)`;

/** Counts sessions, and those that may send now. @param tenantIds null: all tenants */
export async function countSessions(sql: Sql, tenantIds: string[] | null): Promise<{ all: number; sending: number }> {
  const [row] = await sql.query<{ all: number; sending: number }>(
    `SELECT count(*)::int AS all, count(*) FILTER (WHERE ${maySend})::int AS sending
     FROM sessions WHERE ${within} AND deleted_at IS NULL`,
    [tenantIds],
  );
  return row ?? { all: 0, sending: 0 };
}

/** Returns the states of these sessions, of all tenants, also of deleted ones. */
export function sessionStates(sql: Sql, ids: string[]): Promise<SessionState[]> {
  return sql.query<SessionState>(
    `SELECT tenant_id AS "tenantId", id, name, status, held_reason AS "heldReason", phone, confirmed_phone AS "confirmedPhone", status_since AS "statusSince",
       deleted_at IS NOT NULL AS "isDeleted" FROM sessions WHERE id = ANY ($1::uuid[])`,
    [ids],
  );
}
