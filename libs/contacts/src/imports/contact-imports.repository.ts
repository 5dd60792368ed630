import { Injectable } from '@nestjs/common';
import {
  type Actor,
  AppError,
  cleanText,
  Database,
  List,
  listKeys,
  noteAudit,
  outsideAudit,
  type Page,
  type PageRequest,
  readPage,
  type Sql,
  sqlConditions,
  storedActor,
} from '@heliograph/kernel';
import { assertUnused } from '../lists/contact-lists.repository';
import { usesOf } from '../lists/people-uses';
import { AttributeTypes, type TypesByName } from '../attribute-types.repository';
import {
  type ContactImport,
  type ContactImportState,
  type ImportColumnName,
  ImportFault,
  type ImportFormat,
  type Refusal,
  type RefusalReason,
} from './contact-import';
import { csvRows, type FileRow } from './csv-rows';
import type { ImportColumn, ImportReading, ImportSettings } from './import-body';
import { columnsOf, firstRows } from './import-columns';
import {
  beginCheck,
  beginRun,
  type ImportRecord,
  importColumns,
  importUndoHours,
  readImport,
  setRunActor,
  toImport,
} from './contact-import-record.repository';
import { fileBytes, type ImportRef, inParts, newImport, putFilePart } from './import-files.repository';
import { guessCharset, guessHeader, guessSeparator, suggestColumns } from './import-guess';
import { importLimits } from './import-limits';
import { tellImport } from './import-notices.repository';
import { type FileBytes, xlsxRows } from './xlsx-rows';

/** Rows that a preview shows. */
export const previewRows = 100;

const importList = new List('contact_imports', listKeys.id);
const refusalList = new List('import_refusals', listKeys.bigint);

/** The first rows of a file, read in one way, and the likely use of its columns. */
export interface ImportPreview {
  reading: ImportReading;
  columns: ImportColumnName[];
  rows: FileRow[];
  suggested: ImportColumn[];
}

/** A refused row with the cells of the file. */
export type RefusedRow = Refusal & { cells: string[] };

/** Imports of contacts, as clients request and see them. `ContactImportSteps` runs them. */
@Injectable()
export class ContactImports {
  constructor(
    private readonly db: Database,
    private readonly types: AttributeTypes,
  ) {}

  /**
   * Stores a file as it arrives, in parts, and reads its first rows.
   * @param file its bytes, and after them whether the upload was cut
   * @throws AppError `file_too_large`, `empty_file`, `not_a_table`; `invalid_file` with the fault of the file
   */
  async upload(
    tenantId: string,
    actor: Actor,
    { name, country }: { name: string; country: string },
    file: AsyncIterable<Buffer> & { truncated?: boolean },
  ): Promise<ContactImport> {
    const ref = newImport(tenantId);
    const fileName = cleanText(name).slice(0, 255) || 'import.csv';
    try {
      const stored = await outsideAudit(() => this.store(ref, actor, fileName, file));
      const types = await this.db.forTenant(tenantId, async (tx) => (await this.types.of(tx, [tenantId])).get(tenantId));
      const preview = await previewOf(this.db.reading, ref, { ...stored, country, types: types ?? new Map() });
      return await this.db.forTenant(tenantId, async (tx) => {
        noteAudit({ subject: { kind: 'contact_import', id: ref.id }, details: { bytes: stored.bytes, format: stored.format } });
        await tellImport(tx, ref);
        await tx.query(
          `UPDATE contact_imports SET state = 'uploaded', format = $3, bytes = $4, is_utf8 = $5, reading = $6, columns = $7, changed_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`,
          [tenantId, ref.id, stored.format, stored.bytes, stored.isUtf8, JSON.stringify(preview.reading), JSON.stringify(preview.columns)],
        );
        return toImport(await readImport(tx, ref));
      });
    } catch (error) {
      await outsideAudit(() => this.discard(ref));
      throw error instanceof ImportFault ? invalidFile(error) : error;
    }
  }

