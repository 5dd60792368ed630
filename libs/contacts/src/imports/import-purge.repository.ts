import type { PurgeChunk, Sql } from '@heliograph/kernel';
import { importUndoHours } from './contact-import-record.repository';
import { usesOf } from '../lists/people-uses';
import { deleteParts, type ImportRef } from './import-files.repository';
import { someRowsSql } from '../some-rows.repository';

/** Days after its last change for which an import that was never run keeps its file. */
const keptDays = 7;

/** Deletes the files of imports that can no longer be undone or were never run, and what contacts were before, one import after another. */
export async function purgeFiles(tx: Sql, limit: number): Promise<PurgeChunk> {
  const [old] = await tx.query<ImportRef>(
    `SELECT tenant_id AS "tenantId", id FROM contact_imports WHERE NOT forgotten AND (
       (state IN ('done', 'cancelled', 'failed', 'undone') AND run_at IS NOT NULL AND changed_at <= heliograph_now() - $1 * interval '1 hour')
       OR (state IN ('uploaded', 'mapped', 'checked', 'failed') AND run_at IS NULL AND changed_at <= heliograph_now() - $2 * interval '1 day')
       OR (state = 'uploading' AND changed_at <= heliograph_now() - interval '1 day')) LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [importUndoHours, keptDays],
  );
  if (!old) return { deleted: {}, next: null };
  const parts = await deleteParts(tx, old, Math.max(1, Math.floor(limit / 100)));
  const some = async (sql: string) => (await tx.query(sql, [old.tenantId, old.id, limit])).length;
  const deleted = {
    contact_import_parts: parts,
    contact_import_keys: await some(
      `DELETE FROM contact_import_keys WHERE ${someRowsSql('contact_import_keys', 'tenant_id = $1 AND import_id = $2', '$3')} RETURNING 1`,
    ),
    contact_import_chunks: await some(
      `DELETE FROM contact_import_chunks WHERE ${someRowsSql('contact_import_chunks', 'tenant_id = $1 AND import_id = $2', '$3')} RETURNING 1`,
    ),
    contact_import_changes: await some(
      `DELETE FROM contact_import_changes WHERE ${someRowsSql('contact_import_changes', 'tenant_id = $1 AND import_id = $2', '$3')} RETURNING 1`,
    ),
  };
  if (Object.values(deleted).every((count) => count === 0)) await forget(tx, old);
  return { deleted, next: '' };
}

/** Notes that nothing of the file is stored any more. A file whose upload never ended, since its process died, was never an import. */
async function forget(tx: Sql, { tenantId, id }: ImportRef): Promise<void> {
  const gone = await tx.query(
    `DELETE FROM contact_imports WHERE tenant_id = $1 AND id = $2 AND state = 'uploading' AND source = 'file' RETURNING 1`,
    [tenantId, id],
  );
  if (gone.length === 0)
    await tx.query(`UPDATE contact_imports SET forgotten = true, read_as = NULL WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
}

/** States in which an import has ended, or waits for a person. */
const atRest = ['uploaded', 'mapped', 'checked', 'done', 'cancelled', 'failed', 'undone'];

/** Deletes refused rows and samples of imports that did not change for some days, one import after another. */
export async function purgeRefusals(tx: Sql, days: number, limit: number): Promise<PurgeChunk> {
  const [old] = await tx.query<ImportRef>(
    `SELECT tenant_id AS "tenantId", id FROM contact_imports WHERE NOT refusals_gone AND state = ANY ($1::text[]) AND changed_at <= heliograph_now() - $2 * interval '1 day'
     ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [atRest, days],
  );
  if (!old) return { deleted: {}, next: null };
  const gone = await tx.query(
    `DELETE FROM contact_import_refusals WHERE ${someRowsSql('contact_import_refusals', 'tenant_id = $1 AND import_id = $2', '$3')} RETURNING 1`,
    [old.tenantId, old.id, limit],
  );
  if (gone.length < limit)
    await tx.query(`UPDATE contact_imports SET refusals_gone = true, samples = '[]' WHERE tenant_id = $1 AND id = $2`, [
      old.tenantId,
      old.id,
    ]);
  return { deleted: { contact_import_refusals: gone.length }, next: '' };
}

/**
 * Deletes the people of imports that did not change for some days, as an audience. An import that a draft or a campaign uses which is not over
 * keeps them. The import is no source of audiences from the first deleted row on.
 * @param from id of the last import that was looked at
 */
export async function purgePeople(tx: Sql, days: number, limit: number, from: string | null): Promise<PurgeChunk> {
  const [old] = await tx.query<ImportRef>(
    `SELECT tenant_id AS "tenantId", id FROM contact_imports WHERE people <> 'gone' AND id > coalesce($3, '00000000-0000-0000-0000-000000000000')::uuid
       AND state = ANY ($1::text[]) AND changed_at <= heliograph_now() - $2 * interval '1 day' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [atRest, days, from],
  );
  if (!old) return { deleted: {}, next: null };
  const { tenantId, id } = old;
  const uses = await usesOf(tx, tenantId, { kind: 'import', id });
  if (uses.some(({ isHolding }) => isHolding)) return { deleted: {}, next: id };
  const gone = await tx.query(
    `DELETE FROM contact_import_rows WHERE ${someRowsSql('contact_import_rows', 'tenant_id = $1 AND import_id = $2', '$3')} RETURNING 1`,
    [tenantId, id, limit],
  );
  const isLast = gone.length < limit;
  await tx.query(`UPDATE contact_imports SET people = $3 WHERE tenant_id = $1 AND id = $2`, [tenantId, id, isLast ? 'gone' : 'leaving']);
  return { deleted: { contact_import_rows: gone.length }, next: isLast ? id : (from ?? '00000000-0000-0000-0000-000000000000') };
}
