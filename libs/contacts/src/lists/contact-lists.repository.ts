import { Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  AppError,
  type ChangeGuard,
  Database,
  isAsExpected,
  List,
  listKeys,
  newId,
  noteAudit,
  notFound,
  type Page,
  type PageRequest,
  readPage,
  type Sql,
  sqlConditions,
  storedActor,
} from '@heliograph/kernel';
import { type ContactFilter, readPeople, treeOfFilter } from '../contact-filter';
import { withTwins } from '../phone-twins';
import { type PeopleSource, readSource } from '../selection/audiences.repository';
import type { SelectionPlace } from '../selection/selection-fields';
import type { SelectionTree } from '../selection/selection-tree';
import { readSelection, selectionSql } from '../selection/selections.repository';
import { sqlParameters } from '../sql-parameters';
import { deleteList } from './deleted-lists.repository';
import { type PeopleUse, registerPeopleUses, usesOf } from './people-uses';

/** A list of contacts that people put together. */
export interface ContactList {
  id: string;
  name: string;
  description: string | null;
  /** Number of contacts on it. */
  members: number;
  createdAt: Date;
  createdBy: Actor;
}
export type ContactListBody = Pick<ContactList, 'name' | 'description'>;

/** People to add to a list or to remove from it. */
export type ListedPeople =
  | { ids: string[] }
  | { addresses: string[] }
  | { source: PeopleSource }
  | { tree: SelectionTree }
  /** Those that a list of contacts shows, with the number that the caller saw. */
  | { listed: ContactFilter; expect: number };

/** Result of adding or removing people. */
export interface ListChange {
  /** People that were found. */
  matched: number;
  /** People who were added or removed; the others were on the list already, or not on it. */
  changed: number;
  /** Given ids or addresses that belong to nobody. */
  unknown: string[];
  /** Number of contacts on the list now. */
  members: number;
}

const contactLists = new List('contact_lists', listKeys.id);
const columns = `l.id, l.name, l.description, l.member_count AS members, l.created_at AS "createdAt", ${actorColumn('l.created_by')} AS "createdBy"`;

/** Lists of contacts. */
@Injectable()
export class ContactLists {
  constructor(private readonly db: Database) {}

  /** Returns lists, newest first. @param name part of the name, without regard to case */
  list(
    tenantId: string,
    filter: { name?: string | undefined; contactId?: string | undefined },
    page: PageRequest,
  ): Promise<Page<ContactList>> {
    const [before] = contactLists.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId);
    const range = [
      'l.tenant_id = $1',
      ...given(before, (p) => `l.id < ${p}::uuid`),
      ...given(
        filter.contactId,
        (p) => `l.id IN (SELECT m.list_id FROM contact_list_members m WHERE m.tenant_id = $1 AND m.contact_id = ${p}::uuid)`,
      ),
    ];
    return this.db.forTenant(tenantId, (tx) =>
      readPage<ContactList>(tx, contactLists, page, {
        columns,
        from: 'contact_lists l',
        range,
        checked: given(filter.name, (p) => `position(lower(${p}) IN lower(l.name)) > 0`),
        order: 'l.id DESC',
        key: ['l.id'],
        values,
      }),
    );
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<ContactList> {
    return this.db.forTenant(tenantId, (tx) => readList(tx, tenantId, id));
  }

  /** Creates an empty list. */
  create(tenantId: string, actor: Actor, { name, description }: ContactListBody): Promise<ContactList> {
    const id = newId();
    return this.db.forTenant(tenantId, async (tx) => {
      await tx.query(
        `INSERT INTO contact_lists (tenant_id, id, name, description, created_by, created_by_ref) VALUES ($1, $2, $3, $4, $5, $6)`,
        [tenantId, id, name, description, ...storedActor(actor)],
      );
      return readList(tx, tenantId, id);
    });
  }

