import { z } from 'zod';
import type { FieldError } from '../errors/app-error';
import { schemaFaultCodes } from './schema-faults';
import { invalidBody } from './validation.pipe';

const faultsOf = (schema: z.ZodType, value: unknown): FieldError[] =>
  invalidBody(schema.safeParse(value).error?.issues ?? []).details.errors ?? [];

const cases: [code: string, schema: z.ZodType, value: unknown, params: object | undefined][] = [
  ['invalid_type', z.string(), 7, { expected: 'string' }],
  ['invalid_type', z.int(), 7.5, { expected: 'integer' }],
  ['invalid_type', z.record(z.string(), z.string()), 7, { expected: 'object' }],
  ['invalid_type', z.boolean(), undefined, { expected: 'boolean', missing: true }],
  ['too_small', z.string().min(3), 'ab', { minimum: 3, unit: 'characters' }],
  ['too_small', z.array(z.string()).min(1), [], { minimum: 1, unit: 'items' }],
  ['too_small', z.number().positive(), 0, { minimum: 0, exclusive: true }],
  ['too_big', z.string().max(64), 'x'.repeat(65), { maximum: 64, unit: 'characters' }],
  ['too_big', z.string().length(6), '1234567', { maximum: 6, unit: 'characters', exact: true }],
  ['too_big', z.int().max(90), 91, { maximum: 90 }],
  ['invalid_format', z.email(), 'nobody', { format: 'email' }],
  ['invalid_format', z.iso.datetime(), 'soon', { format: 'datetime' }],
  ['not_multiple_of', z.int().multipleOf(5), 7, { divisor: 5 }],
  ['invalid_value', z.enum(['reply', 'drip']), 'x', { allowed: ['reply', 'drip'] }],
  ['unrecognized_keys', z.strictObject({}), { x: 1 }, undefined],
  ['invalid_union', z.union([z.literal('park'), z.int()]), 'x', undefined],
  [
    'invalid_union',
    z.discriminatedUnion('type', [z.object({ type: z.literal('text') }), z.object({ type: z.literal('image') })]),
    { type: 'x' },
    { allowed: ['text', 'image'] },
  ],
  ['invalid_key', z.record(z.string().max(2), z.string()), { abc: 'x' }, undefined],
  ['custom', z.string().refine(() => false, 'No.'), 'x', undefined],
];

describe('a fault of a schema', () => {
  it.each(cases)('of the code %s has its parameters: %#', (code, schema, value, params) => {
    const [fault] = faultsOf(schema, value);
    expect(fault).toEqual({ path: expect.any(String) as string, code, message: expect.any(String) as string, ...(params && { params }) });
  });

  it('has a code of the list, or is one of a check of its own', () => {
    expect(new Set(cases.map(([code]) => code))).toEqual(new Set([...schemaFaultCodes, 'custom']));
  });
});
