import type { Sql, Tx } from '@heliograph/kernel';
import { consentOf, holdAll, optedOutOf } from '../contact-rows.repository';
import { twinOf, withTwins } from '../phone-twins';
import { hashedAddress } from '../suppressions.repository';
import { isOver } from './contact-import-record.repository';
import type { KnownContact } from './import-merge';
import type { ImportRow } from './import-row-reader';

/** Contacts that rows are about. */
export interface FoundPeople {
  byId: Map<string, KnownContact>;
  /** Contact by address; a number is also found by its other spelling. */
  byAddress: Map<string, string>;
  byExternalId: Map<string, string>;
  /** Addresses that are listed as opted out, in any spelling. */
  optedOut: Set<string>;
}

/** Finds the contacts of rows. With `isHeld` they stay locked until the transaction ends. */
export async function findPeople(tx: Sql, tenantId: string, rows: readonly ImportRow[], isHeld: boolean): Promise<FoundPeople> {
  const addresses = rows.flatMap(({ address }) => address ?? []);
  const externalIds = rows.flatMap(({ externalId }) => externalId ?? []);
  const find = () =>
    tx.query<{ contact_id: string; address: string | null; external_id: string | null }>(
      `SELECT a.contact_id, a.address, NULL AS external_id FROM contact_addresses a WHERE a.tenant_id = $1 AND a.address = ANY ($2::text[])
       UNION ALL SELECT c.id, NULL, c.external_id FROM contacts c WHERE c.tenant_id = $1 AND c.external_id = ANY ($3::text[]) AND c.merged_into IS NULL`,
      [tenantId, withTwins(addresses), externalIds],
    );
  const found = isHeld ? await holdAll(tx, tenantId, find) : await find();
  const ids = [...new Set(found.map((row) => row.contact_id))];
  const contacts = await tx.query<Omit<KnownContact, 'isConsentUndoable'> & { consentImport: string | null }>(
    `SELECT c.id, c.external_id AS "externalId", c.name, c.tags, c.attributes, (${consentOf('c')}) AS consent, (${consentOf('c', `s.proof ->> 'import_id'`)}) AS "consentImport", ${optedOutOf('c')} AS "optedOut",
       (SELECT count(*)::int FROM contact_addresses a WHERE a.tenant_id = $1 AND a.contact_id = c.id) AS addresses FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($2::uuid[])`,
    [tenantId, ids],
  );
  const byAddress = new Map<string, string>();
  for (const { address, contact_id: id } of found) if (address !== null) byAddress.set(address, id);
  for (const address of addresses) {
    const twin = byAddress.has(address) ? null : twinOf(address);
    const id = twin === null ? undefined : byAddress.get(twin);
    if (id !== undefined) byAddress.set(address, id);
  }
  const undoable = await undoableAmong(tx, tenantId, new Set(contacts.flatMap(({ consentImport }) => consentImport ?? [])));
  return {
    byId: new Map(
      contacts.map(({ consentImport, ...contact }) => [contact.id, { ...contact, isConsentUndoable: undoable.has(consentImport) }]),
    ),
    byAddress,
    byExternalId: new Map(found.flatMap((row) => (row.external_id === null ? [] : [[row.external_id, row.contact_id] as const]))),
    optedOut: await optedOutAmong(tx, tenantId, addresses),
  };
}

/** Returns those of the imports that can be undone, or are being undone. */
async function undoableAmong(tx: Sql, tenantId: string, ids: ReadonlySet<string>): Promise<Set<string | null>> {
  if (ids.size === 0) return new Set();
  const rows = await tx.query<{ id: string }>(
    `SELECT i.id FROM contact_imports i WHERE i.tenant_id = $1 AND i.id::text = ANY ($2::text[]) AND (i.state = 'undoing' OR i.state <> 'undone' AND NOT ${isOver})`,
    [tenantId, [...ids]],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Returns those of the addresses that an opt-out lists, in any of their spellings, in clear or hashed. */
async function optedOutAmong(tx: Sql, tenantId: string, addresses: readonly string[]): Promise<Set<string>> {
  const [any] = await tx.query(`SELECT 1 FROM suppressions s WHERE s.tenant_id = $1 AND s.reason = 'opt_out' LIMIT 1`, [tenantId]);
  if (!any) return new Set();
  const forms = new Map<string, string>();
  for (const address of addresses)
    for (const spelled of withTwins([address])) for (const form of [spelled, hashedAddress(spelled)]) forms.set(form, address);
  const rows = await tx.query<{ address: string }>(
    `SELECT s.address FROM suppressions s WHERE s.tenant_id = $1 AND s.reason = 'opt_out' AND s.address = ANY ($2::text[]) AND (s.expires_at IS NULL OR s.expires_at > heliograph_now())`,
    [tenantId, [...forms.keys()]],
  );
  return new Set(rows.map(({ address }) => forms.get(address) as string));
}

/** A person to write. */
export interface WrittenPerson {
  id: string;
  isNew: boolean;
  externalId: string | null;
  name: string | null;
  tags: string[];
  attributes: Record<string, unknown>;
}

/** Writes contacts: those that are new, and the members of known ones that an import changes. */
export async function writePeople(tx: Tx, tenantId: string, people: readonly WrittenPerson[]): Promise<void> {
  const columnsOf = (some: readonly WrittenPerson[]) => [
    tenantId,
    some.map((one) => one.id),
    some.map((one) => one.externalId),
    some.map((one) => one.name),
    some.map((one) => JSON.stringify(one.attributes)),
    some.map((one) => JSON.stringify(one.tags)),
  ];
  const given = `unnest($2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::jsonb[]) AS w(id, external_id, name, attributes, tags)`;
  const created = people.filter(({ isNew }) => isNew);
  if (created.length > 0)
    await tx.query(
      `INSERT INTO contacts (tenant_id, id, external_id, name, attributes, tags)
       SELECT $1, w.id, w.external_id, w.name, w.attributes, ARRAY(SELECT jsonb_array_elements_text(w.tags)) FROM ${given}`,
      columnsOf(created),
    );
  const changed = people.filter(({ isNew }) => !isNew);
  if (changed.length > 0)
    await tx.query(
      `UPDATE contacts c SET external_id = w.external_id, name = w.name, attributes = w.attributes, tags = ARRAY(SELECT jsonb_array_elements_text(w.tags)), updated_at = heliograph_now()
       FROM ${given} WHERE c.tenant_id = $1 AND c.id = w.id`,
      columnsOf(changed),
    );
}

/** Assigns addresses that belong to nobody. @returns those that could be assigned: another transaction may have been faster */
export async function claimAddresses(tx: Tx, tenantId: string, given: readonly { address: string; id: string }[]): Promise<number> {
  if (given.length === 0) return 0;
  const rows = await tx.query(
    `INSERT INTO contact_addresses (tenant_id, address, contact_id) SELECT $1, w.address, w.id FROM unnest($2::text[], $3::uuid[]) AS w(address, id)
     ORDER BY w.address ON CONFLICT DO NOTHING RETURNING 1`,
    [tenantId, given.map(({ address }) => address), given.map(({ id }) => id)],
  );
  return rows.length;
}
