import type { Sql } from '@heliograph/kernel';
import { twinSql } from './phone-twins.repository';

/*
 * Fragments of statements of other libs that depend on contacts. `tenantId` and the ids are SQL.
 */

/** SQL: what follows JOIN for the contact with this id, also a merged one, as `c`. */
export const contactOf = (c: string, tenantId: string, id: string): string =>
  `contacts ${c} ON ${c}.tenant_id = ${tenantId} AND ${c}.id = ${id}`;

/** SQL: true for a contact that was not merged into another. */
export const isUnmerged = (c: string): string => `${c}.merged_into IS NULL`;

/** SQL: query of the id of a contact, or of the one that it was merged into. */
export const standingContactSql = (tenantId: string, id: string): string =>
  `SELECT coalesce(sc.merged_into, sc.id) AS id FROM contacts sc WHERE sc.tenant_id = ${tenantId} AND sc.id = ${id}`;

/** SQL: query of the ids of the contacts that were merged into this one. */
export const mergedIntoSql = (tenantId: string, id: string): string =>
  `SELECT mc.id FROM contacts mc WHERE mc.tenant_id = ${tenantId} AND mc.merged_into = ${id}`;

/** SQL: query of the name of a contact, for LATERAL. It reads by key, one by one: a join that scans the whole table is too slow for a page. */
export const contactNameOf = (tenantId: string, id: string): string =>
  `SELECT x.name FROM contacts x WHERE x.tenant_id = ${tenantId} AND x.id = ${id} OFFSET 0`;

/** SQL: query of the addresses of a contact and their other spellings, as `(address)`. */
export const spellingsOfSql = (tenantId: string, contactId: string): string =>
  `SELECT x.address FROM contact_addresses o CROSS JOIN LATERAL (VALUES (o.address), (${twinSql('o.address')})) AS x(address)
   WHERE o.tenant_id = ${tenantId} AND o.contact_id = ${contactId} AND x.address IS NOT NULL`;

/**
 * SQL: query of one row with the addresses of a contact, as `(address, addresses)`. The first, which is written to, is the number of the person, else the
 * privacy id; of several the latest.
 */
export const addressToWriteToSql = (tenantId: string, contactId: string): string => `
    SELECT x.addresses[1] AS address, x.addresses FROM (
      SELECT array_agg(x.address ORDER BY CASE WHEN x.address LIKE '+%' THEN 0 WHEN x.address LIKE '%@lid' THEN 1 ELSE 2 END,
        x.added_at DESC, x.address) AS addresses
      FROM contact_addresses x WHERE x.tenant_id = ${tenantId} AND x.contact_id = ${contactId}
    ) x`;

/**
 * SQL: query of `contact_id`, the contacts that have another spelling of one of these numbers, the privacy id of one, or the number of one of these privacy
 * ids. @param addresses SQL of an array
 */
export const sameNumbersSql = (tenantId: string, addresses: string): string => `
    SELECT x.contact_id FROM (
      SELECT t.address FROM unnest(${addresses}) own(address) CROSS JOIN LATERAL (
        SELECT ${twinSql('own.address')} AS address
        UNION ALL SELECT y.phone FROM address_pairs y WHERE y.tenant_id = ${tenantId} AND y.lid = own.address
        UNION ALL SELECT y.lid FROM address_pairs y WHERE y.tenant_id = ${tenantId} AND y.phone = own.address
      ) t
    ) o JOIN contact_addresses x ON x.tenant_id = ${tenantId} AND x.address = o.address`;

/** Returns the last of the next contacts of the tenant; null: there are none. */
export async function contactSpanOf(
  tx: Sql,
  tenantId: string,
  { position, span }: { position: string; span: number },
): Promise<{ end: string | null; isLast: boolean }> {
  const [row] = await tx.query<{ end: string | null; count: number }>(
    `SELECT (array_agg(id ORDER BY id DESC))[1] AS end, count(*)::int AS count
     FROM (SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.id > $2 ORDER BY c.id LIMIT $3) s`,
    [tenantId, position, span],
  );
  return { end: row?.end ?? null, isLast: (row?.count ?? 0) < span };
}