  /** Returns imports, newest first. */
  list(tenantId: string, states: ContactImportState[] | undefined, page: PageRequest): Promise<Page<ContactImport>> {
    const [before] = importList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId);
    const range = ['i.tenant_id = $1', ...given(before, (p) => `i.id < ${p}::uuid`)];
    return this.db.forTenant(tenantId, async (tx) => {
      const { rows, next } = await readPage<ImportRecord>(tx, importList, page, {
        columns: importColumns,
        from: 'contact_imports i',
        range,
        checked: given(states, (p) => `i.state = ANY (${p}::text[])`),
        order: 'i.id DESC',
        key: ['i.id'],
        values,
      });
      return { rows: rows.map(toImport), next };
    });
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<ContactImport> {
    return this.db.forTenant(tenantId, async (tx) => toImport(await readImport(tx, { tenantId, id })));
  }

  /**
   * Reads the first rows of the file in the way that is asked for. Stores nothing.
   * @throws AppError `not_found`; `import_forgotten`; `invalid_file`; `busy`
   */
  async preview(tenantId: string, id: string, country: string, asked: Partial<ImportReading>): Promise<ImportPreview> {
    const ref = { tenantId, id };
    const { found, types } = await this.db.forTenant(tenantId, async (tx) => {
      const record = await readImport(tx, ref);
      if (record.source === 'api') throw new AppError('conflict', 'no_file', 'The people of this import came by API: it has no file.');
      if (record.state === 'uploading' || !record.format) throw new AppError('conflict', 'import_uploading', 'The file is still arriving.');
      await mustHaveRows(tx, record, ref);
      return { found: { ...record, format: record.format }, types: (await this.types.of(tx, [tenantId])).get(tenantId) ?? new Map() };
    });
    return this.readFile(ref, { ...found, country, types, asked });
  }

