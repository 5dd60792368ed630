import { AppError, newId, type Sql } from '@heliograph/kernel';
import { ImportFault } from './contact-import';
import type { FileRow } from './csv-rows';
import { importLimits } from './import-limits';
import type { FileBytes } from './xlsx-rows';
import { someRowsSql } from '../some-rows.repository';

/** Bytes of a stored part of an upload. */
const partBytes = 1024 * 1024;
/** Rows of a part of rows: what one transaction of the run writes. */
export const rowsPerPart = 2_000;
/** Bytes after which a part of rows ends. */
const rowBytes = 1024 * 1024;

/** An import of a tenant. */
export interface ImportRef {
  tenantId: string;
  id: string;
}

/** Refuses a file or a chunk that the tenant has no room for, and holds the room until the transaction ends. @throws AppError `imports_full` */
export async function holdRoom(tx: Sql, tenantId: string, bytes: number): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtext('heliograph imports'), hashtext($1))`, [tenantId]);
  const [row] = await tx.query<{ bytes: number }>(
    `SELECT coalesce(sum(bytes), 0)::float8 AS bytes FROM contact_imports WHERE tenant_id = $1 AND NOT forgotten`,
    [tenantId],
  );
  if ((row?.bytes ?? 0) + bytes <= importLimits.maxTenantBytes) return;
  throw new AppError(
    'conflict',
    'imports_full',
    `The files of all imports have at most ${importLimits.maxTenantBytes / 1024 ** 3} GB. They are deleted a day after the run, or a week after the upload without one.`,
  );
}

/** Cuts a stream into parts. */
export async function* inParts(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length;) {
      const piece = chunk.subarray(from, from + partBytes - size);
      pieces.push(piece);
      size += piece.length;
      from += piece.length;
      if (size < partBytes) continue;
      yield Buffer.concat(pieces, size);
      [pieces, size] = [[], 0];
    }
  }
  if (size > 0) yield Buffer.concat(pieces, size);
}

export async function putFilePart(sql: Sql, { tenantId, id }: ImportRef, place: number, bytes: Buffer): Promise<void> {
  await sql.query(`INSERT INTO contact_import_parts (tenant_id, import_id, kind, place, bytes) VALUES ($1, $2, 'file', $3, $4)`, [
    tenantId,
    id,
    place,
    bytes,
  ]);
}

/** Returns the stored upload, to be read from any place. Every part but the last one is full. */
export function fileBytes(sql: Pick<Sql, 'query'>, { tenantId, id }: ImportRef, size: number): FileBytes {
  return {
    size,
    async *read(start, end) {
      for (let from = start; from < end;) {
        const place = Math.floor(from / partBytes);
        const inside = from - place * partBytes;
        const count = Math.min(end - from, partBytes - inside);
        const [row] = await sql.query<{ bytes: Buffer }>(
          `SELECT substring(bytes FROM $4 FOR $5) AS bytes FROM contact_import_parts WHERE tenant_id = $1 AND import_id = $2 AND kind = 'file' AND place = $3`,
          [tenantId, id, place, inside + 1, count],
        );
        if (!row || row.bytes.length === 0) return;
        yield row.bytes;
        from += row.bytes.length;
      }
    },
  };
}

/** Rows of a part as text, cut by number and size. */
interface RowPart {
  text: string;
  rows: number;
}

/** Cuts rows into parts. The text is the form in which rows are stored: one array [line, ...cells] a line. */
class RowParts {
  private lines: string[] = [];
  private size = 0;

  /** @returns a part when it is full; null: not yet */
  add({ line, cells }: FileRow): RowPart | null {
    const text = JSON.stringify([line, ...cells]);
    this.lines.push(text);
    this.size += text.length;
    return this.lines.length >= rowsPerPart || this.size >= rowBytes ? this.take() : null;
  }

  /** Returns the rows that wait, as a part; null: there are none. */
  take(): RowPart | null {
    if (this.lines.length === 0) return null;
    const part = { text: this.lines.join('\n'), rows: this.lines.length };
    [this.lines, this.size] = [[], 0];
    return part;
  }
}

async function putRowPart(sql: Sql, { tenantId, id }: ImportRef, place: number, { text }: RowPart): Promise<number> {
  const bytes = Buffer.from(text);
  await sql.query(`INSERT INTO contact_import_parts (tenant_id, import_id, kind, place, bytes) VALUES ($1, $2, 'rows', $3, $4)`, [
    tenantId,
    id,
    place,
    bytes,
  ]);
  return bytes.length;
}

/**
 * Stores the rows of a file in parts, in the caller's transaction, and deletes those of an earlier reading.
 * @returns the number of parts and rows
 */
export async function storeRows(
  sql: Sql,
  ref: ImportRef,
  rows: AsyncIterable<FileRow>,
  afterPart: (rows: number) => Promise<void>,
): Promise<{ parts: number; rows: number }> {
  await sql.query(`DELETE FROM contact_import_parts WHERE tenant_id = $1 AND import_id = $2 AND kind = 'rows'`, [ref.tenantId, ref.id]);
  const waiting = new RowParts();
  const total = { parts: 0, rows: 0 };
  const put = async (part: RowPart | null): Promise<void> => {
    if (part === null) return;
    await putRowPart(sql, ref, total.parts++, part);
    total.rows += part.rows;
    await afterPart(total.rows);
  };
  for await (const row of rows) await put(waiting.add(row));
  await put(waiting.take());
  return total;
}

/**
 * Stores further rows behind those that are stored, in the caller's transaction and under the lock of the import's row.
 * @returns the number of new parts and their bytes
 */
export async function appendRows(sql: Sql, ref: ImportRef, rows: Iterable<FileRow>): Promise<{ parts: number; bytes: number }> {
  const [stored] = await sql.query<{ next: number }>(`SELECT parts AS next FROM contact_imports WHERE tenant_id = $1 AND id = $2`, [
    ref.tenantId,
    ref.id,
  ]);
  const waiting = new RowParts();
  const total = { parts: 0, bytes: 0 };
  const put = async (part: RowPart | null): Promise<void> => {
    if (part !== null) total.bytes += await putRowPart(sql, ref, (stored?.next ?? 0) + total.parts++, part);
  };
  for (const row of rows) await put(waiting.add(row));
  await put(waiting.take());
  return total;
}

/** Returns the rows of a part. @throws ImportFault `import_forgotten`: the part was deleted meanwhile, since the import is old */
export async function readPart(sql: Sql, { tenantId, id }: ImportRef, place: number): Promise<FileRow[]> {
  const [row] = await sql.query<{ bytes: Buffer }>(
    `SELECT bytes FROM contact_import_parts WHERE tenant_id = $1 AND import_id = $2 AND kind = 'rows' AND place = $3`,
    [tenantId, id, place],
  );
  if (!row) throw new ImportFault('import_forgotten', 'The file is not stored any more. Load it again.');
  return row.bytes
    .toString('utf8')
    .split('\n')
    .map((text) => {
      const [line, ...cells] = JSON.parse(text) as [number, ...string[]];
      return { line, cells };
    });
}

/** Deletes parts of an import. @returns the number of deleted parts, less than `limit` when none is left */
export async function deleteParts(sql: Sql, { tenantId, id }: ImportRef, limit: number): Promise<number> {
  const gone = await sql.query(
    `DELETE FROM contact_import_parts WHERE ${someRowsSql('contact_import_parts', 'tenant_id = $1 AND import_id = $2', '$3')} RETURNING 1`,
    [tenantId, id, limit],
  );
  return gone.length;
}

export const newImport = (tenantId: string): ImportRef => ({ tenantId, id: newId() });
