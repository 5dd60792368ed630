import { type Actor, notFound, type Sql, storedActor, type Tx } from '@heliograph/kernel';
import type { Contact } from './contact';
import { twinSql } from './phone-twins.repository';
import { carryReviews } from './opt-out-reviews.repository';

/** SQL that is true when a consent counts: it voids none, and none voids it; `s` names its row. No EXISTS, for the same reason as below. */
export const isValid = (s: string) =>
  `${s}.action <> 'void' AND (SELECT v.id FROM consents v WHERE v.tenant_id = ${s}.tenant_id AND v.voids = ${s}.id) IS NULL`;

/** SQL of a query of `id`: a contact and those that were merged into it. */
export const selfSql = (tenant: string, id: string): string =>
  `SELECT ${id} AS id UNION ALL SELECT m.id FROM contacts m WHERE m.tenant_id = ${tenant} AND m.merged_into = ${id}`;

/** SQL of a query of the contacts that were merged, as `(id, merged_into)`. */
export const mergedSql = (tenant: string): string =>
  `SELECT f.id, f.merged_into FROM contacts f WHERE f.tenant_id = ${tenant} AND f.merged_into IS NOT NULL`;

/** SQL of the last marketing consent of a contact that counts, null: none; `c` names its row, and `s` that of the consent. */
export const consentOf = (
  c: string,
  column = 's.action',
) => `SELECT ${column} FROM consents s WHERE s.tenant_id = ${c}.tenant_id AND s.contact_id = ANY (ARRAY(${selfSql(`${c}.tenant_id`, `${c}.id`)}))
     AND s.purpose = 'marketing' AND ${isValid('s')} ORDER BY s.at DESC, s.id DESC LIMIT 1`;

/**
 * SQL that is true when a contact opted out by what it wrote to a session, at or after a time. Reads the consents of the contact by their index.
 * All parameters are SQL.
 */
export const optedOutThroughSql = (
  tenant: string,
  contact: string,
  session: string,
  since: string,
) => `(SELECT s.id FROM consents s WHERE s.tenant_id = ${tenant} AND s.contact_id = ANY (ARRAY(${selfSql(tenant, contact)})) AND s.at >= ${since}
     AND s.session_id = ${session} AND s.purpose = 'marketing' AND s.action = 'opt_out' AND ${isValid('s')} LIMIT 1) IS NOT NULL`;

/**
 * SQL of a query of all contacts with a marketing consent and their last one, as `(contact_id, action)`: `consentOf` for many contacts at once.
 * @param tenant SQL of the tenant's id
 */
export const lastConsentsSql = (
  tenant: string,
) => `SELECT x.contact_id, CASE WHEN x.opted_out IS NULL OR x.opted_in > x.opted_out THEN 'opt_in' WHEN x.opted_in IS NULL OR x.opted_in < x.opted_out THEN 'opt_out'
       ELSE (SELECT (${consentOf('k')}) FROM (SELECT ${tenant} AS tenant_id, x.contact_id AS id) k) END AS action
     FROM (SELECT coalesce(m.merged_into, s.contact_id) AS contact_id, max(s.at) FILTER (WHERE s.action = 'opt_in') AS opted_in, max(s.at) FILTER (WHERE s.action = 'opt_out') AS opted_out
       FROM consents s LEFT JOIN (${mergedSql(tenant)}) m ON m.id = s.contact_id
       WHERE s.tenant_id = ${tenant} AND s.purpose = 'marketing' AND s.action <> 'void'
         AND NOT EXISTS (SELECT 1 FROM consents v WHERE v.tenant_id = ${tenant} AND v.voids = s.id) GROUP BY 1) x`;

/**
 * SQL of a query of all addresses that the tenant's suppressions name, in both spellings, as `(address, is_bad, opted_out, is_suppressed)`.
 * @param tenant SQL of the tenant's id
 */
export const barredSql = (
  tenant: string,
) => `SELECT b.address, bool_or(b.reason = 'bad_number') AS is_bad, bool_or(b.reason = 'opt_out') AS opted_out, bool_or(b.reason = 'manual') AS is_suppressed
     FROM (SELECT s.address, s.reason FROM suppressions s WHERE s.tenant_id = ${tenant} AND (s.expires_at IS NULL OR s.expires_at > heliograph_now())
       UNION ALL SELECT ${twinSql('s.address')}, s.reason FROM suppressions s
       WHERE s.tenant_id = ${tenant} AND s.reason <> 'bad_number' AND (s.expires_at IS NULL OR s.expires_at > heliograph_now())) b
     WHERE b.address IS NOT NULL GROUP BY b.address`;

