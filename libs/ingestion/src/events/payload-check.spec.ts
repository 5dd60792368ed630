import fc from 'fast-check';
import { readSchema, SchemaError } from './payload-check';

describe('a schema', () => {
  it('reports what is wrong with a payload', () => {
    const check = readSchema({
      type: 'object',
      properties: { plan: { enum: ['free', 'pro'] }, since: { type: 'string', format: 'date' } },
      required: ['plan'],
    });
    expect(check({ plan: 'pro', since: '2026-11-24' })).toBeNull();
    expect(check({})).toMatch(/plan/);
    expect(check({ plan: 'gold' })).toMatch(/plan/);
    expect(check({ plan: 'pro', since: 'yesterday' })).toMatch(/since/);
  });

  it('runs patterns in linear time, including one that would take exponential time elsewhere', () => {
    const check = readSchema({ properties: { a: { pattern: '^(a+)+$' } } });
    expect(check({ a: 'a'.repeat(20_000) })).toBeNull();
    expect(check({ a: `${'a'.repeat(20_000)}!` })).toMatch(/pattern/);
  });

  it.each([
    { type: 'nonsense' },
    { $ref: 'https://example.com/x.json' },
    { $ref: '#/nowhere' },
    { properties: { a: { pattern: '(' } } },
    { $schema: 'http://json-schema.org/draft-04/schema#' },
  ])('%j cannot be used', (schema) => {
    expect(() => readSchema(schema)).toThrow(SchemaError);
  });

  it.each([{ $ref: '#' }, { allOf: [{ $ref: '#' }] }])('%j is refused as endlessly recursive', (schema) => {
    expect(() => readSchema(schema)({})).toThrow(SchemaError);
  });

  it('of any form is accepted or refused with a reason', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('type', 'properties', 'items', '$ref', 'pattern', 'enum', 'if', 'not', 'required', '$id', 'format'),
          fc.jsonValue(),
        ),
        (schema) => {
          try {
            readSchema(schema)({ a: 1 });
          } catch (error) {
            expect(error).toBeInstanceOf(SchemaError);
          }
        },
      ),
    );
  });
});