  /** Stores what the columns mean. @throws AppError `not_found`; `import_started`; `unknown_column` with the paths; `unknown_list`; `busy` */
  async map(tenantId: string, id: string, country: string, settings: ImportSettings): Promise<ContactImport> {
    const ref = { tenantId, id };
    const before = await this.db.forTenant(tenantId, async (tx) => mappable(tx, await readImport(tx, ref), ref));
    const { reading, columns } =
      before.source === 'api'
        ? { reading: null, columns: before.columns }
        : await this.readFile(ref, {
            ...before,
            format: before.format ?? 'csv',
            country,
            types: new Map(),
            asked: settings.reading ?? before.reading ?? {},
          });
    const unknown = settings.columns.flatMap(({ column }, i) =>
      columns.some(({ name }) => name === column)
        ? []
        : [{ path: `columns/${i}/column`, code: 'unknown_column', message: 'The file has no such column.' }],
    );
    if (unknown.length > 0) throw new AppError('unprocessable', 'unknown_column', 'The file has no such column.', { errors: unknown });
    return this.db.forTenant(tenantId, async (tx) => {
      await mappable(tx, await readImport(tx, ref, 'FOR UPDATE'), ref);
      await assertList(tx, tenantId, settings.list_id);
      const stored = { ...settings, ...(reading && { reading }), default_country: settings.default_country ?? country };
      await tx.query(
        `UPDATE contact_imports SET state = 'mapped', settings = $3, reading = $4, columns = $5, error = NULL, changed_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id, JSON.stringify(stored), reading && JSON.stringify(reading), JSON.stringify(columns)],
      );
      return toImport(await readImport(tx, ref));
    });
  }

  /** Reads the first rows in a turn of the tenant, and outside of any transaction: a workbook may unfold to many times its size. */
  private readFile(ref: ImportRef, of: PreviewedFile): Promise<ImportPreview> {
    return this.db.inTurn(ref.tenantId, async () => {
      try {
        return await previewOf(this.db.reading, ref, of);
      } catch (error) {
        throw error instanceof ImportFault ? invalidFile(error) : error;
      }
    });
  }

  /** Requests the check, which writes nothing to contacts. @throws AppError `not_found`; `not_mapped`; `import_started` */
  check(tenantId: string, id: string): Promise<ContactImport> {
    return this.db.forTenant(tenantId, async (tx) => {
      const found = await readImport(tx, { tenantId, id }, 'FOR UPDATE');
      const { state } = found;
      if (state === 'uploading' || state === 'uploaded') throw notMapped();
      if (state !== 'mapped' && state !== 'checked') throw started(state);
      await mustHaveRows(tx, found, { tenantId, id });
      await beginCheck(tx, { tenantId, id }, false);
      return toImport(await readImport(tx, { tenantId, id }));
    });
  }

  /** Requests the run; an import that was not checked is checked first. @throws AppError `not_found`; `not_mapped`; `import_started` */
  run(tenantId: string, actor: Actor, id: string): Promise<ContactImport> {
    return this.db.forTenant(tenantId, async (tx) => {
      const found = await readImport(tx, { tenantId, id }, 'FOR UPDATE');
      if (found.state === 'uploading' || found.state === 'uploaded') throw notMapped();
      if (found.state !== 'mapped' && found.state !== 'checked') throw started(found.state);
      await mustHaveRows(tx, found, { tenantId, id });
      await setRunActor(tx, { tenantId, id }, actor);
      if (found.state === 'mapped') await beginCheck(tx, { tenantId, id }, true);
      else await beginRun(tx, { tenantId, id });
      noteAudit({ details: { rows: found.rowsTotal } });
      return toImport(await readImport(tx, { tenantId, id }));
    });
  }

  /** Stops a check or a run. What is written stays. @throws AppError `not_found`; `import_ended` */
  cancel(tenantId: string, id: string): Promise<ContactImport> {
    return this.db.forTenant(tenantId, async (tx) => {
      const { state } = await readImport(tx, { tenantId, id }, 'FOR UPDATE');
      if (state !== 'checking' && state !== 'running') throw new AppError('conflict', 'import_ended', 'The import is not running.');
      await tellImport(tx, { tenantId, id });
      await tx.query(
        `UPDATE contact_imports SET state = CASE state WHEN 'checking' THEN 'mapped' ELSE 'cancelled' END, runs_next = false, changed_at = heliograph_now(),
           finished_at = CASE state WHEN 'running' THEN heliograph_now() END WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id],
      );
      return toImport(await readImport(tx, { tenantId, id }));
    });
  }

  /** Requests the undo. @throws AppError `not_found`; `import_running`, `nothing_to_undo`, `already_undone`, `undo_expired`; `in_use` by a campaign */
  undo(tenantId: string, actor: Actor, id: string): Promise<ContactImport> {
    return this.db.forTenant(tenantId, async (tx) => {
      const { state, runAt, isOver, created, changed } = await readImport(tx, { tenantId, id }, 'FOR UPDATE');
      if (state === 'undone' || state === 'undoing') throw new AppError('conflict', 'already_undone', 'The import was undone already.');
      if (state === 'running') throw new AppError('conflict', 'import_running', 'The import is not done yet.', { retryAfterSeconds: 1 });
      if (runAt === null) throw new AppError('conflict', 'nothing_to_undo', 'The import was not run.');
      if (isOver) throw new AppError('conflict', 'undo_expired', `An import can be undone for ${importUndoHours} hours.`);
      assertUnused('import', await usesOf(tx, tenantId, { kind: 'import', id }));
      noteAudit({ details: { count: created + changed } });
      await tellImport(tx, { tenantId, id });
      await tx.query(
        `UPDATE contact_imports SET state = 'undoing', tries = 0, due_at = NULL, error = NULL, undo_actor = $3, undo_actor_ref = $4, undo_at = heliograph_now(), changed_at = heliograph_now()
         WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id, ...storedActor(actor)],
      );
      return toImport(await readImport(tx, { tenantId, id }));
    });
  }

  /** Returns refused rows by line. @throws AppError not_found */
  refused(tenantId: string, id: string, reason: RefusalReason | undefined, page: PageRequest): Promise<Page<RefusedRow>> {
    const [after] = refusalList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId, id);
    const range = [
      'r.tenant_id = $1 AND r.import_id = $2',
      ...given(reason, (p) => `r.reason = ${p}`),
      ...given(after, (p) => `r.line > ${p}::int`),
    ];
    return this.db.forTenant(tenantId, async (tx) => {
      await readImport(tx, { tenantId, id });
      return readPage<RefusedRow>(tx, refusalList, page, {
        columns: `r.line, r."column", r.value, r.reason, r.detail, r.cells`,
        from: 'contact_import_refusals r',
        range,
        order: 'r.line',
        key: ['r.line'],
        values,
      });
    });
  }

  /** Returns the greatest number of cells that a refused row has beyond the columns of the file. */
  surplusOf(tenantId: string, id: string): Promise<number> {
    return this.db.forTenant(tenantId, async (tx) => {
      const [row] = await tx.query<{ surplus: number }>(
        `SELECT greatest(0, max(jsonb_array_length(r.cells)) - (SELECT jsonb_array_length(i.columns) FROM contact_imports i WHERE i.tenant_id = $1 AND i.id = $2)) AS surplus
         FROM contact_import_refusals r WHERE r.tenant_id = $1 AND r.import_id = $2 AND r.reason = 'too_many_cells'`,
        [tenantId, id],
      );
      return row?.surplus ?? 0;
    });
  }

  /** Stores the upload; its parts are committed one by one, so that no transaction waits for the network. */
  private async store(
    ref: ImportRef,
    actor: Actor,
    fileName: string,
    file: AsyncIterable<Buffer> & { truncated?: boolean },
  ): Promise<{ format: ImportFormat; bytes: number; isUtf8: boolean | null }> {
    const { tenantId, id } = ref;
    const text = new TextDecoder('utf-8', { fatal: true });
    let [format, isUtf8, bytes, place]: [ImportFormat, boolean, number, number] = ['csv', true, 0, 0];
    for await (const part of inParts(file)) {
      if (place === 0) {
        format = formatOf(part);
        await this.db.forTenant(tenantId, (tx) =>
          tx.query(`INSERT INTO contact_imports (tenant_id, id, file_name, actor, actor_ref) VALUES ($1, $2, $3, $4, $5)`, [
            tenantId,
            id,
            fileName,
            ...storedActor(actor),
          ]),
        );
      }
      isUtf8 &&= isValid(() => text.decode(part, { stream: true }));
      await this.db.forTenant(tenantId, (tx) => putFilePart(tx, ref, place++, part));
      bytes += part.length;
    }
    if (file.truncated) throw tooLarge();
    if (bytes === 0) throw new AppError('unprocessable', 'empty_file', 'The file is empty.');
    isUtf8 &&= isValid(() => text.decode());
    return { format, bytes, isUtf8: format === 'csv' ? isUtf8 : null };
  }

  private async discard({ tenantId, id }: ImportRef): Promise<void> {
    await this.db.forTenant(tenantId, async (tx) => {
      await tx.query(`DELETE FROM contact_import_parts WHERE tenant_id = $1 AND import_id = $2`, [tenantId, id]);
      await tx.query(`DELETE FROM contact_imports WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    });
  }
}