/** SQL that is true when an opt-out suppresses an address of a contact; `c` names its row. No EXISTS, which may become a join that knows no index. */
export const optedOutOf = (
  c: string,
) => `coalesce((SELECT true FROM suppressions s WHERE s.tenant_id = ${c}.tenant_id AND s.reason = 'opt_out' AND (s.expires_at IS NULL OR s.expires_at > heliograph_now())
     AND s.address = ANY (ARRAY(SELECT unnest(ARRAY[o.address, ${twinSql('o.address')}]) FROM contact_addresses o WHERE o.tenant_id = ${c}.tenant_id AND o.contact_id = ${c}.id)) LIMIT 1), false)`;

/** SQL that is true where an id names no contact any more, since the undo of an import deleted it. No EXISTS, for the same reason. */
export const isContactGoneSql = (tenant: string, id: string) =>
  `(${id} IS NOT NULL AND (SELECT gone.id FROM contacts gone WHERE gone.tenant_id = ${tenant} AND gone.id = ${id}) IS NULL)`;

/** SQL: true when a contact, or the one that it was merged into, has no marketing consent. One that does not exist lacks none. */
export const lacksConsentSql = (tenant: string, id: string) =>
  `EXISTS (SELECT 1 FROM contacts w JOIN contacts wc ON wc.tenant_id = w.tenant_id AND wc.id = coalesce(w.merged_into, w.id)
     WHERE w.tenant_id = ${tenant} AND w.id = ${id} AND (${consentOf('wc')}) IS DISTINCT FROM 'opt_in')`;

/**
 * SQL: locks contacts, and those that they were merged into, until the transaction ends, so that no undo of an import takes them or their consent back. Edits go on.
 * @param ids SQL of a query of `id`
 */
export const keepContactsSql = (tenant: string, ids: string) =>
  `WITH kept AS (SELECT k.id, k.merged_into FROM (${ids}) i JOIN contacts k ON k.tenant_id = ${tenant} AND k.id = i.id)
   SELECT id FROM contacts WHERE tenant_id = ${tenant} AND id IN (SELECT id FROM kept UNION ALL SELECT merged_into FROM kept) ORDER BY id FOR KEY SHARE`;

/** Columns of a `Contact`, from `contacts c`. */
export const contactColumns = `c.id, c.external_id AS "externalId", c.name, c.attributes, c.tags, c.created_at AS "createdAt", c.updated_at AS "updatedAt",
  ARRAY(SELECT a.address FROM contact_addresses a WHERE a.tenant_id = c.tenant_id AND a.contact_id = c.id ORDER BY a.added_at, a.address) AS addresses,
  (${consentOf('c')}) AS consent, (${consentOf('c', 's.at')}) AS "consentAt", (${consentOf('c', 's.source')}) AS "consentSource", ${optedOutOf('c')} AS "optedOut"`;

/** Returns the contact, or the one it was merged into. @throws AppError not_found */
export async function readContact(tx: Sql, tenantId: string, id: string): Promise<Contact> {
  const [row] = await tx.query<Contact>(
    `WITH RECURSIVE became AS (
       SELECT id, merged_into FROM contacts WHERE tenant_id = $1 AND id = $2
       UNION ALL SELECT c.id, c.merged_into FROM became b JOIN contacts c ON c.tenant_id = $1 AND c.id = b.merged_into
     )
     SELECT ${contactColumns} FROM contacts c JOIN became b ON b.id = c.id WHERE c.tenant_id = $1 AND b.merged_into IS NULL`,
    [tenantId, id],
  );
  if (!row) throw notFound('contact');
  return row;
}

/** Serialises writers of an address, so that two messages of a new person create one contact. */
export async function lockAddresses(tx: Sql, tenantId: string, addresses: string[]): Promise<void> {
  await tx.query(
    `SELECT pg_advisory_xact_lock(h) FROM (SELECT DISTINCT hashtextextended($1 || '/' || a, 1) AS h FROM unnest($2::text[]) AS a ORDER BY 1) x`,
    [tenantId, addresses],
  );
}

/**
 * Locks the contacts that `find` returns until the transaction ends, so that nobody else merges, splits or changes them: ownership by a
 * contact is decided under its row lock. Runs `find` again once it has the locks, since the contacts may have changed meanwhile.
 */
