import { RE2JS } from '@bufbuild/re2';
import { Ajv2020 } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

/** Says what is wrong with a payload; null: nothing. @throws SchemaError when the schema has no end */
export type PayloadCheck = (payload: unknown) => string | null;

/** Levels a schema may nest. */
const maxSchemaDepth = 20;

/** A schema that cannot be used. The message is for people. */
export class SchemaError extends Error {}

/** Patterns of tenants run in linear time. Ajv writes `code` into code it would save to a file, which we never do. */
const linear = Object.assign((pattern: string) => new RE2JS(pattern), { code: 'linear' });

/** Reads a JSON Schema (2020-12) that refers to nothing outside itself. @throws SchemaError */
export function readSchema(schema: object): PayloadCheck {
  if (depthOf(schema) > maxSchemaDepth) throw new SchemaError(`The schema nests deeper than ${maxSchemaDepth} levels.`);
  // One for each schema: what it learns goes with it.
  const ajv = new Ajv2020({ strict: false, allErrors: false, logger: false, code: { regExp: linear } });
  addFormats(ajv, { mode: 'fast', formats: ['date', 'time', 'date-time', 'email', 'uri', 'uuid', 'ipv4', 'ipv6'] });
  try {
    const validate = ajv.compile(schema);
    return (payload) => {
      try {
        return validate(payload) ? null : ajv.errorsText(validate.errors, { dataVar: 'payload' });
      } catch (error) {
        // One that is within itself goes down until the stack ends.
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
