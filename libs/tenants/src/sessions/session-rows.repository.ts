import type { Tx } from '@heliograph/kernel';

/*
 * Fragments of statements of other libs that depend on a session. `s` is an alias of a row of `sessions`, `row` one of a row with
 * `tenant_id` and `session_id`.
 */

/** SQL: true for a session through which messages may be sent, as an AND of conditions. */
export const isSessionOpen = (s: string): string => `${s}.status = 'connected' AND ${s}.held_reason IS NULL`;

/** SQL: true for a session that is not deleted. */
export const isSessionKept = (s: string): string => `${s}.deleted_at IS NULL`;

/** SQL: what follows JOIN for the session of a row, also a deleted one, as `s`. */
export const sessionOf = (s: string, row: string): string =>
  `sessions ${s} ON ${s}.tenant_id = ${row}.tenant_id AND ${s}.id = ${row}.session_id`;

/**
 * SQL: query of the columns that `isSessionOpen` reads, for LATERAL; no row for a deleted session. It is one look-up a row, whatever the planner estimates:
 * LIMIT keeps it from reading all sessions.
 */
export const sessionStateOf = (row: string): string =>
  `SELECT x.status, x.held_reason FROM sessions x WHERE x.tenant_id = ${row}.tenant_id AND x.id = ${row}.session_id AND ${isSessionKept('x')} LIMIT 1`;

/** SQL: query of the sessions of a tenant, also of deleted ones, as `(tenant_id, id)`. */
export const sessionsOf = (tenantId: string): string => `SELECT s.tenant_id, s.id FROM sessions s WHERE s.tenant_id = ${tenantId}`;

/** Returns the places of those ids that are no session of the tenant, or a deleted one, from 0. */
export async function unknownSessions(tx: Tx, tenantId: string, ids: string[]): Promise<number[]> {
  const rows = await tx.query<{ place: number }>(
    `SELECT w.place::int - 1 AS place FROM unnest($2::uuid[]) WITH ORDINALITY AS w(id, place)
     WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.tenant_id = $1 AND s.id = w.id AND ${isSessionKept('s')}) ORDER BY 1`,
    [tenantId, ids],
  );
  return rows.map(({ place }) => place);
}
