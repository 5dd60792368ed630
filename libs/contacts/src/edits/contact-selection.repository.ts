import type { Sql } from '@heliograph/kernel';
import { listedConditions } from '../contact-filter.repository';
import { checkSources, readSegmentTree, readSource } from '../selection/audiences.repository';
import { readSelection, type SelectionSql } from '../selection/selections.repository';
import { sqlParameters } from '../sql-parameters';
import { type BulkChanges, type ContactSelection, type Editable, nobody, type RequestedSelection } from './contact-edit';

/** Returns the selection with the present rules of its segment. @throws AppError `unknown_source`, `invalid_selection` */
export async function fixSelection(tx: Sql, tenantId: string, selection: RequestedSelection): Promise<ContactSelection> {
  const fixed = await withRules(tx, tenantId, selection);
  await readRules(tx, tenantId, fixed);
  return fixed;
}

async function withRules(tx: Sql, tenantId: string, selection: RequestedSelection): Promise<ContactSelection> {
  if ('segment' in selection) return { ...selection, tree: await readSegmentTree(tx, tenantId, selection.segment, 'selection/segment_id') };
  if (!('listed' in selection)) return selection;
  const { listId, segmentId } = selection.listed;
  if (listId !== undefined) await readSource(tx, tenantId, { kind: 'list', id: listId }, 'selection/listed/list_id');
  const rules = segmentId === undefined ? null : await readSegmentTree(tx, tenantId, segmentId, 'selection/listed/segment_id');
  return { listed: selection.listed, rules, tree: nobody };
}

/** Reads the rules of a selection, or its list. @returns null for a selection without any */
async function readRules(tx: Sql, tenantId: string, selection: ContactSelection): Promise<SelectionSql | null> {
  if ('listed' in selection) return selection.rules && readSelection(tx, tenantId, selection.rules, 'selection/listed/segment_id');
  if ('tree' in selection) return readSelection(tx, tenantId, selection.tree, 'selection/tree');
  if ('list' in selection) return readSource(tx, tenantId, { kind: 'list', id: selection.list }, 'selection/list_id');
  return null;
}

/** Returns the conditions on `contacts c` of a selection. */
function conditionsOf(selection: ContactSelection, rules: SelectionSql | null, add: (value: unknown) => string): string[] {
  const ruled = rules?.({ tenant: '$1::uuid', add });
  if ('listed' in selection) return listedConditions(selection.listed, ruled, add);
  if (ruled !== undefined) return [ruled];
  if (!('filter' in selection)) return [];
  const { tag, externalIds, attribute } = selection.filter;
  return [
    ...(tag === undefined ? [] : [`${add(tag)} = ANY (c.tags)`]),
    ...(externalIds ? [`c.external_id = ANY (${add(externalIds)}::text[])`] : []),
    ...(attribute ? [`c.attributes @> ${add(JSON.stringify({ [attribute.name]: attribute.value }))}::jsonb`] : []),
  ];
}

/**
 * Returns SQL for candidate ids of a selection after `$2`, in order: by tag from the tags, by attribute all contacts. The duration of a
 * chunk does not depend on the number of matches.
 */
function candidatesOf(selection: ContactSelection, add: (value: unknown) => string): string {
  if ('ids' in selection) {
    return `SELECT DISTINCT coalesce(c.merged_into, c.id) AS id FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY (${add(selection.ids)}::uuid[]) AND coalesce(c.merged_into, c.id) > $2`;
  }
  if ('list' in selection)
    return `SELECT m.contact_id AS id FROM contact_list_members m WHERE m.tenant_id = $1 AND m.list_id = ${add(selection.list)}::uuid AND m.contact_id > $2`;
  if (!('filter' in selection)) return `SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.id > $2`;
  const { tag, externalIds } = selection.filter;
  if (externalIds)
    return `SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.external_id = ANY (${add(externalIds)}::text[]) AND c.merged_into IS NULL AND c.id > $2`;
  if (tag !== undefined)
    return `SELECT t.contact_id AS id FROM contact_tags t WHERE t.tenant_id = $1 AND t.tag = ${add(tag)} AND t.contact_id > $2`;
  return `SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.id > $2`;
}

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

/** Counts the contacts of a selection. */
export async function countSelected(tx: Sql, tenantId: string, selection: ContactSelection): Promise<number> {
  const { values, add } = sqlParameters(tenantId);
  const rules = await readRules(tx, tenantId, selection);
  const [row] = await tx.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${counted(selection, rules, add)}`, values);
  return row?.count ?? 0;
}

function counted(selection: ContactSelection, rules: SelectionSql | null, add: (value: unknown) => string): string {
  const ofTenant = 'contacts c WHERE c.tenant_id = $1 AND c.merged_into IS NULL';
  if ('ids' in selection)
    return `${ofTenant} AND c.id IN (SELECT coalesce(g.merged_into, g.id) FROM contacts g WHERE g.tenant_id = $1 AND g.id = ANY (${add(selection.ids)}::uuid[]))`;
  if (!('filter' in selection)) return [ofTenant, ...conditionsOf(selection, rules, add)].join(' AND ');
  const { tag, externalIds, attribute } = selection.filter;
  const byTag = tag === undefined ? null : `SELECT t.contact_id FROM contact_tags t WHERE t.tenant_id = $1 AND t.tag = ${add(tag)}`;
  // The tags are enough: merged contacts have none.
  if (byTag && !externalIds && !attribute) return `(${byTag}) c`;
  const where = [ofTenant, ...(byTag ? [`c.id IN (${byTag})`] : []), ...conditionsOf({ filter: { externalIds, attribute } }, null, add)];
  return where.join(' AND ');
}

/**
 * Locks and returns the next contacts of a selection, and the position they reach; null: no more.
 * @param editId excludes contacts created after this edit was requested
 */
export async function nextSelected(
  tx: Sql,
  tenantId: string,
  selection: ContactSelection,
  { after, editId, maxContacts }: { after: string; editId: string; maxContacts: number },
): Promise<{ contacts: Editable[]; position: string | null }> {
  const next = sqlParameters(tenantId, after);
  const ids = (
    await tx.query<{ id: string }>(`${candidatesOf(selection, next.add)} ORDER BY id LIMIT ${next.add(maxContacts)}`, next.values)
  ).map((row) => row.id);
  const rules = await readRules(tx, tenantId, selection);
  const { values, add } = sqlParameters(tenantId, ids, editId);
  // Checked again under the lock: they may have changed meanwhile.
  const isOlder = 'c.created_at <= (SELECT e.created_at FROM contact_edits e WHERE e.tenant_id = $1 AND e.id = $3)';
  const where = ['c.tenant_id = $1', 'c.id = ANY ($2::uuid[])', 'c.merged_into IS NULL', isOlder, ...conditionsOf(selection, rules, add)];
  const contacts = await tx.query<Editable>(
    `SELECT c.id, c.tags, c.attributes FROM contacts c WHERE ${where.join(' AND ')} ORDER BY c.id FOR NO KEY UPDATE`,
    values,
  );
  return { contacts, position: ids.length < maxContacts ? null : (ids.at(-1) ?? null) };
}
