import { describe, expect, it } from 'vitest';
import { firstValueOf, isComplete, type Operator, rulesOf, type SegmentField, treeOf, type ValueKind, valueKindOf } from './segments';

const field = (type: SegmentField['type']): SegmentField => ({
  name: 'x',
  type,
  label: 'X',
  area: 'contact',
  operators: [],
  choices: null,
  refers_to: null,
});

describe('the value of a rule', () => {
  it.each<[SegmentField['type'], Operator, ValueKind]>([
    ['text', 'equals', 'text'],
    ['text', 'is_one_of', 'texts'],
    ['text', 'is_empty', 'none'],
    ['number', 'between', 'numbers'],
    ['date', 'between', 'two_days'],
    ['date', 'equals', 'day'],
    ['time', 'in_last_days', 'days'],
    ['any', 'before', 'day'],
    ['any', 'at_least', 'number'],
    ['boolean', 'equals', 'yes_no'],
    ['choice', 'is_one_of', 'choices'],
    ['reference', 'is_none_of', 'ids'],
    ['set', 'has_all', 'texts'],
  ])('of a field of the type %s with the operator %s is of the kind %s', (type, operator, kind) => {
    expect(valueKindOf(field(type), operator)).toBe(kind);
  });

  it('is complete when its operator takes it', () => {
    const is = (type: SegmentField['type'], operator: Operator, value: never) => isComplete({ field: 'x', operator, value }, field(type));
    expect(is('text', 'equals', '' as never)).toBe(false);
    expect(is('text', 'equals', 'a' as never)).toBe(true);
    expect(is('time', 'in_last_days', 0 as never)).toBe(false);
    expect(is('time', 'in_last_days', 30 as never)).toBe(true);
    expect(is('number', 'between', [2, 1] as never)).toBe(false);
    expect(is('number', 'between', [1, 2] as never)).toBe(true);
    expect(is('date', 'between', ['2026-01-01', ''] as never)).toBe(false);
    expect(is('set', 'is_one_of', [] as never)).toBe(false);
    expect(isComplete({ field: 'gone', operator: 'equals', value: 'a' }, undefined)).toBe(false);
  });

  it('begins complete where there is a likely one', () => {
    expect(isComplete({ field: 'x', operator: 'in_last_days', value: firstValueOf('days') }, field('time'))).toBe(true);
    expect(isComplete({ field: 'x', operator: 'is_empty', value: firstValueOf('none') }, field('time'))).toBe(true);
    expect(isComplete({ field: 'x', operator: 'equals', value: firstValueOf('yes_no') }, field('boolean'))).toBe(true);
  });
});

describe('a tree', () => {
  it('goes to the API without what the builder adds', () => {
    const built = {
      id: 'a',
      combinator: 'or',
      rules: [
        { id: 'b', field: 'tags', operator: 'is_one_of', value: ['vip'], valueSource: 'value' },
        { id: 'c', combinator: 'and', not: true, rules: [] },
      ],
    };
    const tree = treeOf(built);
    expect(tree).toEqual({
      combinator: 'or',
      not: false,
      rules: [
        { field: 'tags', operator: 'is_one_of', value: ['vip'] },
        { combinator: 'and', not: true, rules: [] },
      ],
    });
    expect(rulesOf(tree)).toHaveLength(1);
  });
});