export async function holdAll<T extends { contact_id: string }>(tx: Sql, tenantId: string, find: () => Promise<T[]>): Promise<T[]> {
  const held = new Set<string>();
  for (;;) {
    const found = await find();
    const free = [...new Set(found.map((row) => row.contact_id))].filter((id) => !held.has(id));
    if (free.length === 0) return found;
    await tx.prepared(
      'hold_contacts',
      `SELECT id FROM contacts WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
      [tenantId, free],
    );
    free.forEach((id) => held.add(id));
  }
}

/** Locks and returns the contact, or the one it was merged into. @throws AppError not_found */
export async function readHeld(tx: Sql, tenantId: string, id: string): Promise<Contact> {
  const [contact] = await holdAll(tx, tenantId, async () => {
    const found = await readContact(tx, tenantId, id);
    return [{ ...found, contact_id: found.id }];
  });
  return contact as Contact;
}

/** Assigns addresses to this contact, also those of other contacts. */
export async function addAddresses(tx: Tx, tenantId: string, id: string, addresses: string[]): Promise<void> {
  if (addresses.length === 0) return;
  await tx.query(
    `INSERT INTO contact_addresses AS a (tenant_id, address, contact_id) SELECT $1, x, $2 FROM unnest($3::text[]) x
     ON CONFLICT (tenant_id, address) DO UPDATE SET contact_id = excluded.contact_id WHERE a.contact_id <> excluded.contact_id`,
    [tenantId, id, addresses],
  );
  await spreadOptOuts(tx, tenantId, [id]);
}

/**
 * Extends an opt-out of the contact to all its addresses: one that suppresses an address of it, or its last consent, when this was recorded
 * while it had no address.
 */
export async function spreadOptOuts(tx: Sql, tenantId: string, contactIds: string[]): Promise<void> {
  if (contactIds.length === 0) return;
  await tx.query(
    `INSERT INTO suppressions (tenant_id, address, reason, note, actor, actor_ref)
     SELECT DISTINCT ON (b.address) $1::uuid, b.address, 'opt_out', x.note, x.actor, x.actor_ref FROM (
       SELECT a.contact_id, s.note, s.actor, s.actor_ref FROM contact_addresses a
       JOIN suppressions s ON s.tenant_id = $1 AND s.address IN (a.address, ${twinSql('a.address')}) AND s.reason = 'opt_out'
       WHERE a.tenant_id = $1 AND a.contact_id = ANY ($2::uuid[])
       UNION ALL SELECT w.id, l.text, l.actor, l.actor_ref FROM unnest($2::uuid[]) AS w(id)
       CROSS JOIN LATERAL (SELECT $1::uuid AS tenant_id, w.id) k
       CROSS JOIN LATERAL (${consentOf('k', 's.action, s.address, s.text, s.actor, s.actor_ref')}) l
       WHERE l.action = 'opt_out' AND l.address = '') x
     JOIN contact_addresses b ON b.tenant_id = $1 AND b.contact_id = x.contact_id ORDER BY b.address ON CONFLICT DO NOTHING`,
    [tenantId, contactIds],
  );
}

/** Merges the other contact without loss: its row stays, members that the contact lacks are copied, and the rest is kept in the history. */
export async function writeMerge(tx: Tx, tenantId: string, actor: Actor, id: string, otherId: string, addresses: string[]): Promise<void> {
  await tx.query(
    `WITH other AS (UPDATE contacts SET merged_into = $2, updated_at = heliograph_now() WHERE tenant_id = $1 AND id = $3 RETURNING *), noted AS (
       INSERT INTO contact_changes (tenant_id, kind, contact_id, other_id, addresses, actor, actor_ref, before)
       SELECT $1, 'merged', $2, $3, $4, $5, $6, jsonb_build_object('external_id', external_id, 'name', name, 'attributes', attributes, 'tags', tags, 'created_at', created_at) FROM other
     )
     UPDATE contacts c SET external_id = coalesce(c.external_id, o.external_id), name = coalesce(c.name, o.name), attributes = o.attributes || c.attributes,
       tags = ARRAY(SELECT DISTINCT t FROM unnest(c.tags || o.tags) t ORDER BY t), updated_at = heliograph_now()
     FROM other o WHERE c.tenant_id = $1 AND c.id = $2`,
    [tenantId, id, otherId, addresses, ...storedActor(actor)],
  );
  // One step leads from any merged contact to the current one.
  await tx.query(`UPDATE contacts SET merged_into = $2 WHERE tenant_id = $1 AND merged_into = $3`, [tenantId, id, otherId]);
  await tx.query(
    `WITH left_lists AS (DELETE FROM contact_list_members WHERE tenant_id = $1 AND contact_id = $3 RETURNING list_id, added_at)
     INSERT INTO contact_list_members (tenant_id, list_id, contact_id, added_at) SELECT $1, list_id, $2, added_at FROM left_lists ON CONFLICT DO NOTHING`,
    [tenantId, id, otherId],
  );
  // Rows of a file follow as well: whoever they leave out must stay left out.
  await tx.query(
    `WITH left_rows AS (DELETE FROM contact_import_rows WHERE tenant_id = $1 AND contact_id = $3 RETURNING import_id, line, vars)
     INSERT INTO contact_import_rows (tenant_id, import_id, contact_id, line, vars) SELECT $1, import_id, $2, line, vars FROM left_rows ON CONFLICT DO NOTHING`,
    [tenantId, id, otherId],
  );
  await spreadOptOuts(tx, tenantId, [id]);
  await carryReviews(tx, { tenantId, contactId: id, otherId }, actor);
}