const tooLarge = () => new AppError('too_large', 'file_too_large', `A file has at most ${importLimits.maxBytes / 1024 / 1024} MB.`);
const notMapped = () => new AppError('conflict', 'not_mapped', 'Say first what the columns mean.');
const started = (state: string) => new AppError('conflict', 'import_started', `The import is ${state}.`);
const invalidFile = ({ code, message }: ImportFault) =>
  new AppError('unprocessable', 'invalid_file', message, { errors: [{ path: 'file', code, message }] });

function isValid(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch {
    return false;
  }
}

/** @throws AppError when the bytes are those of another kind of file */
function formatOf(start: Buffer): ImportFormat {
  if (start.subarray(0, 4).equals(Buffer.from('PK\x03\x04'))) return 'xlsx';
  if (start.subarray(0, 4).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0])))
    throw new AppError(
      'unprocessable',
      'not_a_table',
      'This is an old Excel file, or one with a password. Save it as XLSX or CSV without a password.',
    );
  const isWide = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff);
  if (!isWide && start.subarray(0, 4_096).includes(0))
    throw new AppError('unprocessable', 'not_a_table', 'The file is neither CSV nor XLSX.');
  return 'csv';
}

/** Bytes at the start of a file by which its separator is guessed. */
const guessBytes = 64 * 1024;
/** Bytes after which a preview ends, however few rows it found: a request does not read a file of blank lines. */
const previewBytes = 2 * importLimits.maxRecord;

