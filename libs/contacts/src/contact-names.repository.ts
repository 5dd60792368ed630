import type { Sql } from '@heliograph/kernel';

/** A contact, as a list of people shows it. */
export interface NamedContact {
  /** Id of the contact, or of the one it was merged into. */
  id: string;
  name: string | null;
  externalId: string | null;
}

/** Returns these contacts by the ids that were asked for. A merged contact is the one it was merged into. */
export async function contactsNamed(sql: Sql, tenantId: string, ids: string[]): Promise<Map<string, NamedContact>> {
  if (ids.length === 0) return new Map();
  const rows = await sql.query<NamedContact & { asked: string }>(
    `SELECT a.id AS asked, c.id, c.name, c.external_id AS "externalId" FROM contacts a
     JOIN contacts c ON c.tenant_id = a.tenant_id AND c.id = coalesce(a.merged_into, a.id)
     WHERE a.tenant_id = $1 AND a.id = ANY ($2::uuid[])`,
    [tenantId, ids],
  );
  return new Map(rows.map(({ asked, ...contact }) => [asked, contact]));
}
