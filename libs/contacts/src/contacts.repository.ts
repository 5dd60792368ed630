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
import { type ContactFilter, readPeople, treeOfFilter } from './contact-filter';
import { contactColumns, readContact, selfSql } from './contact-rows.repository';
import type { SelectionTree } from './selection/selection-tree';
import { readSelection, splitByIndex } from './selection/selections.repository';

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
      const source = await sourceOf(tx, tenantId, filter, (value) => `$${values.push(value)}`);
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
        `WITH self AS (SELECT ARRAY(${selfSql('$1', '$2::uuid')}) AS ids)
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

type Source = Pick<ListQuery, 'from' | 'joins' | 'range' | 'checked'>;

/**
 * Returns the ids `x` that a list goes through, newest first, and the conditions on `contacts c` that it checks on each. One index serves: that
 * of an address, an external id, a list or a tag, else that of names, unless so many contacts have the name that their own order serves better.
 */
async function sourceOf(tx: Sql, tenantId: string, filter: ContactFilter, add: (value: unknown) => string): Promise<Source> {
  const place = { tenant: '$1::uuid', add };
  const segment = await readPeople(tx, tenantId, filter);
  const { ids, rest } = splitByIndex(treeOfFilter(filter, segment), place);
  const { name } = filter;
  if (ids !== null || name === undefined || (await isCommonName(tx, tenantId, name))) return checkedOn(await conditionOf(rest), ids);
  // One word is all that the index looks for.
  const left = hasWords.test(name) ? rest : treeOfFilter({ ...filter, name: undefined }, segment);
  return checkedOn(await conditionOf(left), idsNamed(add(name)));

  async function conditionOf(tree: SelectionTree): Promise<string | null> {
    return tree.rules.length === 0 ? null : (await readSelection(tx, tenantId, tree))(place);
  }
}

/** @param ids SQL of the ids; null: those of all contacts */
function checkedOn(condition: string | null, ids: string | null): Source {
  const all =
    ids === null ? { from: 'contacts x', range: ['x.tenant_id = $1', 'x.merged_into IS NULL'] } : { from: `(${ids}) x`, range: ['true'] };
  if (condition === null) return all;
  return { ...all, checked: [condition], joins: 'JOIN contacts c ON c.tenant_id = $1 AND c.id = x.id AND c.merged_into IS NULL' };
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
async function isCommonName(tx: Sql, tenantId: string, name: string): Promise<boolean> {
  const rows = await tx.query(`SELECT 1 ${namedSql('$2')} OFFSET ${commonWords} LIMIT 1`, [tenantId, name]);
  return rows.length > 0;
}
