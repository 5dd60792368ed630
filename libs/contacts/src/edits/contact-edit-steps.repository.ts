import { Injectable } from '@nestjs/common';
import { Database, type PurgeChunk, type Sql } from '@heliograph/kernel';
import {
  type BulkChanges,
  type ContactEditState,
  type ContactSelection,
  type ContactWrite,
  type Editable,
  type EditedContact,
  editOf,
  undoOf,
} from './contact-edit';
import { undoDays } from './contact-edits.repository';
import { nextSelected } from './contact-selection.repository';
import { endOfTries, isDueSql, triedSql, untriedSql } from '../step-tries.repository';

/** Contacts per step. */
const chunk = 1_000;

/** An unfinished edit. */
export interface OpenEdit {
  tenantId: string;
  id: string;
}

interface Place {
  state: ContactEditState;
  selection: ContactSelection;
  changes: BulkChanges;
  position: string;
}

/**
 * Applies and undoes edits in chunks. A chunk is one transaction that also stores the position it reached, under the lock of the edit's
 * row: a process that dies leaves nothing of its chunk, and the next process starts the chunk again.
 */
@Injectable()
export class ContactEditSteps {
  constructor(private readonly db: Database) {}

  /**
   * Returns the oldest unfinished edit of every tenant, unless it waits for another try: the edits of a tenant run in the order they were
   * requested.
   */
  open(): Promise<OpenEdit[]> {
    return this.db.query<OpenEdit>(
      `SELECT "tenantId", id FROM (
         SELECT DISTINCT ON (tenant_id) tenant_id AS "tenantId", id, due_at FROM contact_edits WHERE state IN ('running', 'undoing') ORDER BY tenant_id, id
       ) open WHERE ${isDueSql} ORDER BY random()`,
    );
  }

  /** Runs the next chunk. @returns whether there may be more; false also while another process works on the edit */
  step({ tenantId, id }: OpenEdit, maxContacts = chunk): Promise<boolean> {
    return this.db.forTenant(tenantId, async (tx) => {
      const [edit] = await tx.query<Place>(
        `SELECT state, selection, changes, position FROM contact_edits WHERE tenant_id = $1 AND id = $2 AND state IN ('running', 'undoing') FOR UPDATE SKIP LOCKED`,
        [tenantId, id],
      );
      if (!edit) return false;
      await tx.query(`UPDATE contact_edits SET ${untriedSql} WHERE tenant_id = $1 AND id = $2 AND tries > 0`, [tenantId, id]);
      return edit.state === 'running'
        ? this.edit(tx, { tenantId, id }, edit, maxContacts)
        : this.undo(tx, { tenantId, id }, edit, maxContacts);
    });
  }

  /** Notes that a chunk failed, and ends the edit, or its undo, when a repeat would fail again. What is written stays and can be undone. */
  async failed(edit: OpenEdit, cause: unknown): Promise<void> {
    await this.db.forTenant(edit.tenantId, async (tx) => {
      const error = await endOfTries(cause, 'edit', () =>
        tx.query(`UPDATE contact_edits SET ${triedSql} WHERE tenant_id = $1 AND id = $2 RETURNING tries`, [edit.tenantId, edit.id]),
      );
      if (error === null) return;
      await tx.query(
        `UPDATE contact_edits SET state = 'failed', error = $3, finished_at = coalesce(finished_at, heliograph_now())
         WHERE tenant_id = $1 AND id = $2 AND state IN ('running', 'undoing')`,
        [edit.tenantId, edit.id, error],
      );
    });
  }

  /** Deletes the previous values of contacts for edits that can no longer be undone, one edit after another. */
  async purgeSome(tx: Sql, limit: number): Promise<PurgeChunk> {
    const [old] = await tx.query<OpenEdit>(
      `SELECT tenant_id AS "tenantId", id FROM contact_edits WHERE finished_at <= heliograph_now() - $1 * interval '1 day' AND NOT forgotten AND state IN ('done', 'undone', 'failed') LIMIT 1`,
      [undoDays],
    );
    if (!old) return { deleted: {}, next: null };
    const gone = await tx.query(
      `DELETE FROM contact_edit_changes WHERE tenant_id = $1 AND edit_id = $2 AND contact_id IN (
         SELECT contact_id FROM contact_edit_changes WHERE tenant_id = $1 AND edit_id = $2 ORDER BY contact_id LIMIT $3) RETURNING 1`,
      [old.tenantId, old.id, limit],
    );
    if (gone.length < limit)
      await tx.query(`UPDATE contact_edits SET forgotten = true WHERE tenant_id = $1 AND id = $2`, [old.tenantId, old.id]);
    return { deleted: { contact_edit_changes: gone.length }, next: '' };
  }

