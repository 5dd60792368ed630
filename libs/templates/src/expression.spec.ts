import fc from 'fast-check';
import { ExpressionError, holds, plainValue, readExpression } from './expression';
import type { Variables } from './variables';

const scope = (payload: Record<string, unknown>): Variables => ({
  event: { id: 'e-1', name: 'user_onboarded', occurred_at: '2026-11-24T12:00:00.000Z' },
  payload,
  contact: { id: null, name: 'Priya', external_id: null, phone: '+447700900101', attributes: { plan: 'pro' }, tags: ['vip'] },
});
const value = (text: string, payload: Record<string, unknown> = {}) => plainValue(readExpression(text), scope(payload), 1_024);
const says = (text: string, payload: Record<string, unknown> = {}) => holds(readExpression(text), scope(payload));

describe('a condition', () => {
  it.each([
    ['payload.amount > 100', { amount: 101 }, true],
    ['payload.plan in ["pro", "max"]', { plan: 'pro' }, true],
    ['has(payload.plan)', {}, false],
    ['payload.items.exists(i, i.sku == "a")', { items: [{ sku: 'b' }, { sku: 'a' }] }, true],
    ['"vip" in contact.tags && contact.attributes.plan == "pro"', {}, true],
    ['payload.name.matches("^P.*a$")', { name: 'Priya' }, true],
    ['timestamp(event.occurred_at) < timestamp("2027-01-01T00:00:00Z")', {}, true],
    ['payload.count == 3', { count: 3 }, true],
  ])('%s', (text, payload, expected) => {
    expect(says(text, payload)).toBe(expected);
  });

  it.each(['payload.missing == 1', 'payload.constructor == 1', 'payload.__proto__ == 1', 'unknown == 1', '1 + 1', 'payload'])(
    '%s cannot be worked out',
    (text) => {
      expect(() => says(text)).toThrow(ExpressionError);
    },
  );

  it.each(['payload.', '1 +', 'a b', '"', 'payload.a.all(x, payload.a.all(y, true))', 'x'.repeat(1_001)])('%s cannot be parsed', (text) => {
    expect(() => readExpression(text)).toThrow(ExpressionError);
  });

  it('of any text, on any payload, returns an answer or an error, and reaches nothing of ours', () => {
    const word = fc.constantFrom(
      'payload',
      '.',
      'constructor',
      '(',
      ')',
      '"a"',
      '1',
      '==',
      '&&',
      'prototype',
      '[',
      ']',
      'matches',
      '+',
      'process',
      'has',
      'size',
      ',',
      '?',
      ':',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), fc.dictionary(fc.string(), fc.jsonValue()), (words, payload) => {
        try {
          expect(typeof says(words.join(''), payload)).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
    );
  });
});

describe('a value', () => {
  it.each([
    ['payload.plan', { plan: 'pro' }, 'pro'],
    ['payload.a * 2.0', { a: 2 }, 4],
    ['size(payload.list)', { list: [1, 2] }, 2],
    ['null', {}, null],
    ['payload.first + " " + payload.last', { first: 'Ada', last: 'L' }, 'Ada L'],
  ])('%s', (text, payload, expected) => {
    expect(value(text, payload)).toBe(expected);
  });

  it('that is a list, a map or not a number is refused', () => {
    for (const text of ['payload.list', 'payload', '0.0 / 0.0', 'b"x"']) {
      expect(() => value(text, { list: [1] })).toThrow(ExpressionError);
    }
  });
});

describe('a text that grows', () => {
  it('is stopped before it exceeds the memory of a text', () => {
    const big = 'x'.repeat(60_000);
    expect(() => says('(payload.big + payload.big).size() > 0', { big })).toThrow('at most 100000 characters');
    expect(says('payload.list.map(x, x + "!").size() == 1', { list: ['a'] })).toBe(true);
  });

  it('is refused when it exceeds the limit of the caller', () => {
    const ofLength = (length: number) => value('payload.big', { big: 'x'.repeat(length) });
    expect(ofLength(1_024)).toHaveLength(1_024);
    expect(() => ofLength(1_025)).toThrow('more than 1024 characters');
  });
});
