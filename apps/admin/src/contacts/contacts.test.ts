import { describe, expect, it } from 'vitest';
import { plainName } from '../parts/person-text';
import { addressForm, entriesOf, readAttribute } from './contacts';

describe('a value of an attribute', () => {
  it.each([
    ['12.5', 'number', 12.5],
    [' -3 ', 'number', -3],
    ['', 'number', undefined],
    ['twelve', 'number', undefined],
    ['Infinity', 'number', undefined],
    ['true', 'boolean', true],
    ['yes', 'boolean', undefined],
    ['2026-02-28', 'date', '2026-02-28'],
    ['2026-02-30', 'date', undefined],
    ['28/02/2026', 'date', undefined],
    ['', 'text', ''],
    ['true', 'text', 'true'],
  ] as const)('%j as a %s is %j', (text, type, value) => {
    expect(readAttribute(text, type)).toBe(value);
  });

  it('that is not declared keeps the type of the value before', () => {
    expect(readAttribute('7', undefined, 3)).toBe(7);
    expect(readAttribute('x', undefined, 3)).toBeUndefined();
    expect(readAttribute('false', undefined, true)).toBe(false);
    expect(readAttribute('7', undefined)).toBe('7');
  });
});

describe('a search', () => {
  it.each([
    ['+44 7700 900731', true],
    ['07700 900731', true],
    ['239669024734097@lid', true],
    ['Rosa', false],
    ['Agent 007', false],
    ['12', false],
  ])('for %j looks for an address: %j', (text, isAddress) => {
    expect(addressForm.test(text)).toBe(isAddress);
  });
});

describe('entries of a field', () => {
  it('are apart by lines and commas, each once, without empty ones', () => {
    expect(entriesOf(' vip, gold\nvip,,\n leeds ')).toEqual(['vip', 'gold', 'leeds']);
  });
});

describe('a name in a sentence', () => {
  it('has no characters that turn or hide the text around it, and is the address when nothing else is left', () => {
    expect(plainName('\u202eRosa\u0007 \u200bDelaney\u2066', null)).toBe('Rosa Delaney');
    expect(plainName('\u200b\u2060\u3164', '+447700900731')).toBe('+44 7700 900731');
    expect(plainName(null, null)).toBe('');
  });
});
