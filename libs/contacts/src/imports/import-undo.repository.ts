import { newId, type Sql, type Tx } from '@heliograph/kernel';
import { type ContactAttributes } from '../contact';
import { consentOf, isContactGoneSql, isValid } from '../contact-rows.repository';
import { undoOf } from '../edits/contact-edit';
import { takeBack, usedAddressesSql, usedSql } from './contact-uses.repository';
import type { ImportRef } from './import-files.repository';
import type { ContactTurns, Turn } from './import-merge';
import { type WrittenPerson, writePeople } from './import-people.repository';
import { someRowsSql } from '../some-rows.repository';

/** Contacts that a step of an undo goes through. */
const chunk = 1_000;

interface Change {
  contactId: string;
  isNew: boolean;
  turns: ContactTurns | null;
  address: string | null;
  consentId: string | null;
  isListed: boolean;
}

interface Stored {
  id: string;
  externalId: string | null;
  name: string | null;
  tags: string[];
  attributes: ContactAttributes;
}

/** True when an import is to be undone and no process has begun. */
export async function beginsUndo(sql: Sql, { tenantId, id }: ImportRef): Promise<boolean> {
  const [row] = await sql.query(
    `SELECT 1 FROM contact_imports WHERE tenant_id = $1 AND id = $2 AND state = 'undoing' AND undo_position = '00000000-0000-0000-0000-000000000000'
       AND EXISTS (SELECT 1 FROM contact_import_changes x WHERE x.tenant_id = $1 AND x.import_id = $2) FOR SHARE SKIP LOCKED`,
    [tenantId, id],
  );
  return row !== undefined;
}

/**
 * Takes back what an import added to some contacts, under the lock of the import's row. A contact that it made is deleted unless it changed
 * since or something refers to it; of others each value goes back unless it changed since. What others added stays. What waits for people
 * because of the import is taken back. Then the rows of the file as an audience are deleted, and what was in the hands of a worker the first time
 * is taken back. @returns whether there may be more; false also while something of theirs is in hand
 */