  /** Replaces the given members. @throws AppError not_found */
  update(tenantId: string, id: string, patch: Partial<ContactListBody>, guard?: ChangeGuard<ContactList>): Promise<ContactList> {
    return this.db.forTenant(tenantId, async (tx) => {
      const before = await holdList(tx, tenantId, id);
      guard?.(before);
      const { name = before.name, description = before.description } = patch;
      await tx.query(`UPDATE contact_lists SET name = $3, description = $4 WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        id,
        name,
        description,
      ]);
      return readList(tx, tenantId, id);
    });
  }

  /** Deletes the list; the contacts stay. @throws AppError not_found, in_use */
  delete(tenantId: string, id: string, guard?: ChangeGuard<ContactList>): Promise<void> {
    return this.db.forTenant(tenantId, async (tx) => {
      const held = await holdList(tx, tenantId, id);
      guard?.(held);
      assertUnused('list', await usesOf(tx, tenantId, { kind: 'list', id }));
      await deleteList(tx, tenantId, id);
    });
  }

  /** Returns what uses a list. @throws AppError not_found */
  uses(tenantId: string, id: string): Promise<PeopleUse[]> {
    return this.db.forTenant(tenantId, async (tx) => {
      await readList(tx, tenantId, id);
      return usesOf(tx, tenantId, { kind: 'list', id });
    });
  }

  /** Adds people; those who are on the list stay. @param addresses canonical. @throws AppError not_found, unknown_source, invalid_selection, `count_changed` */
  add(tenantId: string, id: string, people: ListedPeople): Promise<ListChange> {
    return this.change(tenantId, id, people, (found, tenant, list) => ({
      text: `INSERT INTO contact_list_members (tenant_id, list_id, contact_id) SELECT ${tenant}, ${list}, f.id FROM (${found}) f ON CONFLICT DO NOTHING RETURNING 1`,
    }));
  }

  /** Removes people. @param addresses canonical. @throws AppError not_found, unknown_source, invalid_selection, `count_changed` */
  remove(tenantId: string, id: string, people: ListedPeople): Promise<ListChange> {
    return this.change(tenantId, id, people, (found, tenant, list) => ({
      text: `DELETE FROM contact_list_members m USING (${found}) f WHERE m.tenant_id = ${tenant} AND m.list_id = ${list} AND m.contact_id = f.id RETURNING 1`,
    }));
  }

  private change(
    tenantId: string,
    id: string,
    people: ListedPeople,
    write: (found: string, tenant: string, list: string) => { text: string },
  ): Promise<ListChange> {
    const isWhole = 'tree' in people || 'source' in people || 'listed' in people;
    const change = (): Promise<ListChange> => this.changeIn(tenantId, id, people, write);
    return isWhole ? this.db.inTurn(tenantId, change) : change();
  }

  private changeIn(
    tenantId: string,
    id: string,
    people: ListedPeople,
    write: (found: string, tenant: string, list: string) => { text: string },
  ): Promise<ListChange> {
    return this.db.forTenant(tenantId, async (tx) => {
      await readList(tx, tenantId, id);
      const { values, add } = sqlParameters(tenantId, id);
      const found = await foundSql(tx, tenantId, people, add);
      const { text } = write('SELECT id FROM found', '$1::uuid', '$2::uuid');
      const [row] = await tx.query<{ matched: number; changed: number }>(
        `WITH found AS MATERIALIZED (SELECT DISTINCT p.id FROM (${found}) p), changed AS (${text})
         SELECT (SELECT count(*)::int FROM found) AS matched, (SELECT count(*)::int FROM changed) AS changed`,
        values,
      );
      const change = { matched: row?.matched ?? 0, changed: row?.changed ?? 0 };
      if ('listed' in people && !isAsExpected(people.expect, change.matched))
        throw new AppError(
          'conflict',
          'count_changed',
          `The filter matches ${change.matched} contacts now, not ${people.expect}. Nothing was changed.`,
          { path: 'expect' },
        );
      noteAudit({ details: { count: change.changed } });
      const { members } = await readList(tx, tenantId, id);
      return { ...change, unknown: await unknownOf(tx, tenantId, people), members };
    });
  }
}

/**
 * Creates a list of the people of a query, in the caller's transaction. Merged contacts are those they were merged into.
 * @param people returns SQL of a query of `id`, the id of a contact; null is nobody
 */
export async function listOf(
  tx: Sql,
  tenantId: string,
  actor: Actor,
  { name, description }: ContactListBody,
  people: (place: SelectionPlace) => string,
): Promise<ContactList> {
  const id = newId();
  await tx.query(
    `INSERT INTO contact_lists (tenant_id, id, name, description, created_by, created_by_ref) VALUES ($1, $2, $3, $4, $5, $6)`,
    [tenantId, id, name, description, ...storedActor(actor)],
  );
  const { values, add } = sqlParameters(tenantId, id);
  await tx.query(
    `INSERT INTO contact_list_members (tenant_id, list_id, contact_id)
     SELECT DISTINCT $1::uuid, $2::uuid, coalesce(c.merged_into, c.id) FROM (${people({ tenant: '$1::uuid', add })}) p JOIN contacts c ON c.tenant_id = $1 AND c.id = p.id
     ON CONFLICT DO NOTHING`,
    values,
  );
  return readList(tx, tenantId, id);
}

async function foundSql(tx: Sql, tenantId: string, people: ListedPeople, add: (value: unknown) => string): Promise<string> {
  const place = { tenant: '$1::uuid', add };
  if ('ids' in people)
    return `SELECT coalesce(c.merged_into, c.id) AS id FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY (${add(people.ids)}::uuid[])`;
  if ('addresses' in people)
    return `SELECT a.contact_id AS id FROM contact_addresses a WHERE a.tenant_id = $1 AND a.address = ANY (${add(withTwins(people.addresses))}::text[])`;
  if ('listed' in people) {
    const tree = treeOfFilter(people.listed, await readPeople(tx, tenantId, people.listed, 'listed/'));
    return selectionSql(await readSelection(tx, tenantId, tree), place);
  }
  if ('tree' in people) return selectionSql(await readSelection(tx, tenantId, people.tree), place);
  return selectionSql(await readSource(tx, tenantId, people.source, `${people.source.kind}_id`), place);
}

/** Returns the given ids or addresses that belong to nobody, in the order given. */
async function unknownOf(tx: Sql, tenantId: string, people: ListedPeople): Promise<string[]> {
  if ('ids' in people) {
    const rows = await tx.query<{ id: string }>(
      `SELECT g.id FROM unnest($2::uuid[]) WITH ORDINALITY AS g(id, place) WHERE NOT EXISTS (SELECT 1 FROM contacts c WHERE c.tenant_id = $1 AND c.id = g.id) ORDER BY g.place`,
      [tenantId, people.ids],
    );
    return rows.map(({ id }) => id);
  }
  if (!('addresses' in people)) return [];
  const rows = await tx.query<{ address: string }>(
    `SELECT a.address FROM contact_addresses a WHERE a.tenant_id = $1 AND a.address = ANY ($2::text[])`,
    [tenantId, withTwins(people.addresses)],
  );
  const known = new Set(withTwins(rows.map(({ address }) => address)));
  return people.addresses.filter((address) => !known.has(address));
}

/** @throws AppError in_use */
export function assertUnused(what: string, uses: readonly PeopleUse[]): void {
  const holding = uses.filter(({ isHolding }) => isHolding);
  if (holding.length === 0) return;
  const named = holding.slice(0, 5).map(({ kind, name }) => `${kind} "${name}"`);
  const more = holding.length > named.length ? ` and ${holding.length - named.length} more` : '';
  throw new AppError('conflict', 'in_use', `The ${what} is used by ${named.join(', ')}${more}.`);
}

/** @throws AppError `unknown_list` */
export async function assertList(tx: Sql, tenantId: string, listId: string | null): Promise<void> {
  if (listId === null) return;
  const found = await tx.query(`SELECT 1 FROM contact_lists WHERE tenant_id = $1 AND id = $2`, [tenantId, listId]);
  if (found.length === 0) throw new AppError('unprocessable', 'unknown_list', 'No such list.', { path: 'list_id' });
}

/** @throws AppError not_found */
async function readList(sql: Sql, tenantId: string, id: string): Promise<ContactList> {
  const [row] = await sql.query<ContactList>(`SELECT ${columns} FROM contact_lists l WHERE l.tenant_id = $1 AND l.id = $2`, [tenantId, id]);
  if (!row) throw notFound('contact list');
  return row;
}

async function holdList(sql: Sql, tenantId: string, id: string): Promise<ContactList> {
  await sql.query(`SELECT 1 FROM contact_lists WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [tenantId, id]);
  return readList(sql, tenantId, id);
}

// A segment may have rules about lists; segments name no other segments.
registerPeopleUses(async (tx, tenantId, { kind, id }) =>
  kind === 'list'
    ? tx.query<PeopleUse>(
        `SELECT 'segment' AS kind, s.id, s.name, NULL AS state, true AS "isHolding" FROM segments s WHERE s.tenant_id = $1 AND position($2::text IN lower(s.tree::text)) > 0 ORDER BY s.id`,
        [tenantId, id],
      )
    : [],
);