interface PreviewedFile {
  format: ImportFormat;
  bytes: number;
  isUtf8: boolean | null;
  country: string;
  types: TypesByName;
  asked?: Partial<ImportReading>;
}

async function previewOf(sql: Pick<Sql, 'query'>, ref: ImportRef, of: PreviewedFile): Promise<ImportPreview> {
  const file = fileBytes(sql, ref, of.bytes);
  const reading: ImportReading = { charset: 'utf-8', separator: ',', header: true };
  if (of.format === 'csv') {
    const pieces: Buffer[] = [];
    for await (const piece of file.read(0, Math.min(guessBytes, of.bytes))) pieces.push(piece);
    const start = Buffer.concat(pieces);
    reading.charset = of.asked?.charset ?? guessCharset(start, of.isUtf8 ?? false);
    reading.separator = of.asked?.separator ?? guessSeparator(new TextDecoder(reading.charset).decode(start));
  }
  const rows = await firstRows(rowsOf(file, of.format, reading, previewBytes), previewRows + 1);
  if (rows.length === 0) throw new ImportFault('no_rows', 'The file has no rows, or only blank ones at its start.');
  reading.header =
    of.asked?.header ??
    guessHeader(
      rows.slice(0, 20).map(({ cells }) => cells),
      of.country,
    );
  const columns = columnsOf((reading.header ? rows[0]?.cells : widest(rows)) ?? [], reading.header);
  const shown = (reading.header ? rows.slice(1) : rows).slice(0, previewRows);
  const suggested = suggestColumns(
    columns,
    shown.map(({ cells }) => cells),
    of.types,
    of.country,
  );
  return { reading, columns, rows: shown, suggested };
}

/** Returns the cells of the row with the most of them, all non-blank: without a header, columns are counted. */
const widest = (rows: FileRow[]): string[] => new Array<string>(Math.max(...rows.map(({ cells }) => cells.length))).fill('-');

/** Returns the rows of a file, its header included. @param maxBytes bytes after which reading ends */
export function rowsOf(file: FileBytes, format: ImportFormat, reading: ImportReading, maxBytes?: number): AsyncGenerator<FileRow> {
  return format === 'xlsx' ? xlsxRows(file, maxBytes) : csvRows(file.read(0, file.size), reading, maxBytes);
}

/** @throws AppError `unknown_list` */
export async function assertList(tx: Sql, tenantId: string, listId: string | null): Promise<void> {
  if (listId === null) return;
  const found = await tx.query(`SELECT 1 FROM contact_lists WHERE tenant_id = $1 AND id = $2`, [tenantId, listId]);
  if (found.length === 0) throw new AppError('unprocessable', 'unknown_list', 'No such list.', { path: 'list_id' });
}

/** Returns an import whose columns may be named. @throws AppError `import_started`, import_forgotten */
async function mappable(tx: Sql, found: ImportRecord, ref: ImportRef): Promise<ImportRecord> {
  if (!['uploaded', 'mapped', 'checked', 'failed'].includes(found.state) || found.runAt) throw started(found.state);
  await mustHaveRows(tx, found, ref);
  return found;
}

/** Checks that the rows of an import are still stored: those of a file, or those that came by API. @throws AppError import_forgotten */
async function mustHaveRows(tx: Sql, { source }: ImportRecord, { tenantId, id }: ImportRef): Promise<void> {
  const parts = await tx.query(`SELECT 1 FROM contact_import_parts WHERE tenant_id = $1 AND import_id = $2 AND kind = $3 AND place = 0`, [
    tenantId,
    id,
    source === 'api' ? 'rows' : 'file',
  ]);
  if (parts.length === 0) throw new AppError('conflict', 'import_forgotten', 'The file is not stored any more. Load it again.');
}
