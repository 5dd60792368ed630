import type { Sql } from '@heliograph/kernel';
import type { ContactImportState, ImportCounts } from './contact-import';
import type { ImportRef } from './import-files.repository';

/** Place of an import, as far as a list shows it. */
export interface ImportProgress extends ImportRef, Pick<ImportCounts, 'created' | 'changed' | 'unchanged' | 'refused'> {
  state: ContactImportState;
  rowsTotal: number | null;
  rowsDone: number;
}

/** Tells every process at the commit that an import changed, as the trigger of a followed table does. The key begins with the tenant. */
export async function tellImport(sql: Sql, { tenantId, id }: ImportRef): Promise<void> {
  await sql.query(`SELECT pg_notify('heliograph_changes', 'contact_imports:' || $1::text || '/' || $2::text)`, [tenantId, id]);
}

/** Returns how far imports are; those that are gone are left out. @param keys tenant and id of each */
export function importProgressOf(sql: Sql, keys: [tenantId: string, id: string][]): Promise<ImportProgress[]> {
  return sql.query<ImportProgress>(
    `SELECT i.tenant_id AS "tenantId", i.id, i.state, i.rows_total AS "rowsTotal", i.done_rows AS "rowsDone", i.created, i.changed, i.unchanged, i.refused
     FROM unnest($1::uuid[], $2::uuid[]) AS k(tenant_id, id) JOIN contact_imports i ON i.tenant_id = k.tenant_id AND i.id = k.id`,
    [keys.map(([tenantId]) => tenantId), keys.map(([, id]) => id)],
  );
}
