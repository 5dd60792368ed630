import { Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  AppError,
  Database,
  isAsExpected,
  List,
  listKeys,
  newId,
  noteAudit,
  notFound,
  nothingToAudit,
  type Page,
  type PageRequest,
  readPage,
  sqlConditions,
  type Sql,
  storedActor,
} from '@heliograph/kernel';
import { checkAttributes } from '../attribute-types.repository';
import {
  type BulkChanges,
  type ContactEdit,
  type EditedContact,
  plainSelection,
  type RequestedSelection,
  type StoredSelection,
  storedSelection,
} from './contact-edit';
import { checkLists, countSelected, fixSelection } from './contact-selection.repository';

/** Days during which the values before an edit are stored, and the edit can be undone. */
export const undoDays = 30;

const columns = `e.id, e.state, e.error, e.selection, e.changes, ${actorColumn('e.actor')} AS actor, e.created_at AS "createdAt", e.finished_at AS "finishedAt", e.finished_at + ${undoDays} * interval '1 day' AS "undoUntil",
  e.total, e.matched, e.changed, e.skipped, e.opted_out AS "optedOut", ${actorColumn('e.undo_actor')} AS "undoActor", e.undo_at AS "undoAt", e.undone_at AS "undoneAt", e.restored, e.kept,
  e.forgotten OR e.finished_at + ${undoDays} * interval '1 day' <= heliograph_now() AS "isOver"`;

const editList = new List('contact_edits', listKeys.id);
const editedList = new List('edited_contacts', listKeys.id);

type Row = Omit<ContactEdit, 'undo' | 'selection'> & {
  selection: StoredSelection;
  undoActor: Actor | null;
  undoAt: Date;
  undoneAt: Date | null;
  restored: number;
  kept: number;
  isOver: boolean;
};

/** Edits of many contacts, as clients request and see them. `ContactEditSteps` runs them. */
@Injectable()
export class ContactEdits {
  constructor(private readonly db: Database) {}

  /** Counts the contacts that an edit would select. @throws AppError invalid_attribute, unknown_source, invalid_selection */
  count(tenantId: string, selection: RequestedSelection, changes: BulkChanges): Promise<number> {
    nothingToAudit();
    return this.db.forTenant(tenantId, async (tx) => {
      await checkChanges(tx, tenantId, changes);
      return countSelected(tx, tenantId, await fixSelection(tx, tenantId, selection));
    });
  }

