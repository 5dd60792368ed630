import { Injectable } from '@nestjs/common';
import { AppError, Database, newId, notFound, type Sql } from '@heliograph/kernel';
import { checkAttributes } from '../attribute-types.repository';
import type { BulkChanges, ContactEdit, ContactSelection, EditedContact } from './contact-edit';
import { countSelected } from './contact-selection.repository';

/** What contacts were before an edit is known for so many days; so long it can be undone. */
export const undoDays = 30;

const columns = `e.id, e.state, e.selection, e.changes, e.actor, e.created_at AS "createdAt", e.finished_at AS "finishedAt", e.finished_at + ${undoDays} * interval '1 day' AS "undoUntil",
  e.matched, e.changed, e.skipped, e.undo_actor AS "undoActor", e.undo_at AS "undoAt", e.undone_at AS "undoneAt", e.restored, e.kept,
  e.forgotten OR e.finished_at + ${undoDays} * interval '1 day' <= heliograph_now() AS "isOver"`;

type Row = Omit<ContactEdit, 'undo'> & {
  undoActor: string | null;
  undoAt: Date;
  undoneAt: Date | null;
  restored: number;
  kept: number;
  isOver: boolean;
};

/** Edits of many contacts, as clients order and see them. `ContactEditSteps` does them. */
@Injectable()
export class ContactEdits {
  constructor(private readonly db: Database) {}

  /** How many contacts an edit would be about. @throws AppError invalid_attribute */
  count(tenantId: string, selection: ContactSelection, changes: BulkChanges): Promise<number> {
    return this.db.forTenant(tenantId, async (tx) => {
      await checkAttributes(tx, tenantId, changes.set, 'changes/set');
      return countSelected(tx, tenantId, selection);
    });
  }

  /** Orders an edit of the contacts there are now. @throws AppError invalid_attribute */
  start(tenantId: string, selection: ContactSelection, changes: BulkChanges, actor: string): Promise<ContactEdit> {
    const id = newId();
    return this.db.forTenant(tenantId, async (tx) => {
      await checkAttributes(tx, tenantId, changes.set, 'changes/set');
      await tx.query(`INSERT INTO contact_edits (tenant_id, id, selection, changes, actor) VALUES ($1, $2, $3, $4, $5)`, [
        tenantId,
        id,
        JSON.stringify(selection),
        JSON.stringify(changes),
        actor,
      ]);
      return toEdit(await read(tx, tenantId, id));
    });
  }

  /** Newest first; the cursor is the last edit's id. */
  list(tenantId: string, page: { cursor?: string | undefined; limit: number }): Promise<{ rows: ContactEdit[]; next: string | null }> {
    return this.db.forTenant(tenantId, async (tx) => {
      const rows = await tx.query<Row>(
        `SELECT ${columns} FROM contact_edits e WHERE e.tenant_id = $1 AND ($2::uuid IS NULL OR e.id < $2) ORDER BY e.id DESC LIMIT $3`,
        [tenantId, page.cursor ?? null, page.limit + 1],
      );
      const shown = rows.slice(0, page.limit);
      return { rows: shown.map(toEdit), next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null };
    });
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<ContactEdit> {
    return this.db.forTenant(tenantId, async (tx) => toEdit(await read(tx, tenantId, id)));
  }

  /**
   * The contacts an edit changed, as far as that is still known; the cursor is the last contact's id.
   * @param onlyKept those of which the undoing left something
   * @throws AppError not_found
   */
  contacts(
    tenantId: string,
    id: string,
    onlyKept: boolean,
    page: { cursor?: string | undefined; limit: number },
  ): Promise<{ rows: EditedContact[]; next: string | null }> {
    return this.db.forTenant(tenantId, async (tx) => {
      await read(tx, tenantId, id);
      const rows = await tx.query<EditedContact>(
        `SELECT contact_id AS "contactId", tags, coalesce(attributes, '{}') AS attributes, coalesce(kept, '{}') AS kept FROM contact_edit_changes
         WHERE tenant_id = $1 AND edit_id = $2 AND (NOT $3 OR kept IS NOT NULL) AND ($4::uuid IS NULL OR contact_id > $4) ORDER BY contact_id LIMIT $5`,
        [tenantId, id, onlyKept, page.cursor ?? null, page.limit + 1],
      );
      const shown = rows.slice(0, page.limit);
      return { rows: shown, next: rows.length > page.limit ? (shown.at(-1)?.contactId ?? null) : null };
    });
  }

  /** Orders the undoing. @throws AppError `not_found`; `edit_running`, `already_undone`, `undo_expired` */
  undo(tenantId: string, id: string, actor: string): Promise<ContactEdit> {
    return this.db.forTenant(tenantId, async (tx) => {
      const { state, isOver } = await read(tx, tenantId, id, 'FOR UPDATE');
      if (state === 'running') throw new AppError('conflict', 'edit_running', 'The edit is not done yet.', { retryAfterSeconds: 1 });
      if (state !== 'done') throw new AppError('conflict', 'already_undone', 'The edit was undone already.');
      if (isOver) throw new AppError('conflict', 'undo_expired', `What contacts were before is known for ${undoDays} days.`);
      await tx.query(
        `UPDATE contact_edits SET state = 'undoing', position = DEFAULT, undo_actor = $3, undo_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id, actor],
      );
      return toEdit(await read(tx, tenantId, id));
    });
  }
}

/** @throws AppError not_found */
async function read(tx: Sql, tenantId: string, id: string, lock = ''): Promise<Row> {
  const [row] = await tx.query<Row>(`SELECT ${columns} FROM contact_edits e WHERE e.tenant_id = $1 AND e.id = $2 ${lock}`, [tenantId, id]);
  if (!row) throw notFound('contact edit');
  return row;
}

function toEdit({ undoActor, undoAt, undoneAt, restored, kept, isOver: _, ...edit }: Row): ContactEdit {
  return { ...edit, undo: undoActor === null ? null : { actor: undoActor, at: undoAt, finishedAt: undoneAt, restored, kept } };
}
