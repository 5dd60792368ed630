import type { Sql } from '@heliograph/kernel';
import { holdAll } from '../contact-rows.repository';
import { allOf, oneOf, readPeople, treeOfFilter } from '../contact-filter';
import { checkSources, readSegmentTree } from '../selection/audiences.repository';
import { readSelection, type SelectionSql, selectionSql, splitByIndex } from '../selection/selections.repository';
import type { SelectionTree } from '../selection/selection-tree';
import { sqlParameters } from '../sql-parameters';
import { type BulkChanges, type ContactSelection, type Editable, nobody, type RequestedSelection } from './contact-edit';

/** Returns the selection with the present rules of its segment. @throws AppError `unknown_source`, `invalid_selection` */
export async function fixSelection(tx: Sql, tenantId: string, selection: RequestedSelection): Promise<ContactSelection> {
  const fixed = await withRules(tx, tenantId, selection);
  if ('ids' in fixed) return fixed;
  await readSelection(tx, tenantId, treeOf(fixed), 'selection/tree');
  return fixed;
}

async function withRules(tx: Sql, tenantId: string, selection: RequestedSelection): Promise<ContactSelection> {
  if ('segment' in selection) return { ...selection, tree: await readSegmentTree(tx, tenantId, selection.segment, 'selection/segment_id') };
  if ('list' in selection) await checkList(tx, tenantId, selection.list);
  if (!('listed' in selection)) return selection;
  return { listed: selection.listed, rules: await readPeople(tx, tenantId, selection.listed, 'selection/listed/'), tree: nobody };
}

type Ruled = Exclude<ContactSelection, { ids: string[] }>;

/** Returns the rules of a selection whose contacts are not named one by one, but for the attribute of a filter. */
function treeOf(selection: Ruled): SelectionTree {
  if ('listed' in selection) return treeOfFilter(selection.listed, selection.rules);
  if ('list' in selection) return allOf([oneOf('list', [selection.list])]);
  if ('tree' in selection) return selection.tree;
  const { tag, externalIds } = selection.filter;
  return allOf([...(tag === undefined ? [] : [oneOf('tags', [tag])]), ...(externalIds ? [oneOf('external_id', externalIds)] : [])]);
}

/** Returns the condition of a selection. A filter compares its attribute exactly, with the type of the value, and not as the rules of segments do. */
async function conditionOf(tx: Sql, tenantId: string, selection: Ruled): Promise<SelectionSql> {
  const rules = await readSelection(tx, tenantId, treeOf(selection));
  const attribute = 'filter' in selection ? selection.filter.attribute : undefined;
  if (!attribute) return rules;
  const member = JSON.stringify({ [attribute.name]: attribute.value });
  return (place) => `(${rules(place)} AND c.attributes @> ${place.add(member)}::jsonb)`;
}

/** @throws AppError `unknown_source` */
const checkList = (tx: Sql, tenantId: string, id: string): Promise<void> =>
  checkSources(tx, tenantId, [{ source: { kind: 'list', id }, path: 'selection/list_id' }]);

/** Checks that the lists of an edit exist. @throws AppError `unknown_source` */
export async function checkLists(
  tx: Sql,
  tenantId: string,
  { addToLists = [], removeFromLists = [] }: Pick<BulkChanges, 'addToLists' | 'removeFromLists'>,
): Promise<void> {
  await checkSources(tx, tenantId, [
    ...addToLists.map((id, i) => ({ source: { kind: 'list' as const, id }, path: `changes/add_to_lists/${i}` })),
    ...removeFromLists.map((id, i) => ({ source: { kind: 'list' as const, id }, path: `changes/remove_from_lists/${i}` })),
  ]);
}

/** SQL of the contacts that are named by these ids, each as the one that it was merged into. */
const namedSql = (ids: string): string =>
  `SELECT DISTINCT coalesce(n.merged_into, n.id) AS id FROM contacts n WHERE n.tenant_id = $1 AND n.id = ANY (${ids}::uuid[])`;

