import { instant } from '@heliograph/kernel';
import { z } from 'zod';
import { selectionLimits, type SelectionOperator, type SelectionRule, type SelectionValue } from './selection-tree';

/**
 * Types of fields. `id`: a text that is compared exactly; `date`: a day; `time`: an instant; `choice`: one of a few values; `set`: several
 * texts; `reference`: the id of something else; `any`: an attribute without a declared type.
 */
export const selectionTypes = ['text', 'id', 'number', 'boolean', 'date', 'time', 'choice', 'set', 'reference', 'any'] as const;
export type SelectionType = (typeof selectionTypes)[number];

const empties = ['is_empty', 'is_not_empty'] as const;
const equal = ['equals', 'not_equals'] as const;
const listed = ['is_one_of', 'is_none_of'] as const;
const ofText = [...equal, 'contains', 'not_contains', 'begins_with', 'ends_with', ...listed, ...empties] as const;
const ofNumber = [...equal, 'less_than', 'at_most', 'more_than', 'at_least', 'between', ...empties] as const;
const ofTime = ['before', 'since', 'between', 'in_last_days', 'not_in_last_days', ...empties] as const;
const ofDate = [...equal, ...ofTime.slice(0, 5), 'in_next_days', ...empties] as const;

/** Operators that each type has. */
export const operatorsOf: Readonly<Record<SelectionType, readonly SelectionOperator[]>> = {
  text: ofText,
  id: [...equal, 'begins_with', ...listed, ...empties],
  number: ofNumber,
  boolean: ['equals', ...empties],
  date: ofDate,
  time: ofTime,
  choice: listed,
  set: [...listed, 'has_all', ...empties],
  reference: listed,
  any: [...new Set<SelectionOperator>([...ofText, ...ofNumber, ...ofDate])],
};

const day = z.iso.date().refine((text) => text >= '0001-01-01', 'A day is within the years 1 to 9999.');
const days = z.int().min(1).max(selectionLimits.maxDays);
const text = z.string().min(1).max(selectionLimits.maxText);
const texts = z.array(text).min(1);
const uuids = z.array(z.uuid()).min(1).max(20);
const when = z.union([day, instant]);
const pair = <T extends z.ZodType>(of: T) => z.tuple([of, of]);
const ordered = (values: readonly [string | number, string | number]) => rankOf(values[0]) <= rankOf(values[1]);
const rankOf = (value: string | number) => (typeof value === 'number' ? value : Date.parse(value));

const shapes: Readonly<Record<SelectionType, (operator: SelectionOperator) => z.ZodType>> = {
  text: (operator) => (isListed(operator) ? texts : text),
  id: (operator) => (isListed(operator) ? texts : text),
  number: (operator) => (operator === 'between' ? pair(z.number()).refine(ordered) : z.number()),
  boolean: () => z.boolean(),
  date: (operator) => (operator === 'between' ? pair(day).refine(ordered) : day),
  time: (operator) => (operator === 'between' ? pair(when).refine(ordered) : when),
  choice: () => texts,
  set: () => texts,
  reference: () => uuids,
  any: () => z.never(),
};
const sentences: Readonly<Record<SelectionType, string>> = {
  text: 'a text',
  id: 'a text',
  number: 'a number',
  boolean: 'true or false',
  date: 'a day such as 2026-12-24',
  time: 'a day such as 2026-12-24, or an RFC 3339 time',
  choice: 'one of the choices',
  set: 'a text',
  reference: 'an id',
  any: 'a value',
};

function isListed(operator: SelectionOperator): boolean {
  return operator === 'is_one_of' || operator === 'is_none_of' || operator === 'has_all';
}

const hasNoValue = (operator: SelectionOperator) => operator === 'is_empty' || operator === 'is_not_empty';
const countsDays = (operator: SelectionOperator) =>
  operator === 'in_last_days' || operator === 'not_in_last_days' || operator === 'in_next_days';

/** Returns the type that a rule on an attribute without a declared type means, by its operator and the type of its value. */
export function typeMeant(operator: SelectionOperator, value: SelectionValue): SelectionType {
  const first = Array.isArray(value) ? value[0] : value;
  if (countsDays(operator) || operator === 'before' || operator === 'since') return 'date';
  if (typeof first === 'boolean') return 'boolean';
  if (typeof first === 'number') return 'number';
  if (operator === 'between') return 'date';
  return ofNumber.slice(2, 6).some((one) => one === operator) ? 'number' : 'text';
}

/** Returns the reason why a rule does not fit a field of this type, whose operators include the rule's; null: it fits. */
export function faultOf({ operator, value }: SelectionRule, type: SelectionType, choices?: readonly string[]): string | null {
  if (hasNoValue(operator)) return value === null ? null : 'The operator takes no value.';
  if (countsDays(operator)) return days.safeParse(value).success ? null : `The value is a number of days, 1 to ${selectionLimits.maxDays}.`;
  if (!shapes[type](operator).safeParse(value).success) {
    if (operator === 'between') return `The value is two times ${sentences[type]}, the lower one first.`;
    return isListed(operator) ? `The value is a list of 1 or more, each ${sentences[type]}.` : `The value is ${sentences[type]}.`;
  }
  const unknown = choices && [value].flat().find((one) => !choices.includes(String(one)));
  return unknown === undefined ? null : `The value is one of ${choices?.join(', ')}.`;
}
