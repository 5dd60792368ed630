import { Injectable } from '@nestjs/common';
import { type Actor, AppError, cleanText, Database, noteAudit, rowsHash, type Sql, storedActor, type Tx } from '@heliograph/kernel';
import type { ContactImport } from './contact-import';
import { beginCheck, type ImportRecord, readImport, setRunActor, toImport } from './contact-import-record.repository';
import { assertList } from '../lists/contact-lists.repository';
import type { ImportSettings } from './import-body';
import { appendRows, holdRoom, type ImportRef, newImport } from './import-files.repository';
import { importLimits } from './import-limits';
import {
  columnsWith,
  firstColumns,
  type ImportRecipient,
  maxVariables,
  type RecipientImportBody,
  rowsOfRecipients,
  settingsOf,
} from './import-recipients';

/** Hours after its last chunk for which an import waits for the next one. */
export const chunkHours = 24;

/** A chunk of an import as it is stored. */
export interface ImportChunk {
  chunk: number;
  rows: number;
  /** Rows of all chunks so far. */
  rowsTotal: number;
  /** True when the chunk was stored before: nothing changed. */
  repeated: boolean;
}

/** Imports whose people the core application gives by API, in chunks. Their rows are checked, run and undone as those of files. */
@Injectable()
export class ImportChunks {
  constructor(private readonly db: Database) {}

  /** Opens an import. @throws AppError `unknown_list` */
  open(tenantId: string, actor: Actor, country: string, body: RecipientImportBody): Promise<ContactImport> {
    const ref = newImport(tenantId);
    const settings = { ...settingsOf(body), default_country: body.default_country ?? country } as ImportSettings;
    return this.db.forTenant(tenantId, async (tx) => {
      await assertList(tx, tenantId, settings.list_id);
      await tx.query(
        `INSERT INTO contact_imports (tenant_id, id, source, file_name, columns, settings, rows_total, parts, actor, actor_ref) VALUES ($1, $2, 'api', $3, $4, $5, 0, 0, $6, $7)`,
        [tenantId, ref.id, cleanText(body.name), JSON.stringify(firstColumns), JSON.stringify(settings), ...storedActor(actor)],
      );
      noteAudit({ subject: { kind: 'contact_import', id: ref.id } });
      return toImport(await readImport(tx, ref));
    });
  }

  /**
   * Stores a chunk, in one transaction. The same content under the same number changes nothing, also after the end.
   * @throws AppError `not_found`; `chunk_differs`; `import_started`, `import_forgotten`; `not_by_api`; `too_many_rows`, `too_many_columns`, `imports_full`
   */
  async put(tenantId: string, id: string, chunk: number, recipients: ImportRecipient[]): Promise<ImportChunk> {
    const hash = await rowsHash(recipients);
    return this.db.forTenant(tenantId, async (tx) => {
      const ref = { tenantId, id };
      const found = await readApiImport(tx, ref);
      const [stored] = await tx.query<{ hash: Buffer; rows: number }>(
        `SELECT hash, rows FROM contact_import_chunks WHERE tenant_id = $1 AND import_id = $2 AND chunk = $3`,
        [tenantId, id, chunk],
      );
      const rowsTotal = found.rowsTotal ?? 0;
      if (stored?.hash.equals(hash)) return { chunk, rows: stored.rows, rowsTotal, repeated: true };
      if (stored) throw new AppError('conflict', 'chunk_differs', 'The chunk was stored with other recipients. Use another number.');
      if (found.state !== 'uploading')
        throw new AppError('conflict', 'import_started', `The import is ${found.state}: it takes no more chunks.`);
      await assertWaiting(tx, ref);
      if (rowsTotal + recipients.length > importLimits.maxRows)
        throw new AppError(
          'unprocessable',
          'too_many_rows',
          `An import has at most ${importLimits.maxRows.toLocaleString('en')} recipients.`,
        );
      const columns = columnsWith(found.columns, recipients);
      if (columns.length > importLimits.maxColumns)
        throw new AppError('unprocessable', 'too_many_columns', `An import has at most ${maxVariables} variables.`);
      await holdRoom(tx, tenantId, 0);
      await this.store(tx, ref, { chunk, hash, columns, recipients });
      return { chunk, rows: recipients.length, rowsTotal: rowsTotal + recipients.length, repeated: false };
    });
  }

