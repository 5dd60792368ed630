import type { Sql } from '@heliograph/kernel';
import { checkSources, readSegmentTree } from './selection/audiences.repository';
import type { SelectionRule, SelectionTree } from './selection/selection-tree';

/** Filter of a list. */
export interface ContactFilter {
  address?: string | undefined;
  externalId?: string | undefined;
  tag?: string | undefined;
  /** Beginnings of words of the name, all of which must match. */
  name?: string | undefined;
  /** Last marketing consent; `none`: there is none. */
  consent?: 'opt_in' | 'opt_out' | 'none' | undefined;
  /** True when an opt-out suppresses an address of the contact. */
  optedOut?: boolean | undefined;
  /** List that the contact is on. */
  listId?: string | undefined;
  /** Segment whose rules the contact matches. */
  segmentId?: string | undefined;
}

/**
 * Checks that the list and the segment of a filter exist. @param path path of the filter in the request, with a slash
 * @returns the rules of the segment; null: none is given. @throws AppError `unknown_source`
 */
export async function readPeople(
  tx: Sql,
  tenantId: string,
  { listId, segmentId }: ContactFilter,
  path = '',
): Promise<SelectionTree | null> {
  if (listId !== undefined) await checkSources(tx, tenantId, [{ source: { kind: 'list', id: listId }, path: `${path}list_id` }]);
  return segmentId === undefined ? null : readSegmentTree(tx, tenantId, segmentId, `${path}segment_id`);
}

/** Returns the rules that a contact of a filter meets. @param segment rules of the filter's segment, when it names one */
export function treeOfFilter(filter: ContactFilter, segment: SelectionTree | null): SelectionTree {
  const { address, externalId, listId, tag, name, consent, optedOut } = filter;
  return allOf([
    ...(address === undefined ? [] : [oneOf('address', [address])]),
    ...(externalId === undefined ? [] : [oneOf('external_id', [externalId])]),
    ...(listId === undefined ? [] : [oneOf('list', [listId])]),
    ...(tag === undefined ? [] : [oneOf('tags', [tag])]),
    ...(name === undefined ? [] : [{ field: 'name_words', operator: 'begins_with' as const, value: name }]),
    ...(consent === undefined ? [] : [oneOf('consent', [consent])]),
    ...(optedOut === undefined ? [] : [{ field: 'opted_out', operator: 'equals' as const, value: optedOut }]),
    ...(segment === null ? [] : [segment]),
  ]);
}

/** Returns the tree of those who meet all of these. */
export const allOf = (rules: SelectionTree['rules']): SelectionTree => ({ combinator: 'and', not: false, rules });
/** Returns the rule that a field has one of these values. */
export const oneOf = (field: string, values: string[]): SelectionRule => ({ field, operator: 'is_one_of', value: values });
