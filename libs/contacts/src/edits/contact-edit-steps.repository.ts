import { Injectable } from '@nestjs/common';
import { type Actor, actorColumn, Database, type PurgeChunk, type Sql, type Tx } from '@heliograph/kernel';
import {
  type BulkChanges,
  type ContactEditState,
  type ContactWrite,
  type Editable,
  type EditedContact,
  editOf,
  type ListTurns,
  plainSelection,
  type StoredSelection,
  undoOf,
} from './contact-edit';
import { Consents, marketing } from '../consents.repository';
import { undoDays } from './contact-edits.repository';
import { checkLists, nextSelected } from './contact-selection.repository';
import { addToList, takeOffList } from '../lists/list-members.repository';
import { endOfTries, isDueSql, triedSql, untriedSql } from '../step-tries.repository';
import { someRowsSql } from '../some-rows.repository';

/** Contacts per step. */
const chunk = 1_000;

/** An unfinished edit. */
export interface OpenEdit {
  tenantId: string;
  id: string;
}

interface Place {
  state: ContactEditState;
  selection: StoredSelection;
  changes: BulkChanges;
  actor: Actor;
  position: string;
}

/**
 * Applies and undoes edits in chunks. A chunk is one transaction that also stores the position it reached, under the lock of the edit's
 * row: a process that dies leaves nothing of its chunk, and the next process starts the chunk again.
 */
