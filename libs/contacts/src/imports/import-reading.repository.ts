import type { Database } from '@heliograph/kernel';
import { ImportFault, type ImportFormat } from './contact-import';
import { rowsOf } from './import-preview';
import type { FileRow } from './csv-rows';
import type { ImportReading } from './import-body';
import { fileBytes, type ImportRef, storeRows } from './import-files.repository';
import { importLimits } from './import-limits';

/** True when the file of an import has to be read before its check. */
export async function needsReading(db: Database, { tenantId, id }: ImportRef): Promise<boolean> {
  const [row] = await db.query(
    `SELECT 1 FROM contact_imports WHERE tenant_id = $1 AND id = $2 AND state = 'checking' AND read_as IS DISTINCT FROM reading`,
    [tenantId, id],
  );
  return row !== undefined;
}

/**
 * Reads the file into parts of rows, in one transaction under a lock of its own: the import's row stays free, so that it can be
 * cancelled meanwhile.
 */
export function readFileOf(db: Database, ref: ImportRef): Promise<boolean> {
  const { tenantId, id } = ref;
  return db.forTenant(tenantId, async (tx) => {
    const [lock] = await tx.query<{ held: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtext('heliograph import'), hashtext($1)) AS held`,
      [id],
    );
    if (!lock?.held) return false;
    const [file] = await tx.query<{ format: ImportFormat; bytes: number; reading: ImportReading | null }>(
      `SELECT format, bytes::float8 AS bytes, reading FROM contact_imports WHERE tenant_id = $1 AND id = $2 AND state = 'checking' AND read_as IS DISTINCT FROM reading`,
      [tenantId, id],
    );
    if (!file?.reading) return false;
    const { reading } = file;
    const stillAsked = async (rows: number): Promise<void> => {
      if (rows > importLimits.maxRows)
        throw new ImportFault('too_many_rows', `A file has at most ${importLimits.maxRows.toLocaleString('en')} rows.`);
      const [asked] = await tx.query(`SELECT 1 FROM contact_imports WHERE tenant_id = $1 AND id = $2 AND state = 'checking'`, [
        tenantId,
        id,
      ]);
      if (!asked) throw new Cancelled();
    };
    const source = withoutHeader(rowsOf(fileBytes(tx, ref, file.bytes), file.format, reading), reading.header);
    try {
      const { parts, rows } = await storeRows(tx, ref, source, stillAsked);
      await tx.query(
        `UPDATE contact_imports SET read_as = $3, rows_total = $4, parts = $5, tries = 0, due_at = NULL, changed_at = heliograph_now() WHERE tenant_id = $1 AND id = $2 AND state = 'checking'`,
        [tenantId, id, JSON.stringify(reading), rows, parts],
      );
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
      await tx.query(`DELETE FROM contact_import_parts WHERE tenant_id = $1 AND import_id = $2 AND kind = 'rows'`, [tenantId, id]);
      await tx.query(`UPDATE contact_imports SET read_as = NULL WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
      return false;
    }
    return true;
  });
}

/** Stops reading a file whose import was deleted or is no longer checked. */
class Cancelled extends Error {}

async function* withoutHeader(rows: AsyncGenerator<FileRow>, header: boolean): AsyncGenerator<FileRow> {
  let isFirst = header;
  let last = 0;
  for await (const row of rows) {
    // A workbook may name a row twice.
    last = Math.max(row.line, last + 1);
    if (!isFirst) yield { line: last, cells: row.cells.slice(0, importLimits.maxColumns + 1) };
    isFirst = false;
  }
}
