import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '@heliograph/kernel';
import type { Contact, ContactHistory } from './contact';
import { contactColumns, readContact } from './contact-rows.repository';

/** Contacts as they stand, and their history. */
@Injectable()
export class Contacts {
  constructor(private readonly db: Database) {}

  /** Newest first; the cursor is the last contact's id. */
  list(
    tenantId: string,
    filter: { address?: string | undefined; externalId?: string | undefined; tag?: string | undefined },
    page: { cursor?: string | undefined; limit: number },
  ): Promise<{ rows: Contact[]; next: string | null }> {
    return this.db.forTenant(tenantId, async (tx) => {
      const rows = await tx.query<Contact>(
        `SELECT ${contactColumns} FROM contacts c WHERE c.tenant_id = $1 AND c.merged_into IS NULL
           AND ($2::text IS NULL OR c.id = (SELECT a.contact_id FROM contact_addresses a WHERE a.tenant_id = $1 AND a.address = $2))
           AND ($3::text IS NULL OR c.external_id = $3) AND ($4::text IS NULL OR c.tags @> ARRAY[$4]) AND ($5::uuid IS NULL OR c.id < $5) ORDER BY c.id DESC LIMIT $6`,
        [tenantId, filter.address ?? null, filter.externalId ?? null, filter.tag ?? null, page.cursor ?? null, page.limit + 1],
      );
      const shown = rows.slice(0, page.limit);
      return { rows: shown, next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null };
    });
  }

  /** Of a contact that was merged, the one it became. @throws AppError not_found */
  get(tenantId: string, id: string): Promise<Contact> {
    return this.db.forTenant(tenantId, (tx) => readContact(tx, tenantId, id));
  }

  /** Merges, splits and numbers that passed on, newest first, also of contacts that became this one. @throws AppError not_found */
  history(tenantId: string, id: string): Promise<ContactHistory[]> {
    return this.db.forTenant(tenantId, async (tx) => {
      const contact = await readContact(tx, tenantId, id);
      return tx.query<ContactHistory>(
        `WITH self AS (SELECT ARRAY(SELECT $2::uuid UNION ALL SELECT id FROM contacts WHERE tenant_id = $1 AND merged_into = $2) AS ids)
         SELECT x.at, x.kind, x.contact_id AS "contactId", x.other_id AS "otherId", x.addresses, x.actor FROM contact_changes x, self
         WHERE x.tenant_id = $1 AND (x.contact_id = ANY (self.ids) OR x.other_id = ANY (self.ids)) ORDER BY x.id DESC LIMIT 500`,
        [tenantId, contact.id],
      );
    });
  }

  /** The contact, or the one it became, in the caller's transaction. @throws AppError not_found */
  read(tx: Sql, tenantId: string, id: string): Promise<Contact> {
    return readContact(tx, tenantId, id);
  }
}
