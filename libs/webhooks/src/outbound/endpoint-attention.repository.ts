import { addDurations, noDurations, p95Of } from '@heliograph/kernel';
import type { Sql } from '@heliograph/kernel';
import { pendingOf } from './callback-endpoints.repository';

/** State of an endpoint. */
export interface EndpointState {
  tenantId: string;
  id: string;
  name: string;
  state: 'active' | 'paused' | 'disabled' | 'deleted';
  disabledReason: string | null;
  failingSince: Date | null;
}

/** Minutes of failure after which an endpoint needs a person. */
const failingMinutes = 5;
const columns = `tenant_id AS "tenantId", id, name, state, disabled_reason AS "disabledReason", failing_since AS "failingSince"`;

/** Returns endpoints that need a person: those that fail, and those that were disabled because they failed. @param tenantIds null: all tenants */
export function endpointsInNeed(sql: Sql, tenantIds: string[] | null): Promise<EndpointState[]> {
  return sql.query<EndpointState>(
    `SELECT ${columns} FROM callback_endpoints WHERE ($1::uuid[] IS NULL OR tenant_id = ANY ($1))
       AND (state = 'active' AND failing_since < heliograph_now() - interval '${failingMinutes} minutes' OR state = 'disabled') ORDER BY failing_since, id LIMIT 500`,
    [tenantIds],
  );
}

/** Counts the pending callbacks of these endpoints, each up to `max`. */
export async function pendingCallbacksOf(sql: Sql, ids: string[], max: number): Promise<Map<string, number>> {
  const rows = await sql.query<{ id: string; count: number }>(
    `SELECT e.id, p.count FROM unnest($1::uuid[]) AS e(id) CROSS JOIN LATERAL (${pendingOf('e.id', max)}) p`,
    [ids],
  );
  return new Map(rows.map(({ id, count }) => [id, count]));
}

/** Returns the states of these endpoints, of all tenants. */
export function endpointStates(sql: Sql, ids: string[]): Promise<EndpointState[]> {
  return sql.query<EndpointState>(`SELECT ${columns} FROM callback_endpoints WHERE id = ANY ($1::uuid[])`, [ids]);
}

/** Returns how many calls endpoints got in this hour and the one before, and within which time in ms 95 % of them ended. @param tenantIds null: all tenants */
export async function callTimes(sql: Sql, tenantIds: string[] | null): Promise<{ calls: number; p95Ms: number | null }> {
  const rows = await sql.query<{ durations: number[] }>(
    `SELECT durations FROM callback_hours WHERE hour >= date_trunc('hour', heliograph_now(), 'UTC') - interval '1 hour' AND ($1::uuid[] IS NULL OR tenant_id = ANY ($1))`,
    [tenantIds],
  );
  const all = rows.reduce((sum, { durations }) => addDurations(sum, durations), noDurations());
  return { calls: all.reduce((sum, count) => sum + count, 0), p95Ms: p95Of(all) };
}