  private async edit(
    tx: Sql,
    { tenantId, id }: OpenEdit,
    { selection, changes, position: after }: Place,
    maxContacts: number,
  ): Promise<boolean> {
    const { contacts, position } = await nextSelected(tx, tenantId, selection, { after, editId: id, maxContacts });
    const made = contacts.map((contact) => editOf(contact, changes));
    const done = made.filter((one) => one !== null && one !== 'too_many');
    await write(
      tx,
      tenantId,
      done.map((one) => one.write),
    );
    await tx.query(
      `INSERT INTO contact_edit_changes (tenant_id, edit_id, contact_id, tags, attributes) SELECT $1, $2, * FROM unnest($3::uuid[], $4::jsonb[], $5::jsonb[])`,
      [
        tenantId,
        id,
        done.map(({ edited }) => edited.contactId),
        done.map(({ edited }) => edited.tags && JSON.stringify(edited.tags)),
        done.map(({ edited }) => JSON.stringify(edited.attributes)),
      ],
    );
    const skipped = made.filter((one) => one === 'too_many').length;
    await tx.query(
      `UPDATE contact_edits SET matched = matched + $3, changed = changed + $4, skipped = skipped + $5, position = coalesce($6, position),
         state = CASE WHEN $6::uuid IS NULL THEN 'done' ELSE state END, finished_at = CASE WHEN $6::uuid IS NULL THEN heliograph_now() END WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, contacts.length, done.length, skipped, position],
    );
    return position !== null;
  }

  private async undo(tx: Sql, { tenantId, id }: OpenEdit, { position: after }: Place, maxContacts: number): Promise<boolean> {
    const edited = await tx.query<EditedContact>(
      `SELECT contact_id AS "contactId", tags, attributes FROM contact_edit_changes WHERE tenant_id = $1 AND edit_id = $2 AND contact_id > $3 ORDER BY contact_id LIMIT $4`,
      [tenantId, id, after, maxContacts],
    );
    const rows = await tx.query<Editable>(
      `SELECT c.id, c.tags, c.attributes FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($2::uuid[]) AND c.merged_into IS NULL ORDER BY c.id FOR NO KEY UPDATE`,
      [tenantId, edited.map((e) => e.contactId)],
    );
    const contacts = new Map(rows.map((row) => [row.id, row]));
    const undone = edited.map((one) => {
      const contact = contacts.get(one.contactId);
      // Merged since: its values are mixed with those of another contact.
      return { id: one.contactId, ...(contact ? undoOf(contact, one) : { write: null, kept: ['merged'] }) };
    });
    await write(
      tx,
      tenantId,
      undone.flatMap((one) => one.write ?? []),
    );
    const left = undone.filter((one) => one.kept.length > 0);
    await tx.query(
      `UPDATE contact_edit_changes x SET kept = ARRAY(SELECT jsonb_array_elements_text(w.kept)) FROM unnest($3::uuid[], $4::jsonb[]) AS w(id, kept)
       WHERE x.tenant_id = $1 AND x.edit_id = $2 AND x.contact_id = w.id`,
      [tenantId, id, left.map((one) => one.id), left.map((one) => JSON.stringify(one.kept))],
    );
    const last = edited.length < maxContacts ? null : (edited.at(-1)?.contactId ?? null);
    await tx.query(
      `UPDATE contact_edits SET restored = restored + $3, kept = kept + $4, position = coalesce($5, position), state = CASE WHEN $5::uuid IS NULL THEN 'undone' ELSE state END,
         undone_at = CASE WHEN $5::uuid IS NULL THEN heliograph_now() END WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, undone.length - left.length, left.length, last],
    );
    return last !== null;
  }
}

/** Writes only the changes of each contact. The contacts are locked. */
async function write(tx: Sql, tenantId: string, writes: ContactWrite[]): Promise<void> {
  const given = writes.filter((w) => w.tags !== null || w.unset.length > 0 || Object.keys(w.set).length > 0);
  if (given.length === 0) return;
  await tx.query(
    `UPDATE contacts c SET tags = CASE WHEN w.tags IS NULL THEN c.tags ELSE ARRAY(SELECT jsonb_array_elements_text(w.tags)) END,
       attributes = (c.attributes || w.set) - ARRAY(SELECT jsonb_array_elements_text(w.unset)), updated_at = heliograph_now()
     FROM unnest($2::uuid[], $3::jsonb[], $4::jsonb[], $5::jsonb[]) AS w(id, tags, set, unset) WHERE c.tenant_id = $1 AND c.id = w.id`,
    [
      tenantId,
      given.map((w) => w.id),
      given.map((w) => w.tags && JSON.stringify(w.tags)),
      given.map((w) => JSON.stringify(w.set)),
      given.map((w) => JSON.stringify(w.unset)),
    ],
  );
}