export async function undoChunk(tx: Tx, ref: ImportRef): Promise<boolean> {
  const { tenantId, id } = ref;
  const changes = await changesAfter(tx, ref, 'undo_position');
  if (changes.length === 0) return (await forgetRows(tx, ref)) || lookAgain(tx, ref);
  await tx.query(`SELECT id FROM contacts WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE`, [
    tenantId,
    changes.map(({ contactId }) => contactId),
  ]);
  await tx.query(
    `DELETE FROM contact_list_members m USING contact_imports i
     WHERE i.tenant_id = $1 AND i.id = $2 AND m.tenant_id = $1 AND m.list_id = (i.settings ->> 'list_id')::uuid AND m.contact_id = ANY ($3::uuid[])`,
    [tenantId, id, changes.filter(({ isListed }) => isListed).map(({ contactId }) => contactId)],
  );
  const removed = await removeNew(tx, ref, changes);
  const left = changes.filter(({ contactId }) => !removed.has(contactId));
  await voidConsents(tx, ref, changes);
  const kept = await restore(tx, ref, left);
  await takeBack(tx, tenantId, { removed: [...removed], withoutConsent: await withoutConsent(tx, tenantId, left) });
  await tx.query(
    `UPDATE contact_import_changes x SET kept = ARRAY(SELECT jsonb_array_elements_text(w.kept)) FROM unnest($3::uuid[], $4::jsonb[]) AS w(id, kept)
     WHERE x.tenant_id = $1 AND x.import_id = $2 AND x.contact_id = w.id`,
    [tenantId, id, [...kept.keys()], [...kept.values()].map((members) => JSON.stringify(members))],
  );
  await tx.query(
    `UPDATE contact_imports SET undo_position = $3, removed = removed + $4, restored = restored + $5, kept = kept + $6, changed_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id, changes.at(-1)?.contactId, removed.size, left.length - kept.size, kept.size],
  );
  return true;
}

function changesAfter(tx: Tx, { tenantId, id }: ImportRef, position: 'undo_position' | 'undo_look_position'): Promise<Change[]> {
  return tx.query<Change>(
    `SELECT x.contact_id AS "contactId", x.is_new AS "isNew", x.turns, x.address, x.consent_id AS "consentId", x.is_listed AS "isListed" FROM contact_import_changes x
     WHERE x.tenant_id = $1 AND x.import_id = $2 AND x.contact_id > (SELECT i.${position} FROM contact_imports i WHERE i.tenant_id = $1 AND i.id = $2)
     ORDER BY x.contact_id LIMIT $3`,
    [tenantId, id, chunk],
  );
}

/**
 * Deletes contacts that the import made and nobody touched, unless they are people of another import. What refers to them is read by their ids
 * all at once: with statistics from before the import, a look at each contact would read all rows of the tenant each time. @returns their ids
 */
async function removeNew(tx: Tx, { tenantId, id }: ImportRef, changes: Change[]): Promise<Set<string>> {
  const fresh = changes.filter(({ isNew }) => isNew);
  if (fresh.length === 0) return new Set();
  const withAddress = fresh.filter(({ address }) => address !== null);
  const gone = await tx.query<{ id: string }>(
    `DELETE FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($2::uuid[]) AND c.merged_into IS NULL AND c.updated_at = c.created_at
       AND c.id NOT IN (
         SELECT a.contact_id FROM contact_addresses a WHERE a.tenant_id = $1 AND a.contact_id = ANY ($2::uuid[])
           AND (a.contact_id, a.address) NOT IN (SELECT * FROM unnest($3::uuid[], $4::text[]))
         UNION ALL SELECT s.contact_id FROM consents s WHERE s.tenant_id = $1 AND s.contact_id = ANY ($2::uuid[]) AND NOT s.id = ANY ($5::uuid[]) AND ${isValid('s')}
         UNION ALL SELECT m.merged_into FROM contacts m WHERE m.tenant_id = $1 AND m.merged_into = ANY ($2::uuid[])
         UNION ALL SELECT l.contact_id FROM contact_list_members l WHERE l.tenant_id = $1 AND l.contact_id = ANY ($2::uuid[])
         UNION ALL SELECT r.contact_id FROM contact_import_rows r WHERE r.tenant_id = $1 AND r.contact_id = ANY ($2::uuid[]) AND r.import_id <> $6
         UNION ALL ${usedSql('$1', '$2::uuid[]')})
     RETURNING c.id`,
    [
      tenantId,
      fresh.map(({ contactId }) => contactId),
      withAddress.map(({ contactId }) => contactId),
      withAddress.map(({ address }) => address),
      fresh.flatMap(({ consentId }) => consentId ?? []),
      id,
    ],
  );
  const ids = gone.map((row) => row.id);
  await tx.query(`DELETE FROM contact_addresses WHERE tenant_id = $1 AND contact_id = ANY ($2::uuid[])`, [tenantId, ids]);
  await tx.query(`DELETE FROM contact_tags WHERE tenant_id = $1 AND contact_id = ANY ($2::uuid[])`, [tenantId, ids]);
  await tx.query(`DELETE FROM contact_names WHERE tenant_id = $1 AND contact_id = ANY ($2::uuid[])`, [tenantId, ids]);
  return new Set(ids);
}

/**
 * Voids the consents that the import recorded: nobody gave them. The records stay, also of contacts that are deleted; what people said
 * themselves counts on.
 */
async function voidConsents(tx: Tx, { tenantId, id }: ImportRef, changes: Change[]): Promise<void> {
  const recorded = changes.flatMap(({ consentId }) => consentId ?? []);
  if (recorded.length === 0) return;
  await tx.query(
    `WITH s AS MATERIALIZED (SELECT * FROM consents WHERE tenant_id = $1 AND id = ANY ($4::uuid[]) AND action = 'opt_in')
     INSERT INTO consents (tenant_id, id, contact_id, address, purpose, channel, action, voids, source, proof, actor, actor_ref)
     SELECT s.tenant_id, w.id, s.contact_id, s.address, s.purpose, s.channel, 'void', s.id, 'import_undo', s.proof, i.undo_actor, i.undo_actor_ref
     FROM unnest($3::uuid[], $4::uuid[]) AS w(id, voids) JOIN s ON s.id = w.voids
     JOIN contact_imports i ON i.tenant_id = $1 AND i.id = $2 ON CONFLICT (tenant_id, voids) WHERE voids IS NOT NULL DO NOTHING`,
    [tenantId, id, recorded.map(() => newId()), recorded],
  );
}

/** Returns those of the contacts whose consent the undo voided and who have no other, also as part of another contact. */
async function withoutConsent(tx: Tx, tenantId: string, changes: Change[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `WITH c AS MATERIALIZED (
       SELECT w.tenant_id, w.id AS asked, coalesce(w.merged_into, w.id) AS id FROM contacts w WHERE w.tenant_id = $1 AND w.id = ANY ($2::uuid[])
     ) SELECT unnest(ARRAY[c.asked, c.id]) AS id FROM c WHERE (${consentOf('c')}) IS DISTINCT FROM 'opt_in'`,
    [tenantId, changes.filter(({ consentId }) => consentId !== null).map(({ contactId }) => contactId)],
  );
  return rows.map((row) => row.id);
}

/** Puts values back. @returns by contact, what stays since it changed later */
async function restore(tx: Tx, { tenantId }: ImportRef, changes: Change[]): Promise<Map<string, string[]>> {
  const kept = new Map(changes.filter(({ isNew }) => isNew).map(({ contactId }) => [contactId, ['contact']]));
  const known = changes.filter(({ isNew }) => !isNew);
  if (known.length === 0) return kept;
  const rows = await tx.query<Stored>(
    `SELECT c.id, c.external_id AS "externalId", c.name, c.tags, c.attributes FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($2::uuid[]) AND c.merged_into IS NULL`,
    [tenantId, known.map(({ contactId }) => contactId)],
  );
  const stored = new Map(rows.map((row) => [row.id, row]));
  const back: WrittenPerson[] = [];
  for (const { contactId, turns } of known) {
    const contact = stored.get(contactId);
    if (!contact) {
      kept.set(contactId, ['merged']);
      continue;
    }
    const undone = personBefore(contact, turns ?? {});
    if (undone.person) back.push(undone.person);
    if (undone.kept.length > 0) kept.set(contactId, undone.kept);
  }
  await writePeople(tx, tenantId, back);
  const added = known.filter(({ contactId, address }) => address !== null && stored.has(contactId));
  await tx.query(
    `DELETE FROM contact_addresses a WHERE a.tenant_id = $1 AND a.address = ANY ($2::text[])
       AND (a.contact_id, a.address) IN (SELECT contact_id, address FROM unnest($3::uuid[], $2::text[]) AS w(contact_id, address))
       AND (a.contact_id, a.address) NOT IN (${usedAddressesSql('$1', '$3::uuid[]')})`,
    [tenantId, added.map(({ address }) => address), added.map(({ contactId }) => contactId)],
  );
  const used = await tx.query<{ id: string }>(
    `SELECT a.contact_id AS id FROM contact_addresses a WHERE a.tenant_id = $1 AND a.address = ANY ($2::text[])
       AND (a.contact_id, a.address) IN (SELECT contact_id, address FROM unnest($3::uuid[], $2::text[]) AS w(contact_id, address))`,
    [tenantId, added.map(({ address }) => address), added.map(({ contactId }) => contactId)],
  );
  for (const { id } of used) kept.set(id, [...(kept.get(id) ?? []), 'address']);
  return kept;
}

/** Returns the contact as it was before the import, as far as it did not change since. */
function personBefore(contact: Stored, turns: ContactTurns): { person: WrittenPerson | null; kept: string[] } {
  const { write, kept } = undoOf(contact, {
    contactId: contact.id,
    tags: turns.tags ?? null,
    attributes: turns.attributes ?? {},
    kept: [],
  });
  const person = { id: contact.id, isNew: false, externalId: contact.externalId, name: contact.name, tags: write.tags ?? contact.tags };
  const attributes: Record<string, unknown> = { ...contact.attributes, ...write.set };
  for (const name of write.unset) delete attributes[name];
  const name = valueBefore(contact.name, turns.name);
  const externalId = valueBefore(contact.externalId, turns.externalId);
  const names = [...kept, ...(name.isKept ? ['name'] : []), ...(externalId.isKept ? ['external_id'] : [])];
  if (Object.keys(turns).length === 0) return { person: null, kept: names };
  return { person: { ...person, attributes, name: name.value, externalId: externalId.value }, kept: names };
}

function valueBefore(now: string | null, turn: Turn<string> | undefined): { value: string | null; isKept: boolean } {
  if (!turn) return { value: now, isKept: false };
  const [before, after] = [turn.before ?? null, turn.after ?? null];
  if (now === after) return { value: before, isKept: false };
  return { value: now, isKept: now !== before };
}

/** Deletes rows of the file as an audience. @returns whether more may be left */
async function forgetRows(tx: Tx, { tenantId, id }: ImportRef): Promise<boolean> {
  const maxRows = chunk * 5;
  const gone = await tx.query(
    `DELETE FROM contact_import_rows WHERE ${someRowsSql('contact_import_rows', 'tenant_id = $1 AND import_id = $2', '$3')} RETURNING 1`,
    [tenantId, id, maxRows],
  );
  return gone.length === maxRows;
}

/**
 * Takes back once more what waits for people of some changes: a message that was in the hands of a worker may have come back to its lane. Waits
 * while one still is. Ends the undo after the last change.
 */
async function lookAgain(tx: Tx, ref: ImportRef): Promise<boolean> {
  const { tenantId, id } = ref;
  const changes = await changesAfter(tx, ref, 'undo_look_position');
  if (changes.length === 0) {
    await tx.query(
      `UPDATE contact_imports SET state = 'undone', undone_at = heliograph_now(), changed_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id],
    );
    return false;
  }
  const gone = await tx.query<{ id: string }>(`SELECT x.id FROM unnest($2::uuid[]) AS x(id) WHERE ${isContactGoneSql('$1', 'x.id')}`, [
    tenantId,
    changes.filter(({ isNew }) => isNew).map(({ contactId }) => contactId),
  ]);
  const removed = gone.map((row) => row.id);
  const left = changes.filter(({ contactId }) => !removed.includes(contactId));
  const { isInHand } = await takeBack(tx, tenantId, { removed, withoutConsent: await withoutConsent(tx, tenantId, left) });
  if (isInHand) return false;
  await tx.query(`UPDATE contact_imports SET undo_look_position = $3 WHERE tenant_id = $1 AND id = $2`, [
    tenantId,
    id,
    changes.at(-1)?.contactId,
  ]);
  return true;
}
