import type { Sql } from '@heliograph/kernel';

/*
 * Consents and changes of contacts, for timelines of other libs. `tenantId` and the ids are SQL.
 */

/** SQL: query of the times of a contact's consents, as `(id, at)`. */
export const consentTimesSql = (tenantId: string, contactId: string): string =>
  `SELECT ct.id, ct.at FROM consents ct WHERE ct.tenant_id = ${tenantId} AND ct.contact_id = ${contactId}`;

/** SQL: what follows JOIN for the consent with this id, as `s`. */
export const consentRowOf = (s: string, tenantId: string, id: string): string =>
  `consents ${s} ON ${s}.tenant_id = ${tenantId} AND ${s}.id = ${id}`;

/** SQL: query of the times of the changes that took or gave addresses of contacts, as `(id, at)`. @param ids SQL of an array */
export const changeTimesSql = (tenantId: string, ids: string): string =>
  `SELECT h.id, h.at FROM contact_changes h WHERE h.tenant_id = ${tenantId} AND (h.contact_id = ANY (${ids}) OR h.other_id = ANY (${ids}))`;

/** SQL: what follows JOIN for the change with this id, as `h`. */
export const changeRowOf = (h: string, tenantId: string, id: string): string =>
  `contact_changes ${h} ON ${h}.tenant_id = ${tenantId} AND ${h}.id = ${id}`;

/** Returns the periods in which these contacts, merged ones of one person, had each address; null: open. Times in PostgreSQL's text form. */
export function addressSpans(
  tx: Sql,
  tenantId: string,
  ids: string[],
): Promise<{ address: string; since: string | null; until: string | null }[]> {
  return tx.query(
    `WITH turn AS (
       SELECT x.address, h.at, h.id, CASE h.kind WHEN 'moved' THEN h.contact_id ELSE h.other_id END = ANY ($2::uuid[]) AS gained
       FROM contact_changes h CROSS JOIN LATERAL unnest(h.addresses) AS x(address)
       WHERE h.tenant_id = $1 AND h.kind IN ('moved', 'split') AND (h.contact_id = ANY ($2::uuid[])) <> (h.other_id = ANY ($2::uuid[]))
         AND (h.contact_id = ANY ($2::uuid[]) OR h.other_id = ANY ($2::uuid[]))
     ), span AS (
       SELECT address, gained, at AS since, lead(at) OVER (PARTITION BY address ORDER BY id) AS until,
         lag(id) OVER (PARTITION BY address ORDER BY id) AS earlier FROM turn
     )
     SELECT address, since::text, until::text FROM span WHERE gained
     UNION ALL SELECT address, NULL, since::text FROM span WHERE NOT gained AND earlier IS NULL
     UNION ALL SELECT a.address, NULL, NULL FROM contact_addresses a WHERE a.tenant_id = $1 AND a.contact_id = ANY ($2::uuid[])
       AND NOT EXISTS (SELECT 1 FROM turn t WHERE t.address = a.address)`,
    [tenantId, ids],
  );
}
