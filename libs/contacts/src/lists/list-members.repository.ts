import type { Tx } from '@heliograph/kernel';

/** Puts contacts on a list, as long as the list exists. @returns those who were not on it */
export async function addToList(tx: Tx, tenantId: string, listId: string, contactIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `INSERT INTO contact_list_members (tenant_id, list_id, contact_id) SELECT $1, $2, w.id FROM unnest($3::uuid[]) AS w(id)
     WHERE EXISTS (SELECT 1 FROM contact_lists l WHERE l.tenant_id = $1 AND l.id = $2) ON CONFLICT DO NOTHING RETURNING contact_id AS id`,
    [tenantId, listId, contactIds],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Takes contacts off a list. @returns those who were on it */
export async function takeOffList(tx: Tx, tenantId: string, listId: string, contactIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `DELETE FROM contact_list_members WHERE tenant_id = $1 AND list_id = $2 AND contact_id = ANY ($3::uuid[]) RETURNING contact_id AS id`,
    [tenantId, listId, contactIds],
  );
  return new Set(rows.map(({ id }) => id));
}