/** Counts the contacts of a selection. */
export async function countSelected(tx: Sql, tenantId: string, selection: ContactSelection): Promise<number> {
  const { values, add } = sqlParameters(tenantId);
  const found =
    'ids' in selection
      ? namedSql(add(selection.ids))
      : selectionSql(await conditionOf(tx, tenantId, selection), { tenant: '$1::uuid', add });
  const [row] = await tx.query<{ count: number }>(`SELECT count(*)::int AS count FROM (${found}) found`, values);
  return row?.count ?? 0;
}

/**
 * Locks and returns the next contacts of a selection, and the position they reach; null: no more. The duration does not depend on the number
 * of matches: all contacts are gone through unless an index finds those of a rule.
 * @param editId excludes contacts created after this edit was requested
 */
export async function nextSelected(
  tx: Sql,
  tenantId: string,
  selection: ContactSelection,
  { after, editId, maxContacts }: { after: string; editId: string; maxContacts: number },
): Promise<{ contacts: Editable[]; position: string | null }> {
  if ('list' in selection) await checkList(tx, tenantId, selection.list);
  const next = sqlParameters(tenantId, after);
  const place = { tenant: '$1::uuid', add: next.add };
  const candidates =
    'ids' in selection
      ? namedSql(next.add(selection.ids))
      : (splitByIndex(treeOf(selection), place).ids ?? 'SELECT c.id FROM contacts c WHERE c.tenant_id = $1');
  const ids = (
    await tx.query<{ id: string }>(
      `SELECT x.id FROM (${candidates}) x WHERE x.id > $2 ORDER BY x.id LIMIT ${next.add(maxContacts)}`,
      next.values,
    )
  ).map((row) => row.id);
  const position = ids.length < maxContacts ? null : (ids.at(-1) ?? null);
  // Locked before they are checked: a statement that waits for its locks does not see what it waited for.
  const held = await holdAll(tx, tenantId, () =>
    tx.query<{ contact_id: string }>(
      `SELECT DISTINCT coalesce(c.merged_into, c.id) AS contact_id FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($2::uuid[])`,
      [tenantId, ids],
    ),
  );
  // One that another was merged into meanwhile is due now, unless it was already or comes in its turn.
  const due = held.map((row) => row.contact_id).filter((id) => position === null || id <= position);
  const { values, add } = sqlParameters(tenantId, await notEdited(tx, tenantId, editId, ids, due), editId);
  const where = [
    'c.tenant_id = $1',
    'c.id = ANY ($2::uuid[])',
    'c.merged_into IS NULL',
    'c.created_at <= (SELECT e.created_at FROM contact_edits e WHERE e.tenant_id = $1 AND e.id = $3)',
    ...('ids' in selection ? [] : [(await conditionOf(tx, tenantId, selection))({ tenant: '$1::uuid', add })]),
  ];
  const contacts = await tx.query<Editable>(
    `SELECT c.id, c.tags, c.attributes FROM contacts c WHERE ${where.join(' AND ')} ORDER BY c.id`,
    values,
  );
  return { contacts, position };
}

/** Returns those of the `due` contacts that the edit has not changed yet. The `expected` ones are new to it. */
async function notEdited(tx: Sql, tenantId: string, editId: string, expected: string[], due: string[]): Promise<string[]> {
  const before = new Set(expected);
  const others = due.filter((id) => !before.has(id));
  if (others.length === 0) return due;
  const edited = await tx.query<{ id: string }>(
    `SELECT contact_id AS id FROM contact_edit_changes WHERE tenant_id = $1 AND edit_id = $2 AND contact_id = ANY ($3::uuid[])`,
    [tenantId, editId, others],
  );
  const done = new Set(edited.map((row) => row.id));
  return due.filter((id) => !done.has(id));
}