  /**
   * Requests an edit of the contacts that exist now.
   * @param expect number of contacts that the caller saw; undefined: any
   * @throws AppError invalid_attribute, unknown_source, invalid_selection; conflict `count_changed`
   */
  start(tenantId: string, actor: Actor, given: RequestedSelection, changes: BulkChanges, expect?: number): Promise<ContactEdit> {
    const id = newId();
    return this.db.forTenant(tenantId, async (tx) => {
      await checkChanges(tx, tenantId, changes);
      const selection = await fixSelection(tx, tenantId, given);
      const matching = await countSelected(tx, tenantId, selection);
      if (expect !== undefined && !isAsExpected(expect, matching))
        throw new AppError(
          'conflict',
          'count_changed',
          `The selection matches ${matching} contacts now, not ${expect}. Nothing was changed.`,
          {
            path: 'expect',
          },
        );
      noteAudit({ details: { matching, ...(expect !== undefined && { expected: expect }) } });
      await tx.query(
        `INSERT INTO contact_edits (tenant_id, id, selection, changes, total, actor, actor_ref) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [tenantId, id, JSON.stringify(storedSelection(selection, changes)), JSON.stringify(changes), matching, ...storedActor(actor)],
      );
      return toEdit(await read(tx, tenantId, id));
    });
  }

  /** Returns edits, newest first. */
  list(tenantId: string, page: PageRequest): Promise<Page<ContactEdit>> {
    const [before = null] = editList.after(page) ?? [];
    return this.db.forTenant(tenantId, async (tx) => {
      const rows = await tx.query<Row>(
        `SELECT ${columns} FROM contact_edits e WHERE e.tenant_id = $1 AND ($2::uuid IS NULL OR e.id < $2) ORDER BY e.id DESC LIMIT $3`,
        [tenantId, before, page.limit + 1],
      );
      return editList.pageOf(rows.map(toEdit), page.limit, (row) => [row.id]);
    });
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<ContactEdit> {
    return this.db.forTenant(tenantId, async (tx) => toEdit(await read(tx, tenantId, id)));
  }

  /**
   * Returns the contacts that an edit changed, by contact id, as long as this is stored.
   * @param onlyKept only contacts that the undo did not fully restore
   * @throws AppError not_found
   */
  contacts(tenantId: string, id: string, onlyKept: boolean, page: PageRequest): Promise<Page<EditedContact>> {
    const [after] = editedList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId, id);
    const range = ['x.tenant_id = $1 AND x.edit_id = $2', ...given(after, (p) => `x.contact_id > ${p}::uuid`)];
    return this.db.forTenant(tenantId, async (tx) => {
      await read(tx, tenantId, id);
      return readPage<EditedContact>(tx, editedList, page, {
        columns: `x.contact_id AS "contactId", x.tags, coalesce(x.attributes, '{}') AS attributes, x.lists, coalesce(x.kept, '{}') AS kept`,
        from: 'contact_edit_changes x',
        range,
        checked: onlyKept ? ['x.kept IS NOT NULL'] : [],
        order: 'x.contact_id',
        key: ['x.contact_id'],
        values,
      });
    });
  }

  /** Stops an edit between two chunks. What it did stays, and can be undone. @throws AppError `not_found`; `edit_ended` */
  cancel(tenantId: string, id: string): Promise<ContactEdit> {
    return this.db.forTenant(tenantId, async (tx) => {
      const { state, matched } = await read(tx, tenantId, id, 'FOR UPDATE');
      if (state !== 'running') throw new AppError('conflict', 'edit_ended', 'The edit is not running.');
      noteAudit({ details: { count: matched } });
      await tx.query(`UPDATE contact_edits SET state = 'cancelled', finished_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        id,
      ]);
      return toEdit(await read(tx, tenantId, id));
    });
  }

  /** Requests the undo. @throws AppError `not_found`; `edit_running`, `already_undone`, `undo_expired` */
  undo(tenantId: string, actor: Actor, id: string): Promise<ContactEdit> {
    return this.db.forTenant(tenantId, async (tx) => {
      const { state, isOver, changed } = await read(tx, tenantId, id, 'FOR UPDATE');
      if (state === 'running') throw new AppError('conflict', 'edit_running', 'The edit is not done yet.', { retryAfterSeconds: 1 });
      if (state === 'undoing' || state === 'undone') throw new AppError('conflict', 'already_undone', 'The edit was undone already.');
      if (isOver) throw new AppError('conflict', 'undo_expired', `Previous values of contacts are stored for ${undoDays} days.`);
      noteAudit({ details: { count: changed } });
      await tx.query(
        `UPDATE contact_edits SET state = 'undoing', error = NULL, tries = 0, due_at = NULL, position = DEFAULT, restored = 0, kept = 0, undone_at = NULL, undo_actor = $3, undo_actor_ref = $4, undo_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id, ...storedActor(actor)],
      );
      return toEdit(await read(tx, tenantId, id));
    });
  }
}

/** @throws AppError invalid_attribute, unknown_source */
async function checkChanges(tx: Sql, tenantId: string, changes: BulkChanges): Promise<void> {
  await checkAttributes(tx, tenantId, changes.set, 'changes/set');
  await checkLists(tx, tenantId, changes);
}

/** @throws AppError not_found */
async function read(tx: Sql, tenantId: string, id: string, lock = ''): Promise<Row> {
  const [row] = await tx.query<Row>(`SELECT ${columns} FROM contact_edits e WHERE e.tenant_id = $1 AND e.id = $2 ${lock}`, [tenantId, id]);
  if (!row) throw notFound('contact edit');
  return row;
}

function toEdit({ selection, undoActor, undoAt, undoneAt, restored, kept, isOver: _, ...edit }: Row): ContactEdit {
  return {
    ...edit,
    selection: plainSelection(selection),
    undo: undoActor === null ? null : { actor: undoActor, at: undoAt, finishedAt: undoneAt, restored, kept },
  };
}
