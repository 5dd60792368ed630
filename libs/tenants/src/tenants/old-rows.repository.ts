import type { Sql } from '@heliograph/kernel';

/** Number of tenants that one statement examines. */
const tenantsAtOnce = 200;
const endOfTenant = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Key of a row. */
export interface OldRow {
  tenantId: string;
  id: string;
}

/**
 * Returns the next rows of a table with the key (tenant_id, id) whose ids (UUIDv7) are older than a number of days, by tenant and id.
 * Reads only index entries of old rows, however large the table is: no index by time is needed.
 * @param from end of the previous part; null: the start
 */
export async function oldRows(
  sql: Sql,
  table: string,
  keptDays: number,
  limit: number,
  from: string | null,
): Promise<{ rows: OldRow[]; next: string | null }> {
  const [tenantFrom, idFrom] = from?.split('/') ?? [null, null];
  const tenants = await sql.query<{ id: string }>(
    `SELECT id FROM tenants WHERE $1::uuid IS NULL OR id >= $1 ORDER BY id LIMIT ${tenantsAtOnce}`,
    [tenantFrom],
  );
  const rows = await sql.query<OldRow>(
    `SELECT o.tenant_id AS "tenantId", o.id FROM unnest($1::uuid[]) WITH ORDINALITY AS t(id, place)
     CROSS JOIN LATERAL (
       SELECT r.tenant_id, r.id FROM ${table} r
       WHERE r.tenant_id = t.id AND r.id < (SELECT (lpad(to_hex((extract(epoch FROM heliograph_now() - $2 * interval '1 day') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid)
         AND (t.id IS DISTINCT FROM $3::uuid OR r.id > $4::uuid)
       ORDER BY r.id LIMIT $5) o
     ORDER BY t.place, o.id LIMIT $5`,
    [tenants.map(({ id }) => id), keptDays, tenantFrom, idFrom, limit],
  );
  if (rows.length === limit) return { rows, next: placeOf(rows.at(-1) as OldRow) };
  const last = tenants.length === tenantsAtOnce ? tenants.at(-1) : undefined;
  return { rows, next: last ? placeOf({ tenantId: last.id, id: endOfTenant }) : null };
}

const placeOf = ({ tenantId, id }: OldRow) => `${tenantId}/${id}`;
