import { Injectable } from '@nestjs/common';
import { actorColumn, Database, List, listKeys, type Page, type PageRequest, type Sql } from '@heliograph/kernel';
import type { Contact, ContactHistory } from './contact';
import { contactColumns, readContact } from './contact-rows.repository';
import { withTwins } from './phone-twins';
import { sqlParameters } from './sql-parameters';

/** Filter of a list. */
export interface ContactFilter {
  address?: string | undefined;
  externalId?: string | undefined;
  tag?: string | undefined;
}

const contactList = new List('contacts', listKeys.id);
/** An id after all others. */
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Contacts and their history. */
@Injectable()
export class Contacts {
  constructor(private readonly db: Database) {}

  /** Returns contacts, newest first. */
  list(tenantId: string, filter: ContactFilter, page: PageRequest): Promise<Page<Contact>> {
    const [before = lastId] = contactList.after(page) ?? [];
    return this.db.forTenant(tenantId, async (tx) => {
      const { values, add } = sqlParameters(tenantId, before, page.limit + 1);
      const where = ['c.tenant_id = $1', 'c.merged_into IS NULL', 'c.id < $2', ...conditionsOf(filter, add)];
      const rows = await tx.query<Contact>(
        `SELECT ${contactColumns} FROM contacts c WHERE ${where.join(' AND ')} ORDER BY c.id DESC LIMIT $3`,
        values,
      );
      return contactList.pageOf(rows, page.limit, (row) => [row.id]);
    });
  }

  /** Returns the contact, or the one it was merged into. @throws AppError not_found */
  get(tenantId: string, id: string): Promise<Contact> {
    return this.db.forTenant(tenantId, (tx) => readContact(tx, tenantId, id));
  }

  /**
   * Returns merges, splits and moved numbers, newest first, including those of contacts merged into this one. @throws AppError not_found
   */
  history(tenantId: string, id: string): Promise<ContactHistory[]> {
    return this.db.forTenant(tenantId, async (tx) => {
      const contact = await readContact(tx, tenantId, id);
      return tx.query<ContactHistory>(
        `WITH self AS (SELECT ARRAY(SELECT $2::uuid UNION ALL SELECT id FROM contacts WHERE tenant_id = $1 AND merged_into = $2) AS ids)
         SELECT x.at, x.kind, x.contact_id AS "contactId", x.other_id AS "otherId", x.addresses, ${actorColumn('x.actor')} AS actor FROM contact_changes x, self
         WHERE x.tenant_id = $1 AND (x.contact_id = ANY (self.ids) OR x.other_id = ANY (self.ids)) ORDER BY x.id DESC LIMIT 500`,
        [tenantId, contact.id],
      );
    });
  }

  /** Returns the contact, or the one it was merged into, in the caller's transaction. @throws AppError not_found */
  read(tx: Sql, tenantId: string, id: string): Promise<Contact> {
    return readContact(tx, tenantId, id);
  }
}

/** Returns the conditions on `contacts c` of a list; `$1` is the tenant, `$2` the id to continue after, `$3` the maximum rows. */
function conditionsOf({ address, externalId, tag }: ContactFilter, add: (value: unknown) => string): string[] {
  const named = [
    ...(address === undefined
      ? []
      : [
          `c.id IN (SELECT a.contact_id FROM contact_addresses a WHERE a.tenant_id = $1 AND a.address = ANY (${add(withTwins([address]))}))`,
        ]),
    ...(externalId === undefined ? [] : [`c.external_id = ${add(externalId)}`]),
  ];
  if (tag === undefined) return named;
  if (named.length > 0) return [...named, `${add(tag)} = ANY (c.tags)`];
  // Selects a page of ids in order first, so that no more rows are read, whether ten contacts or a million have the tag.
  return [
    `c.id = ANY (ARRAY(SELECT t.contact_id FROM contact_tags t WHERE t.tenant_id = $1 AND t.tag = ${add(tag)} AND t.contact_id < $2 ORDER BY t.contact_id DESC LIMIT $3))`,
  ];
}
