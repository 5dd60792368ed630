import { Injectable } from '@nestjs/common';
import {
  type Actor,
  AppError,
  Database,
  List,
  listKeys,
  noteAudit,
  type Page,
  type PageRequest,
  readPage,
  type Sql,
  sqlConditions,
  storedActor,
} from '@heliograph/kernel';
import { assertList, assertUnused } from '../lists/contact-lists.repository';
import { usesOf } from '../lists/people-uses';
import { AttributeTypes } from '../attribute-types.repository';
import { type ContactImport, type ContactImportState, ImportFault, type Refusal, type RefusalReason } from './contact-import';
import type { ImportReading, ImportSettings } from './import-body';
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
import type { ImportRef } from './import-files.repository';
import { tellImport } from './import-notices.repository';
import { type ImportPreview, invalidFile, type PreviewedFile, previewOf } from './import-preview';

const importList = new List('contact_imports', listKeys.id);
const refusalList = new List('import_refusals', listKeys.bigint);

/** A refused row with the cells of the file. */
export type RefusedRow = Refusal & { cells: string[] };

/** Imports of contacts, as clients request and see them. `ContactImportSteps` runs them. */
@Injectable()
export class ContactImports {
  constructor(
    private readonly db: Database,
    private readonly types: AttributeTypes,
  ) {}

  /** Returns imports, newest first. */
  list(
    tenantId: string,
    { states, name }: { states?: ContactImportState[] | undefined; name?: string | undefined },
    page: PageRequest,
  ): Promise<Page<ContactImport>> {
    const [before] = importList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId);
    const range = ['i.tenant_id = $1', ...given(before, (p) => `i.id < ${p}::uuid`)];
    return this.db.forTenant(tenantId, async (tx) => {
      const { rows, next } = await readPage<ImportRecord>(tx, importList, page, {
        columns: importColumns,
        from: 'contact_imports i',
        range,
        checked: [
          ...given(states, (p) => `i.state = ANY (${p}::text[])`),
          ...given(name, (p) => `position(lower(${p}) IN lower(i.file_name)) > 0`),
        ],
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
      await startable(tx, { tenantId, id });
      await beginCheck(tx, { tenantId, id }, false);
      return toImport(await readImport(tx, { tenantId, id }));
    });
  }

  /** Requests the run; an import that was not checked is checked first. @throws AppError `not_found`; `not_mapped`; `import_started` */
  run(tenantId: string, actor: Actor, id: string): Promise<ContactImport> {
    return this.db.forTenant(tenantId, async (tx) => {
      const found = await startable(tx, { tenantId, id });
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
}

const notMapped = () => new AppError('conflict', 'not_mapped', 'Say first what the columns mean.');
const started = (state: string) => new AppError('conflict', 'import_started', `The import is ${state}.`);
/** Returns an import that can be checked or run, and holds it. @throws AppError `not_found`; `not_mapped`; `import_started`; `import_forgotten` */
async function startable(tx: Sql, ref: ImportRef): Promise<ImportRecord> {
  const found = await readImport(tx, ref, 'FOR UPDATE');
  if (found.state === 'uploading' || found.state === 'uploaded') throw notMapped();
  if (found.state !== 'mapped' && found.state !== 'checked') throw started(found.state);
  await mustHaveRows(tx, found, ref);
  return found;
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