  /**
   * Ends the chunks, and requests the check and the run. A second call changes nothing.
   * @param chunks number of chunks that were sent; another number refuses the end
   * @param run false: only ends the chunks
   * @throws AppError `not_found`; `not_by_api`; `chunks_missing`, `no_recipients`, `import_forgotten`
   */
  finish(
    tenantId: string,
    actor: Actor,
    id: string,
    { chunks, run }: { chunks?: number | undefined; run: boolean },
  ): Promise<ContactImport> {
    return this.db.forTenant(tenantId, async (tx) => {
      const ref = { tenantId, id };
      const found = await readApiImport(tx, ref);
      if (found.state !== 'uploading') return toImport(found);
      await assertWaiting(tx, ref);
      const [stored] = await tx.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM contact_import_chunks WHERE tenant_id = $1 AND import_id = $2`,
        [tenantId, id],
      );
      const count = stored?.count ?? 0;
      if (chunks !== undefined && chunks !== count)
        throw new AppError('conflict', 'chunks_missing', `${count} chunks are stored, not ${chunks}. Send the missing ones.`, {
          path: 'chunks',
        });
      if (!found.rowsTotal) throw new AppError('unprocessable', 'no_recipients', 'The import has no recipients.');
      await tx.query(`UPDATE contact_imports SET state = 'mapped', changed_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        id,
      ]);
      noteAudit({ details: { rows: found.rowsTotal, chunks: count } });
      if (run) {
        await setRunActor(tx, ref, actor);
        await beginCheck(tx, ref, true);
      }
      return toImport(await readImport(tx, ref));
    });
  }

  private async store(
    tx: Tx,
    ref: ImportRef,
    { chunk, hash, columns, recipients }: { chunk: number; hash: Buffer; columns: ImportRecord['columns']; recipients: ImportRecipient[] },
  ): Promise<void> {
    const { parts, bytes } = await appendRows(tx, ref, rowsOfRecipients(columns, chunk, recipients));
    await tx.query(`INSERT INTO contact_import_chunks (tenant_id, import_id, chunk, rows, hash) VALUES ($1, $2, $3, $4, $5)`, [
      ref.tenantId,
      ref.id,
      chunk,
      recipients.length,
      hash,
    ]);
    await tx.query(
      `UPDATE contact_imports SET columns = $3, rows_total = rows_total + $4, parts = parts + $5, bytes = bytes + $6, changed_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`,
      [ref.tenantId, ref.id, JSON.stringify(columns), recipients.length, parts, bytes],
    );
  }
}

/** Reads an import by API and holds it. @throws AppError `not_found`, `not_by_api` */
async function readApiImport(tx: Sql, ref: ImportRef): Promise<ImportRecord> {
  const found = await readImport(tx, ref, 'FOR UPDATE');
  if (found.source !== 'api') throw new AppError('conflict', 'not_by_api', 'The import is of a file: it takes no chunks.');
  return found;
}

/** @throws AppError `import_forgotten` when chunks may be deleted already */
async function assertWaiting(tx: Sql, { tenantId, id }: ImportRef): Promise<void> {
  const waiting = await tx.query(
    `SELECT 1 FROM contact_imports WHERE tenant_id = $1 AND id = $2 AND NOT forgotten AND changed_at > heliograph_now() - ${chunkHours} * interval '1 hour'`,
    [tenantId, id],
  );
  if (waiting.length === 0)
    throw new AppError('conflict', 'import_forgotten', `The import got no chunk for ${chunkHours} hours. Open another one.`);
}
