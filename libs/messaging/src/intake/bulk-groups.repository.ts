import type { Sql } from '@heliograph/kernel';

export async function insertBulkGroup(sql: Sql, tenantId: string, groupId: string, name?: string): Promise<void> {
  await sql.query(`INSERT INTO message_groups (tenant_id, id, kind, name) VALUES ($1, $2, 'bulk', $3)`, [tenantId, groupId, name ?? null]);
}

/** Ties a key to a group for so many hours. False: the key is in use. */
export async function claimGroupKey(
  sql: Sql,
  { tenantId, key, requestHash, groupId }: { tenantId: string; key: string; requestHash: Buffer; groupId: string },
  hours: number,
): Promise<boolean> {
  const claimed = await sql.query(
    `INSERT INTO idempotency_keys AS k (tenant_id, key, request_hash, resource_id, expires_at) VALUES ($1, $2, $3, $4, heliograph_now() + $5::float8 * interval '1 hour')
     ON CONFLICT (tenant_id, key) DO UPDATE SET request_hash = excluded.request_hash, resource_id = excluded.resource_id, created_at = heliograph_now(), expires_at = excluded.expires_at,
       status = NULL, response = NULL, locked_until = NULL WHERE k.expires_at <= heliograph_now()
     RETURNING resource_id`,
    [tenantId, key, requestHash, groupId, hours],
  );
  return claimed.length > 0;
}

/** Returns the group a key stands for, with the hash of its request; null: the key is unknown or stands for something else. */
export async function groupOfKey(sql: Sql, tenantId: string, key: string): Promise<{ id: string; requestHash: Buffer } | null> {
  const [known] = await sql.query<{ id: string; requestHash: Buffer }>(
    `SELECT g.id, k.request_hash AS "requestHash" FROM idempotency_keys k JOIN message_groups g ON g.tenant_id = k.tenant_id AND g.id = k.resource_id
     WHERE k.tenant_id = $1 AND k.key = $2`,
    [tenantId, key],
  );
  return known ?? null;
}
