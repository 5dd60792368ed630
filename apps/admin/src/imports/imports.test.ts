import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attributeForm } from '../parts/attribute-form';
import { attributeName, canUndo, type ContactImport, mappingFaults, timeLeftOf, withTarget } from './imports';

describe('the use of columns', () => {
  it('gives a target that only one column may have to the last one that asks for it', () => {
    const used = withTarget(withTarget([], 'mobile', 'phone'), 'tel', 'phone');
    expect(used).toEqual([{ column: 'tel', to: 'phone' }]);
    expect(withTarget(withTarget([], 'a', 'tags'), 'b', 'tags')).toHaveLength(2);
    expect(withTarget(used, 'tel', null)).toEqual([]);
  });

  it('makes a name of an attribute out of any name of a column', () => {
    expect(withTarget([], 'Último Pedido', 'attribute')).toEqual([
      { column: 'Último Pedido', to: 'attribute', attribute: 'ultimo_pedido' },
    ]);
    for (const column of ['المدينة', '2nd visit', '__proto__', '  ', 'x'.repeat(100)]) expect(attributeName(column)).toMatch(attributeForm);
  });

  it('takes the names of attributes that the API takes', () => {
    const document = readFileSync(join(import.meta.dirname, '../../../../docs/openapi.json'), 'utf8');
    const { components } = JSON.parse(document) as {
      components: { schemas: { PutContact: { properties: { attributes: { propertyNames: { pattern: string } } } } } };
    };
    expect(components.schemas.PutContact.properties.attributes.propertyNames.pattern).toBe(attributeForm.source);
  });

  it('is complete with a person, names of attributes that differ, and a source for a consent', () => {
    const consent = { isGiven: true, source: 'fair' };
    expect(mappingFaults([{ column: 'a', to: 'phone' }], consent)).toEqual([]);
    expect(mappingFaults([{ column: 'a', to: 'name' }], { ...consent, source: ' ' })).toEqual(['no_person', 'no_source']);
    const twice = ['a', 'b'].map((column) => ({ column, to: 'attribute' as const, attribute: 'city' }));
    expect(mappingFaults([...twice, { column: 'c', to: 'external_id' }], consent)).toEqual(['attribute_twice']);
  });
});

describe('an import', () => {
  const one = { state: 'done', run_at: '2026-11-29T12:00:00Z', undo_until: '2026-11-30T12:00:00Z' } as ContactImport;

  it('can be undone until its time is over, and only after a run', () => {
    const now = Date.parse('2026-11-30T11:59:00Z');
    expect(canUndo(one, now)).toBe(true);
    expect(canUndo(one, now + 120_000)).toBe(false);
    expect(canUndo({ ...one, state: 'undone' }, now)).toBe(false);
    expect(canUndo({ ...one, state: 'failed', run_at: null }, now)).toBe(false);
  });

  it('has a time left once it has a pace', () => {
    const started_at = '2026-11-29T12:00:00Z';
    const now = Date.parse(started_at) + 10_000;
    expect(timeLeftOf({ ...one, rows_done: 1_000, rows_total: 3_000, started_at }, now)).toBe(20_000);
    expect(timeLeftOf({ ...one, rows_done: 0, rows_total: 3_000, started_at }, now)).toBeUndefined();
    expect(timeLeftOf({ ...one, rows_done: 5, rows_total: null, started_at }, now)).toBeUndefined();
  });
});
