import { AppError, type FieldError, type Sql } from '@heliograph/kernel';
import { isAttributeName } from '../attribute-names';
import { type AttributeType, attributeTypes } from '../attribute-types.repository';
import './contact-fields.repository';
import { attributeSql } from './operators.repository';
import { operatorsOfField, type SelectionField, selectionFields, type SelectionPlace } from './selection-fields';
import { isGroup, rulesOf, type SelectionRule, type SelectionTree } from './selection-tree';
import { faultOf, typeMeant } from './selection-values';

/** Returns SQL of a condition on a row `contacts c`, never null. */
export type SelectionSql = (place: SelectionPlace) => string;

/** The condition that nobody meets. */
export const nobody: SelectionSql = () => 'false';

const attributePrefix = 'attributes.';

/**
 * Checks a tree of rules and returns its condition. The one code of contact lists, edits of many contacts, segments and audiences.
 * @param path path of the tree in the request
 * @throws AppError `invalid_selection` with the path of every rule that does not fit its field
 */
export async function readSelection(tx: Sql, tenantId: string, tree: SelectionTree, path = 'tree'): Promise<SelectionSql> {
  const types = await declaredTypes(tx, tenantId, tree);
  const errors = rulesOf(tree, path).flatMap(({ rule, path: at }) => faultsOf(rule, types, at));
  if (errors.length > 0)
    throw new AppError('unprocessable', 'invalid_selection', 'A rule does not fit its field.', { errors: errors.slice(0, maxErrors) });
  return (place) => groupSql(tree, types, place);
}

const maxErrors = 50;

function faultsOf(rule: SelectionRule, types: Types, at: string): FieldError[] {
  const field = fieldOf(rule, types);
  if (!field) return [{ path: `${at}/field`, code: 'unknown_field', message: 'The catalogue has no such field.' }];
  const operators = operatorsOfField(field);
  if (!operators.includes(rule.operator)) {
    const message = `The field has the operators ${operators.join(', ')}.`;
    return [{ path: `${at}/operator`, code: 'unknown_operator', message }];
  }
  const type = field.type === 'any' ? typeMeant(rule.operator, rule.value) : field.type;
  const message = faultOf(rule, type, field.choices);
  return message === null ? [] : [{ path: `${at}/value`, code: 'invalid_value', message }];
}

/** Returns a query of the ids of the contacts of a selection, as `id`. */
export const selectionSql = (selection: SelectionSql, place: SelectionPlace): string =>
  `SELECT c.id FROM contacts c WHERE c.tenant_id = ${place.tenant} AND c.merged_into IS NULL AND ${selection(place)}`;

/** Fields whose rules an index may serve, those of the fewest contacts first. */
const indexed = ['address', 'external_id', 'list', 'tags'];

/**
 * Splits a tree for statements that go through its contacts by position.
 * @returns `ids`: SQL of a query of `id`, the contacts of one of its rules, which an index finds in the order of their ids; null: no index
 * serves, and all contacts are gone through. `rest`: the tree without this rule.
 */
export function splitByIndex(tree: SelectionTree, place: SelectionPlace): { ids: string | null; rest: SelectionTree } {
  const rules = tree.not || tree.combinator === 'or' ? [] : tree.rules.flatMap((node) => (isGroup(node) ? [] : [node]));
  for (const name of indexed)
    for (const rule of rules) {
      if (rule.field !== name) continue;
      const ids = selectionFields.get(name)?.idsSql?.(rule.operator, rule.value, place) ?? null;
      if (ids !== null) return { ids, rest: { ...tree, rules: tree.rules.filter((one) => one !== rule) } };
    }
  return { ids: null, rest: tree };
}

type Types = ReadonlyMap<string, AttributeType>;

/** Returns the name of the attribute that a field names, or null. */
const attributeOf = (field: string): string | null => {
  if (!field.startsWith(attributePrefix)) return null;
  const name = field.slice(attributePrefix.length);
  return isAttributeName(name) ? name : null;
};

async function declaredTypes(tx: Sql, tenantId: string, tree: SelectionTree): Promise<Types> {
  const names = [...new Set(rulesOf(tree).flatMap(({ rule }) => attributeOf(rule.field) ?? []))];
  if (names.length === 0) return new Map();
  const rows = await tx.query<{ name: string; type: AttributeType }>(
    `SELECT name, type FROM contact_attributes WHERE tenant_id = $1 AND name = ANY ($2::text[])`,
    [tenantId, names],
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}

function fieldOf({ field }: SelectionRule, types: Types): SelectionField | undefined {
  const attribute = attributeOf(field);
  if (attribute === null) return selectionFields.get(field);
  return attributeField(attribute, types.get(attribute), null);
}

/** Returns an attribute as a field. @param type its declared type; undefined: none is declared */
export function attributeField(name: string, type: AttributeType | undefined, label: string | null): SelectionField {
  return {
    name: `${attributePrefix}${name}`,
    type: type ?? 'any',
    label: label ?? name,
    area: 'attributes',
    sql: (operator, value, { add }) => {
      const meant = type ?? typeMeant(operator, value);
      const shown = attributeTypes.find((one) => one === meant) ?? 'text';
      return attributeSql(name, shown, operator, value, add);
    },
  };
}

function groupSql(tree: SelectionTree, types: Types, place: SelectionPlace): string {
  const parts = tree.rules.map((node) => (isGroup(node) ? groupSql(node, types, place) : ruleSql(node, types, place)));
  const joined = parts.length === 0 ? 'true' : `(${parts.join(tree.combinator === 'and' ? ' AND ' : ' OR ')})`;
  return tree.not ? `NOT ${joined}` : joined;
}

function ruleSql(rule: SelectionRule, types: Types, place: SelectionPlace): string {
  const field = fieldOf(rule, types);
  if (!field) throw new Error(`The field ${rule.field} was not checked.`);
  return `(${field.sql(rule.operator, rule.value, place)})`;
}
