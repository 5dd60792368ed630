import type { Sql } from '@heliograph/kernel';

export async function insertBulkGroup(sql: Sql, tenantId: string, groupId: string, name?: string): Promise<void> {
  await sql.query(`INSERT INTO message_groups (tenant_id, id, kind, name) VALUES ($1, $2, 'bulk', $3)`, [tenantId, groupId, name ?? null]);
}

export async function hasGroup(sql: Sql, tenantId: string, groupId: string): Promise<boolean> {
  return (await sql.query('SELECT 1 FROM message_groups WHERE tenant_id = $1 AND id = $2', [tenantId, groupId])).length > 0;
}