@Injectable()
export class ContactEditSteps {
  constructor(
    private readonly db: Database,
    private readonly consents: Consents,
  ) {}

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
        `SELECT state, selection, changes, ${actorColumn('actor')} AS actor, position FROM contact_edits WHERE tenant_id = $1 AND id = $2 AND state IN ('running', 'undoing') FOR UPDATE SKIP LOCKED`,
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
      `SELECT tenant_id AS "tenantId", id FROM contact_edits WHERE finished_at <= heliograph_now() - $1 * interval '1 day' AND NOT forgotten AND state IN ('done', 'cancelled', 'undone', 'failed') LIMIT 1`,
      [undoDays],
    );
    if (!old) return { deleted: {}, next: null };
    const gone = await tx.query(
      `DELETE FROM contact_edit_changes WHERE ${someRowsSql('contact_edit_changes', 'tenant_id = $1 AND edit_id = $2', '$3')} RETURNING 1`,
      [old.tenantId, old.id, limit],
    );
    if (gone.length < limit)
      await tx.query(`UPDATE contact_edits SET forgotten = true WHERE tenant_id = $1 AND id = $2`, [old.tenantId, old.id]);
    return { deleted: { contact_edit_changes: gone.length }, next: '' };
  }

  private async edit(
    tx: Tx,
    { tenantId, id }: OpenEdit,
    { selection, changes, actor, position: after }: Place,
    maxContacts: number,
  ): Promise<boolean> {
    const { contacts, position } = await nextSelected(tx, tenantId, plainSelection(selection), { after, editId: id, maxContacts });
    const made = contacts.map((contact) => ({ id: contact.id, turns: editOf(contact, changes) }));
    const fitting = made.flatMap((one) => (one.turns === 'too_many' ? [] : [{ id: one.id, turns: one.turns }]));
    await write(
      tx,
      tenantId,
      fitting.flatMap(({ turns }) => turns?.write ?? []),
    );
    const moved = await moveOnLists(
      tx,
      tenantId,
      fitting.map((one) => one.id),
      changes,
    );
    const done = fitting.filter((one) => one.turns !== null || moved.has(one.id));
    await tx.query(
      `INSERT INTO contact_edit_changes (tenant_id, edit_id, contact_id, tags, attributes, lists) SELECT $1, $2, * FROM unnest($3::uuid[], $4::jsonb[], $5::jsonb[], $6::jsonb[])`,
      [
        tenantId,
        id,
        done.map((one) => one.id),
        done.map(({ turns }) => (turns?.edited.tags ? JSON.stringify(turns.edited.tags) : null)),
        done.map(({ turns }) => JSON.stringify(turns?.edited.attributes ?? {})),
        done.map((one) => (moved.has(one.id) ? JSON.stringify(moved.get(one.id)) : null)),
      ],
    );
    // Also those who would have too many tags: a refusal depends on nothing else.
    const optedOut = changes.optOut ? await this.optOut(tx, { tenantId, id }, contacts, changes.optOut.source, actor) : 0;
    await tx.query(
      `UPDATE contact_edits SET matched = matched + $3, changed = changed + $4, skipped = skipped + $5, opted_out = opted_out + $7, position = coalesce($6, position),
         state = CASE WHEN $6::uuid IS NULL THEN 'done' ELSE state END, finished_at = CASE WHEN $6::uuid IS NULL THEN heliograph_now() END WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, contacts.length, done.length, made.length - fitting.length, position, optedOut],
    );
    return position !== null;
  }

  /** Records an opt-out of each contact. @returns the number of those whose last consent was not one */
  private async optOut(tx: Tx, { tenantId, id }: OpenEdit, contacts: Editable[], source: string, actor: Actor): Promise<number> {
    const addresses = await firstAddresses(
      tx,
      tenantId,
      contacts.map((contact) => contact.id),
    );
    const isNew = await this.consents.record(
      tx,
      contacts.map((contact) => ({
        tenantId,
        contactId: contact.id,
        // A contact without an address has said it all the same.
        address: addresses.get(contact.id) ?? null,
        purpose: marketing,
        channel: 'whatsapp',
        action: 'opt_out',
        source,
        textVersion: null,
        text: null,
        proof: { contact_edit_id: id },
        actor,
        sessionId: null,
      })),
    );
    return isNew.filter(Boolean).length;
  }

  private async undo(tx: Tx, { tenantId, id }: OpenEdit, { position: after }: Place, maxContacts: number): Promise<boolean> {
    const edited = await tx.query<EditedContact>(
      `SELECT contact_id AS "contactId", tags, attributes, lists FROM contact_edit_changes WHERE tenant_id = $1 AND edit_id = $2 AND contact_id > $3 ORDER BY contact_id LIMIT $4`,
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
    await moveBack(
      tx,
      tenantId,
      edited.filter((one) => contacts.has(one.contactId)),
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

/**
 * Puts contacts on the lists of an edit and takes them off others. @returns the lists of each contact that was moved
 * @throws AppError `unknown_source` for a list that was deleted meanwhile
 */
async function moveOnLists(tx: Tx, tenantId: string, contactIds: string[], changes: BulkChanges): Promise<Map<string, ListTurns>> {
  const { addToLists = [], removeFromLists = [] } = changes;
  const moved = new Map<string, ListTurns>();
  const note = (ids: Set<string>, side: keyof ListTurns, listId: string): void => {
    for (const id of ids) {
      const turns = moved.get(id) ?? { added: [], removed: [] };
      turns[side].push(listId);
      moved.set(id, turns);
    }
  };
  await checkLists(tx, tenantId, changes);
  for (const listId of addToLists) note(await addToList(tx, tenantId, listId, contactIds), 'added', listId);
  for (const listId of removeFromLists) note(await takeOffList(tx, tenantId, listId, contactIds), 'removed', listId);
  return moved;
}

/** Takes contacts off the lists that an edit put them on, and puts them back on those it took them off, as far as these lists exist. */
async function moveBack(tx: Tx, tenantId: string, edited: EditedContact[]): Promise<void> {
  const listsOf = (side: keyof ListTurns): Set<string> => new Set(edited.flatMap(({ lists }) => lists?.[side] ?? []));
  const movedOn = (side: keyof ListTurns, listId: string): string[] =>
    edited.filter(({ lists }) => lists?.[side].includes(listId)).map(({ contactId }) => contactId);
  for (const listId of listsOf('added')) await takeOffList(tx, tenantId, listId, movedOn('added', listId));
  for (const listId of listsOf('removed')) await addToList(tx, tenantId, listId, movedOn('removed', listId));
}

/** Returns the oldest address of each contact that has one. */
async function firstAddresses(tx: Sql, tenantId: string, contactIds: string[]): Promise<Map<string, string>> {
  const rows = await tx.query<{ id: string; address: string }>(
    `SELECT DISTINCT ON (a.contact_id) a.contact_id AS id, a.address FROM contact_addresses a WHERE a.tenant_id = $1 AND a.contact_id = ANY ($2::uuid[])
     ORDER BY a.contact_id, a.added_at, a.address`,
    [tenantId, contactIds],
  );
  return new Map(rows.map(({ id, address }) => [id, address]));
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
