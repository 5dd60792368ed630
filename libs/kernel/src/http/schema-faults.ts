import type { FaultParams } from '../errors/app-error';

/** Codes of the faults that a schema tells apart. Any other fault has the code `custom` and only its sentence. */
export const schemaFaultCodes = [
  'invalid_type',
  'too_small',
  'too_big',
  'invalid_format',
  'not_multiple_of',
  'invalid_value',
  'unrecognized_keys',
  'invalid_union',
  'invalid_key',
] as const;

/** Members of an issue of zod that faults are made from. */
export interface SchemaIssue {
  message: string;
  code?: string | undefined;
  origin?: unknown;
  minimum?: unknown;
  maximum?: unknown;
  inclusive?: unknown;
  exact?: unknown;
  divisor?: unknown;
  format?: unknown;
  expected?: unknown;
  values?: readonly unknown[];
  options?: readonly unknown[];
}

const units: Record<string, 'characters' | 'items'> = { string: 'characters', array: 'items', set: 'items' };

/** Types of zod by their names in JSON Schema. */
const types: Record<string, string> = {
  string: 'string',
  number: 'number',
  int: 'integer',
  boolean: 'boolean',
  array: 'array',
  tuple: 'array',
  object: 'object',
  record: 'object',
};

/** Returns the facts of an issue under names of ours, which stay when zod's change; undefined when it has none. */
export function faultParams(issue: SchemaIssue): FaultParams | undefined {
  const params = paramsOf(issue);
  return Object.keys(params).length > 0 ? params : undefined;
}

function paramsOf(issue: SchemaIssue): FaultParams {
  switch (issue.code) {
    case 'invalid_type': {
      const expected = types[String(issue.expected)];
      // Zod drops the input from its issues and tells an absent one only in its sentence.
      const isMissing = issue.expected === 'nonoptional' || issue.message.endsWith('received undefined');
      return { ...(expected && { expected }), ...(isMissing && { missing: true }) };
    }
    case 'too_small':
      return limitOf('minimum', issue);
    case 'too_big':
      return limitOf('maximum', issue);
    case 'invalid_format':
      return typeof issue.format === 'string' ? { format: issue.format } : {};
    case 'not_multiple_of':
      return typeof issue.divisor === 'number' ? { divisor: issue.divisor } : {};
    case 'invalid_value':
      return allowedOf(issue.values);
    case 'invalid_union':
      return allowedOf(issue.options);
    default:
      return {};
  }
}

function limitOf(name: 'minimum' | 'maximum', issue: SchemaIssue): FaultParams {
  const limit = issue[name];
  if (typeof limit !== 'number' && typeof limit !== 'bigint') return {};
  const unit = units[String(issue.origin)];
  return {
    [name]: Number(limit),
    ...(unit && { unit }),
    ...(issue.inclusive === false && { exclusive: true }),
    ...(issue.exact === true && { exact: true }),
  };
}

function allowedOf(values: readonly unknown[] = []): FaultParams {
  const isPlain = (value: unknown): value is string | number | boolean | null =>
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  const allowed = values.filter(isPlain);
  return allowed.length > 0 ? { allowed } : {};
}
