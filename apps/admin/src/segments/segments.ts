import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { useMay } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';

export type Segment = components['schemas']['Segment'];
export type SegmentField = components['schemas']['SegmentField'];
export type SegmentCount = components['schemas']['SegmentCount'];
export type Operator = SegmentField['operators'][number];
export type Value = string | number | boolean | (string | number)[] | null;
export interface Rule {
  field: string;
  operator: Operator;
  value: Value;
}
export interface Tree {
  combinator: 'and' | 'or';
  not: boolean;
  rules: (Rule | Tree)[];
}

export const emptyTree: Tree = { combinator: 'and', not: false, rules: [] };

/** Value that a rule compares its field with. */
export type ValueKind = 'none' | 'days' | 'text' | 'texts' | 'number' | 'numbers' | 'day' | 'two_days' | 'yes_no' | 'choices' | 'ids';

/** Returns the kind of value that an operator of a field takes. */
export function valueKindOf({ type }: Pick<SegmentField, 'type'>, operator: Operator): ValueKind {
  if (operator === 'is_empty' || operator === 'is_not_empty') return 'none';
  if (operator === 'in_last_days' || operator === 'not_in_last_days' || operator === 'in_next_days') return 'days';
  if (operator === 'before' || operator === 'since') return 'day';
  if (['less_than', 'at_most', 'more_than', 'at_least'].includes(operator)) return 'number';
  if (operator === 'between') return type === 'number' || type === 'any' ? 'numbers' : 'two_days';
  if (type === 'boolean') return 'yes_no';
  if (type === 'choice') return 'choices';
  if (type === 'reference') return 'ids';
  if (type === 'number') return 'number';
  if (type === 'date') return 'day';
  return ['is_one_of', 'is_none_of', 'has_all'].includes(operator) ? 'texts' : 'text';
}

/** Returns the value that a new rule of the kind begins with. */
export function firstValueOf(kind: ValueKind): Value {
  switch (kind) {
    case 'none':
      return null;
    case 'days':
      return 30;
    case 'yes_no':
      return true;
    case 'texts':
    case 'choices':
    case 'ids':
    case 'numbers':
    case 'two_days':
      return [];
    default:
      return '';
  }
}

/** True when a rule has a value that its operator takes. */
export function isComplete({ operator, value }: Rule, field: SegmentField | undefined): boolean {
  if (!field) return false;
  switch (valueKindOf(field, operator)) {
    case 'none':
      return value === null;
    case 'days':
      return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 3_650;
    case 'text':
    case 'day':
      return typeof value === 'string' && value !== '';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'numbers':
      return isPair(value) && value.every((one) => typeof one === 'number') && value[0] <= value[1];
    case 'two_days':
      return isPair(value) && value.every((one) => typeof one === 'string' && one !== '') && value[0] <= value[1];
    case 'yes_no':
      return typeof value === 'boolean';
    default:
      return Array.isArray(value) && value.length > 0;
  }
}
const isPair = (value: Value): value is [string | number, string | number] => Array.isArray(value) && value.length === 2;

export const isTree = (node: Rule | Tree): node is Tree => 'rules' in node;

/** Rules of a tree at any depth. */
export const rulesOf = (tree: Tree): Rule[] => tree.rules.flatMap((node) => (isTree(node) ? rulesOf(node) : [node]));

/** Returns the tree as the API takes it, without what the builder adds. */
export function treeOf(query: { combinator?: string; not?: boolean | undefined; rules: readonly unknown[] }): Tree {
  return {
    combinator: query.combinator === 'or' ? 'or' : 'and',
    not: query.not === true,
    rules: query.rules
      .filter((node): node is Rule | Tree => typeof node === 'object' && node !== null)
      .map((node) => {
        if (isTree(node)) return treeOf(node);
        const { field, operator, value } = node;
        return { field, operator, value };
      }),
  };
}

/** Key of the queries of segments. */
export const segmentKey = ['segments'];

/** Catalogue of the fields that rules may name. */
export function useSegmentFields() {
  const tenant = useTenant();
  return useQuery<SegmentField[], ApiError>({
    queryKey: ['segment-fields', tenant],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/segments/fields', { signal }))).data,
    enabled: tenant !== null,
    staleTime: 60_000,
  });
}

/** Count of the contacts that match; null: rules that are not complete, of which nothing is known. */
export function useSegmentCount(tree: Tree | null) {
  const tenant = useTenant();
  return useQuery<SegmentCount, ApiError>({
    queryKey: ['segment-count', tenant, tree],
    queryFn: ({ signal }) => ok(api.POST('/v1/segments/count', { body: { tree } as never, signal })),
    enabled: tenant !== null && tree !== null,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    retry: false,
  });
}

const pathOf = {
  list: '/v1/contact-lists',
  campaign: '/v1/campaigns',
  segment: '/v1/segments',
  import: '/v1/imports',
  template: '/v1/templates',
  group: '/v1/groups',
} as const;

/** The newest lists, campaigns or segments by id, for choices and names. @param typed part of the name that older ones are found by */
export function useNames(kind: 'list' | 'campaign' | 'segment', typed = '') {
  const tenant = useTenant();
  const name = typed.trim();
  return useQuery<{ id: string; name: string }[], ApiError>({
    queryKey: ['names', kind, tenant, name],
    queryFn: async ({ signal }) => {
      const query = { limit: 100, ...(name !== '' && { name }) };
      const { data } = await ok(api.GET(pathOf[kind] as '/v1/segments', { params: { query }, signal }));
      return data.map((one) => ({ id: one.id, name: one.name }));
    },
    enabled: tenant !== null,
    // What was read for other letters stays until the answer is there; names of another client never.
    placeholderData: (before, query) => (query?.queryKey[2] === tenant ? before : undefined),
    staleTime: 30_000,
  });
}

/** Names of records by id, each read by itself; one that is gone has none. */
export function useNamesOf(records: { kind: keyof typeof pathOf; id: string }[]): ReadonlyMap<string, string> {
  const tenant = useTenant();
  return useQueries({
    queries: records.map(({ kind, id }) => ({
      queryKey: ['name', kind, tenant, id],
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<[string, string]> => {
        const record: { name?: string | null; file_name?: string } = await ok(
          api.GET(`${pathOf[kind]}/{id}` as '/v1/segments/{id}', { params: { path: { id } }, signal }),
        );
        return [id, record.name ?? record.file_name ?? id];
      },
      enabled: tenant !== null,
      staleTime: 60_000,
      retry: false,
    })),
    combine: namesOf,
  });
}

const namesOf = (answers: { data: [string, string] | undefined }[]): ReadonlyMap<string, string> =>
  new Map(answers.flatMap(({ data }) => (data ? [data] : [])));

/** True when the person may change lists and segments of the client that is chosen. */
export const useMayManagePeople = (): boolean | undefined => useMay('contacts:manage');
