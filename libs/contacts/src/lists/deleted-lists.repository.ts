import type { PurgeChunk, Sql, Tx } from '@heliograph/kernel';
import { someRowsSql } from '../some-rows.repository';

/** Members that a request deletes with their list; the purge deletes the others. */
export const membersAtOnce = 20_000;

/** Deletes a list, and members up to a number. No statement has to go through all people of a long list. */
export async function deleteList(tx: Tx, tenantId: string, id: string, maxMembers = membersAtOnce): Promise<void> {
  await tx.query(`DELETE FROM contact_lists WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
  if ((await deleteMembers(tx, tenantId, id, maxMembers)) === maxMembers)
    await tx.query(`INSERT INTO contact_lists_deleted (tenant_id, list_id) VALUES ($1, $2)`, [tenantId, id]);
}

/** Deletes members of deleted lists, one list after another. */
export async function purgeMembers(tx: Sql, limit: number): Promise<PurgeChunk> {
  const [list] = await tx.query<{ tenantId: string; id: string }>(
    `SELECT tenant_id AS "tenantId", list_id AS id FROM contact_lists_deleted LIMIT 1 FOR UPDATE SKIP LOCKED`,
  );
  if (!list) return { deleted: {}, next: null };
  const gone = await deleteMembers(tx, list.tenantId, list.id, limit);
  if (gone < limit) await tx.query(`DELETE FROM contact_lists_deleted WHERE tenant_id = $1 AND list_id = $2`, [list.tenantId, list.id]);
  return { deleted: { contact_list_members: gone }, next: '' };
}

async function deleteMembers(sql: Sql, tenantId: string, listId: string, limit: number): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `WITH gone AS (DELETE FROM contact_list_members WHERE ${someRowsSql('contact_list_members', 'tenant_id = $1 AND list_id = $2', '$3')} RETURNING 1)
     SELECT count(*)::int AS count FROM gone`,
    [tenantId, listId, limit],
  );
  return row?.count ?? 0;
}
