import { type Actor, newId, sqlState, storedActor, type Tx } from '@heliograph/kernel';
import { marketing } from '../consents.repository';
import { spreadOptOuts } from '../contact-rows.repository';
import type { ImportSettings } from './import-body';
import type { ImportRef } from './import-files.repository';
import type { KnownContact, RowMerge } from './import-merge';
import { claimAddresses, type WrittenPerson, writePeople } from './import-people.repository';
import { addToList } from '../lists/list-members.repository';
import type { ImportRow, ImportRowReader } from './import-row-reader';

/** A row that is taken, with what becomes of its person. */
export interface TakenRow {
  row: ImportRow;
  cells: string[];
  known: KnownContact | null;
  merge: RowMerge;
}

/** Members of an import that its writing follows from. */
interface WritePlace {
  settings: ImportSettings;
  fileName: string;
  runActor: Actor;
}

/** Writes the people of a part: contacts, consents, places on the list, what the undo needs, and the rows of the audience. */
export async function writeTaken(tx: Tx, ref: ImportRef, place: WritePlace, taken: TakenRow[], reader: ImportRowReader): Promise<void> {
  const { tenantId, id } = ref;
  const people = taken.map((one) => ({ ...one, id: one.known?.id ?? newId(), consentId: one.merge.consent === null ? null : newId() }));
  const written = people.filter(({ known, merge }) => known === null || merge.outcome === 'changed');
  const claimed = written.flatMap(({ row, merge, id: contactId }) =>
    merge.addsAddress && row.address !== null ? [{ address: row.address, id: contactId }] : [],
  );
  try {
    await writePeople(
      tx,
      tenantId,
      written.filter(({ known, merge }) => known === null || hasTurns(merge)).map((one) => personOf(one)),
    );
  } catch (error) {
    // Somebody else gave the external id to another contact meanwhile.
    if (sqlState(error) === '23505') throw raced();
    throw error;
  }
  if ((await claimAddresses(tx, tenantId, claimed)) < claimed.length) throw raced();
  await spreadOptOuts(
    tx,
    tenantId,
    written.filter(({ known, merge }) => known !== null && merge.addsAddress).map((one) => one.id),
  );
  await recordConsents(tx, place, ref, people);
  const listId = place.settings.list_id ?? null;
  const listed =
    listId === null
      ? new Set<string>()
      : await addToList(
          tx,
          tenantId,
          listId,
          people.map((one) => one.id),
        );
  const changed = people.filter(
    (one) => one.known === null || one.merge.outcome === 'changed' || one.consentId !== null || listed.has(one.id),
  );
  await tx.query(
    `INSERT INTO contact_import_changes (tenant_id, import_id, contact_id, is_new, turns, address, consent_id, is_listed)
     SELECT $1, $2, * FROM unnest($3::uuid[], $4::boolean[], $5::jsonb[], $6::text[], $7::uuid[], $8::boolean[])`,
    [
      tenantId,
      id,
      changed.map((one) => one.id),
      changed.map(({ known }) => known === null),
      changed.map(({ known, merge }) => (known === null ? null : JSON.stringify(merge.turns))),
      changed.map(({ row, merge }) => (merge.addsAddress ? row.address : null)),
      changed.map((one) => one.consentId),
      changed.map((one) => listed.has(one.id)),
    ],
  );
  if (place.settings.keep_rows && people.length > 0)
    await tx.query(
      `INSERT INTO contact_import_rows (tenant_id, import_id, contact_id, line, vars) SELECT $1, $2, * FROM unnest($3::uuid[], $4::int[], $5::jsonb[])`,
      [tenantId, id, people.map((one) => one.id), people.map(({ row }) => row.line), people.map(({ cells }) => reader.variablesOf(cells))],
    );
}

/** Makes the transaction start again: another one wrote the same people meanwhile. */
const raced = (): Error => Object.assign(new Error('another transaction wrote the same people'), { code: '40001' });

const hasTurns = ({ turns }: RowMerge): boolean => Object.keys(turns).length > 0;

function personOf({ id, known, merge: { turns } }: TakenRow & { id: string }): WrittenPerson {
  const attributes: Record<string, unknown> = { ...known?.attributes };
  for (const [name, { after }] of Object.entries(turns.attributes ?? {})) {
    if (after === undefined) delete attributes[name];
    else attributes[name] = after;
  }
  return {
    id,
    isNew: known === null,
    externalId: turns.externalId ? (turns.externalId.after ?? null) : (known?.externalId ?? null),
    name: turns.name ? (turns.name.after ?? null) : (known?.name ?? null),
    tags: turns.tags?.after ?? known?.tags ?? [],
    attributes,
  };
}

/** Records consents with their proof: the file and the line. Never for a person who opted out. */
async function recordConsents(
  tx: Tx,
  { settings, fileName, runActor }: WritePlace,
  { tenantId, id }: ImportRef,
  people: (TakenRow & { id: string; consentId: string | null })[],
): Promise<void> {
  const given = people.flatMap(({ consentId, merge, ...one }) =>
    consentId === null || merge.consent === null ? [] : [{ ...one, consentId, at: merge.consent }],
  );
  if (given.length === 0 || !settings.consent) return;
  const { source, text_version: textVersion, text } = settings.consent;
  await tx.query(
    `INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, source, text_version, text, proof, actor, actor_ref, at)
     SELECT $1, w.id, w.contact_id, coalesce(w.address, (SELECT a.address FROM contact_addresses a WHERE a.tenant_id = $1 AND a.contact_id = w.contact_id ORDER BY a.added_at, a.address LIMIT 1), ''),
       '${marketing}', 'opt_in', $7, $8, $9, jsonb_build_object('import_id', $10::text, 'file', $11::text, 'line', w.line), $12, $13, least(coalesce(w.at, heliograph_now()), heliograph_now())
     FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::timestamptz[]) AS w(id, contact_id, address, line, at)`,
    [
      tenantId,
      given.map((one) => one.consentId),
      given.map((one) => one.id),
      given.map(({ row }) => row.address),
      given.map(({ row }) => row.line),
      given.map(({ at }) => (at === 'run' ? null : at)),
      source,
      textVersion,
      text,
      id,
      fileName,
      ...storedActor(runActor),
    ],
  );
}
