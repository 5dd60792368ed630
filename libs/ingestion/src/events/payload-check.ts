import { RE2JS } from '@bufbuild/re2';
import { Ajv2020 } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

/** Returns what is wrong with a payload; null: nothing. @throws SchemaError when the schema recurses without end */
export type PayloadCheck = (payload: unknown) => string | null;

/** Maximum nesting of a schema. */
const maxSchemaDepth = 20;

/** Error of a schema that cannot be used. The message is for people. */
export class SchemaError extends Error {}

/** Runs patterns of tenants in linear time. Ajv writes `code` into code that it would save to a file, which we never do. */
const linear = Object.assign((pattern: string) => new RE2JS(pattern), { code: 'linear' });

/** Compiles a JSON Schema (2020-12) without external references. @throws SchemaError */
export function readSchema(schema: object): PayloadCheck {
  if (depthOf(schema) > maxSchemaDepth) throw new SchemaError(`The schema nests deeper than ${maxSchemaDepth} levels.`);
  // One instance per schema, so that its cache is freed with it.
  const ajv = new Ajv2020({ strict: false, allErrors: false, logger: false, code: { regExp: linear } });
  addFormats(ajv, { mode: 'fast', formats: ['date', 'time', 'date-time', 'email', 'uri', 'uuid', 'ipv4', 'ipv6'] });
  try {
    const validate = ajv.compile(schema);
    return (payload) => {
      try {
        return validate(payload) ? null : ajv.errorsText(validate.errors, { dataVar: 'payload' });
      } catch (error) {
        // A schema that contains itself recurses until the stack overflows.
        throw new SchemaError((error as Error).message);
      }
    };
  } catch (error) {
    throw new SchemaError((error as Error).message);
  }
}

function depthOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
