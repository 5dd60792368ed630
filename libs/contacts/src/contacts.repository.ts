import { Injectable } from '@nestjs/common';
import {
  actorColumn,
  Database,
  List,
  listKeys,
  type ListQuery,
  type Page,
  type PageRequest,
  readPage,
  type Sql,
  sqlConditions,
} from '@heliograph/kernel';
import type { Contact, ContactHistory } from './contact';
import { type ContactFilter, idsOfAddress, isNamed, readPeople, statesOf } from './contact-filter.repository';
import { contactColumns, readContact } from './contact-rows.repository';
import { withTwins } from './phone-twins';
import { isListedSql } from './selection/contact-fields.repository';

export type { ContactFilter };

const contactList = new List('contacts', listKeys.id);

/** Contacts and their history. */
@Injectable()
export class Contacts {
  constructor(private readonly db: Database) {}

  /** Returns contacts, newest first. @throws AppError `unknown_source`, `invalid_selection` */
  list(tenantId: string, filter: ContactFilter, page: PageRequest): Promise<Page<Contact>> {
    const [before] = contactList.after(page) ?? [];
    return this.db.forTenant(tenantId, async (tx) => {
      const { values, given } = sqlConditions(tenantId);
      const segment = (await readPeople(tx, tenantId, filter))?.({ tenant: '$1::uuid', add: (value) => `$${values.push(value)}` });
      const states = statesOf(filter.consent, filter.optedOut, segment, (value) => `$${values.push(value)}`);
      const source = sourceOf(filter, given, states, await isCommonName(tx, tenantId, filter.name));
      // Ids first: what a row shows is read for the rows of the page alone.
      const { rows, next } = await readPage<{ id: string }>(tx, contactList, page, {
        columns: 'x.id',
        ...source,
        range: [...source.range, ...given(before, (p) => `x.id < ${p}::uuid`)],
        order: 'x.id DESC',
        key: ['x.id'],
        values,
      });
      if (rows.length === 0) return { rows: [], next };
      const contacts = await tx.query<Contact>(
        `SELECT ${contactColumns} FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($2::uuid[]) ORDER BY c.id DESC`,
        [tenantId, rows.map(({ id }) => id)],
      );
      return { rows: contacts, next };
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

type Given = ReturnType<typeof sqlConditions>['given'];
type Source = Pick<ListQuery, 'from' | 'joins' | 'range' | 'checked'>;

/**
 * Returns the ids `x` that a list goes through, newest first, and the conditions on `contacts c` that it checks on each. An address, an
 * external id, a list, a tag and a name each have an index; one of them serves. `$1` is the tenant.
 * @param states conditions on `contacts c` that no index serves
 * @param isCommon whether so many contacts have the name that their own order serves better than the index of names
 */
function sourceOf(filter: ContactFilter, given: Given, states: string[], isCommon: boolean): Source {
  const { address, externalId, listId, tag, name } = filter;
  if (address !== undefined || externalId !== undefined) {
    const range = [
      ...given(address && withTwins([address]), (p) => `x.id IN (${idsOfAddress(p)})`),
      ...given(externalId, (p) => `x.external_id = ${p}`),
    ];
    const checked = [
      ...given(tag, (p) => `${p} = ANY (c.tags)`),
      ...given(name, isNamed),
      ...given(listId && [listId], (p) => isListedSql({ tenant: '$1::uuid' }, p)),
      ...states,
    ];
    return checkedOn(checked, 'contacts x', ['x.tenant_id = $1', 'x.merged_into IS NULL', ...range]);
  }
  if (listId !== undefined) {
    const from = `(SELECT m.tenant_id, m.list_id, m.contact_id AS id FROM contact_list_members m) x`;
    const checked = [...given(tag, (p) => `${p} = ANY (c.tags)`), ...given(name, isNamed), ...states];
    return checkedOn(checked, from, ['x.tenant_id = $1', ...given(listId, (p) => `x.list_id = ${p}::uuid`)]);
  }
  if (tag !== undefined) {
    const from = `(SELECT t.tenant_id, t.tag, t.contact_id AS id FROM contact_tags t) x`;
    return checkedOn([...given(name, isNamed), ...states], from, ['x.tenant_id = $1', ...given(tag, (p) => `x.tag = ${p}`)]);
  }
  if (name !== undefined && !isCommon) {
    const checked = [...(hasWords.test(name) ? given(name, isNamed) : []), ...states];
    return checkedOn(checked, `(${given(name, idsNamed).join()}) x`, ['true']);
  }
  return checkedOn([...given(name, isNamed), ...states], 'contacts x', ['x.tenant_id = $1', 'x.merged_into IS NULL']);
}

function checkedOn(checked: string[], from: string, range: string[]): Source {
  if (checked.length === 0) return { from, range };
  return { from, range, checked, joins: 'JOIN contacts c ON c.tenant_id = $1 AND c.id = x.id AND c.merged_into IS NULL' };
}

const hasWords = /[^\p{L}\p{M}\p{N}]/u;
/** SQL of the contacts with a word that begins with the longest given word: few have it. */
const idsNamed = (words: string) => `SELECT DISTINCT n.contact_id AS id ${namedSql(words)}`;
const namedSql = (words: string) => {
  const longest = `SELECT w FROM contact_name_words(${words}) w ORDER BY length(w) DESC LIMIT 1`;
  return `FROM contact_names n WHERE n.tenant_id = $1 AND n.word >= (${longest}) AND n.word < (${longest}) || chr(1114111)`;
};

/** Words beyond which the contacts of a name are looked for in the order of the list: sorting more of them costs more than a page of it. */
const commonWords = 5_000;

/** Returns whether more words than `commonWords` begin with the longest given word. */
async function isCommonName(tx: Sql, tenantId: string, name: string | undefined): Promise<boolean> {
  if (name === undefined) return false;
  const rows = await tx.query(`SELECT 1 ${namedSql('$2')} OFFSET ${commonWords} LIMIT 1`, [tenantId, name]);
  return rows.length > 0;
}
