import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import type { Contact } from './contact';
import { type ContactFilter, Contacts } from './contacts.repository';

/** Contacts that are read at once. */
const pageSize = 1_000;

/** Contacts of a filter, all of them, for a file. */
@Injectable()
export class ContactExport {
  constructor(
    private readonly db: Database,
    private readonly contacts: Contacts,
  ) {}

  /** Returns the names of all attributes that contacts of the tenant have. */
  async attributes(tenantId: string): Promise<string[]> {
    const rows = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ name: string }>(
        `SELECT DISTINCT k.name FROM contacts c CROSS JOIN LATERAL jsonb_object_keys(c.attributes) AS k(name)
         WHERE c.tenant_id = $1 AND c.merged_into IS NULL AND c.attributes <> '{}' ORDER BY 1`,
        [tenantId],
      ),
    );
    return rows.map(({ name }) => name);
  }

  /** Returns the contacts of a filter in pages, newest first. @throws AppError `unknown_source`, `invalid_selection` */
  async *pages(tenantId: string, filter: ContactFilter): AsyncGenerator<Contact[]> {
    let cursor: string | undefined;
    do {
      const { rows, next } = await this.contacts.list(tenantId, filter, { limit: pageSize, ...(cursor !== undefined && { cursor }) });
      if (rows.length > 0) yield rows;
      cursor = next ?? undefined;
    } while (cursor !== undefined);
  }
}
