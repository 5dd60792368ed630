import { z } from 'zod';

/** Limits of a tree of rules. */
export const selectionLimits = { maxDepth: 5, maxRules: 100, maxValues: 500, maxText: 1_024, maxDays: 3_650 } as const;

export const selectionOperators = [
  'equals',
  'not_equals',
  'contains',
  'not_contains',
  'begins_with',
  'ends_with',
  'is_one_of',
  'is_none_of',
  'has_all',
  'less_than',
  'at_most',
  'more_than',
  'at_least',
  'between',
  'before',
  'since',
  'in_last_days',
  'not_in_last_days',
  'in_next_days',
  'is_empty',
  'is_not_empty',
] as const;
export type SelectionOperator = (typeof selectionOperators)[number];

const scalar = z.union([z.string().max(selectionLimits.maxText), z.number(), z.boolean()]);
export type SelectionValue = z.output<typeof scalar> | (string | number)[] | null;

/** A condition on one field. */
export const selectionRule = z
  .strictObject({
    field: z.string().min(1).max(128).describe('Name of a field of the catalogue, such as `tags` or `attributes.plan`.'),
    operator: z.enum(selectionOperators),
    value: z
      .union([scalar, z.array(z.union([z.string().max(selectionLimits.maxText), z.number()])).max(selectionLimits.maxValues)])
      .nullable()
      .default(null)
      .describe('A list for `is_one_of`, `is_none_of`, `has_all` and `between`; null for `is_empty` and `is_not_empty`.'),
  })
  .meta({ id: 'SelectionRule', example: { field: 'attributes.plan', operator: 'equals', value: 'pro' } });
export type SelectionRule = z.output<typeof selectionRule>;

/** Rules and groups of rules. */
export interface SelectionTree {
  /** `and`: all must hold; `or`: one must. A group without rules holds for everybody. */
  combinator: 'and' | 'or';
  not: boolean;
  rules: (SelectionRule | SelectionTree)[];
}
/** A tree as clients send it. */
export interface SelectionTreeInput {
  combinator?: 'and' | 'or' | undefined;
  not?: boolean | undefined;
  rules: (z.input<typeof selectionRule> | SelectionTreeInput)[];
}

const groupExample = { combinator: 'and', not: false, rules: [{ field: 'attributes.plan', operator: 'equals', value: 'pro' }] };
const selectionGroup: z.ZodType<SelectionTree, SelectionTreeInput> = z
  .strictObject({
    combinator: z.enum(['and', 'or']).default('and'),
    not: z.boolean().default(false),
    get rules() {
      return z.array(z.union([selectionRule, selectionGroup])).max(selectionLimits.maxRules);
    },
  })
  .meta({ id: 'SelectionGroup', example: groupExample });

/** A tree of rules within the limits of depth and size. */
export const selectionTree = selectionGroup
  .refine((tree) => depthOf(tree) <= selectionLimits.maxDepth, `Groups nest at most ${selectionLimits.maxDepth} deep.`)
  .refine((tree) => rulesOf(tree).length <= selectionLimits.maxRules, `A selection has at most ${selectionLimits.maxRules} rules.`)
  .describe('Groups of rules that nest: `and`, `or`, and `not`. A group without rules holds for everybody.');

/** True for a group, false for a rule. */
export const isGroup = (node: SelectionRule | SelectionTree): node is SelectionTree => 'rules' in node;

/** Returns the rules of a tree, each with its path. */
export function rulesOf(tree: SelectionTree, path = 'tree'): { rule: SelectionRule; path: string }[] {
  return tree.rules.flatMap((node, i) => {
    const at = `${path}/rules/${i}`;
    return isGroup(node) ? rulesOf(node, at) : [{ rule: node, path: at }];
  });
}

function depthOf(tree: SelectionTree): number {
  return 1 + Math.max(0, ...tree.rules.filter(isGroup).map(depthOf));
}
