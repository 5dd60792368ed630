import { type Actor, actorColumn, notFound, type Sql, storedActor } from '@heliograph/kernel';
import type { ContactImport } from './contact-import';
import type { ImportRef } from './import-files.repository';

/** Hours during which an import can be undone. */
export const importUndoHours = 24;

const undoUntil = `(CASE WHEN i.run_at IS NOT NULL THEN i.finished_at + ${importUndoHours} * interval '1 hour' END)`;
/** SQL that is true when an import `i` can no longer be undone. */
export const isOver = `(i.forgotten OR coalesce(${undoUntil} <= heliograph_now(), false))`;
export const importColumns = `i.id, i.state, i.source, i.file_name AS "fileName", i.format, i.bytes::float8 AS bytes, i.reading, coalesce(i.columns, '[]') AS columns, i.settings, i.rows_total AS "rowsTotal", i.done_rows AS "rowsDone",
  i.created, i.changed, i.unchanged, i.refused, i.opted_out AS "optedOut", i.consents, i.reasons, i.numbers, i.samples, i.error, ${actorColumn('i.actor')} AS actor, i.created_at AS "createdAt", i.started_at AS "startedAt",
  i.run_at AS "runAt", CASE WHEN i.run_actor IS NOT NULL THEN ${actorColumn('i.run_actor')} END AS "runActor", i.finished_at AS "finishedAt", ${undoUntil} AS "undoUntil",
  CASE WHEN i.undo_actor IS NOT NULL THEN ${actorColumn('i.undo_actor')} END AS "undoActor", i.undo_at AS "undoAt", i.undone_at AS "undoneAt", i.removed, i.restored, i.kept,
  i.state = 'done' AND coalesce((i.settings ->> 'keep_rows')::boolean, false) AND i.people = 'kept' AS "isAudience", NOT i.refusals_gone AS "hasRefusals",
  i.is_utf8 AS "isUtf8", ${isOver} AS "isOver"`;

/** An import as it is stored. */
export interface ImportRecord extends Omit<ContactImport, 'counts' | 'undo'> {
  created: number;
  changed: number;
  unchanged: number;
  refused: number;
  optedOut: number;
  consents: number;
  undoActor: Actor | null;
  undoAt: Date;
  undoneAt: Date | null;
  removed: number;
  restored: number;
  kept: number;
  isUtf8: boolean | null;
  isOver: boolean;
}

/** Stores who requests the run. */
export async function setRunActor(tx: Sql, { tenantId, id }: ImportRef, actor: Actor): Promise<void> {
  await tx.query(`UPDATE contact_imports SET run_actor = $3, run_actor_ref = $4 WHERE tenant_id = $1 AND id = $2`, [
    tenantId,
    id,
    ...storedActor(actor),
  ]);
}

/** Begins the check. @param runsNext the run follows without another request */
export async function beginCheck(tx: Sql, { tenantId, id }: ImportRef, runsNext: boolean): Promise<void> {
  await tx.query(
    `UPDATE contact_imports SET state = 'checking', runs_next = $3, started_at = heliograph_now(), numbers = NULL, ${zeroCounts} WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id, runsNext],
  );
}

const zeroCounts = `position = 0, done_rows = 0, created = 0, changed = 0, unchanged = 0, refused = 0, opted_out = 0, consents = 0, reasons = '{}', samples = '[]', tries = 0, due_at = NULL, changed_at = heliograph_now()`;

/** Begins the run: counts start again, since contacts may have changed since the check. */
export async function beginRun(tx: Sql, { tenantId, id }: ImportRef): Promise<void> {
  await tx.query(
    `UPDATE contact_imports SET state = 'running', runs_next = false, started_at = heliograph_now(), run_at = heliograph_now(), ${zeroCounts} WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id],
  );
}

/** @throws AppError not_found */
export async function readImport(tx: Sql, { tenantId, id }: ImportRef, lock = ''): Promise<ImportRecord> {
  const [row] = await tx.query<ImportRecord>(
    `SELECT ${importColumns} FROM contact_imports i WHERE i.tenant_id = $1 AND i.id = $2 ${lock}`,
    [tenantId, id],
  );
  if (!row) throw notFound('import');
  return row;
}

/** Returns an import as its callers see it. */
export function toImport(row: ImportRecord): ContactImport {
  const {
    created,
    changed,
    unchanged,
    refused,
    optedOut,
    consents,
    undoActor,
    undoAt,
    undoneAt,
    removed,
    restored,
    kept,
    isUtf8: _,
    isOver: __,
    ...rest
  } = row;
  return {
    ...rest,
    counts: { created, changed, unchanged, refused, optedOut, consents },
    undo: undoActor === null ? null : { actor: undoActor, at: undoAt, finishedAt: undoneAt, removed, restored, kept },
  };
}
