// Lints docs/openapi.json, or the file that is named: a valid OpenAPI 3.1 document from which clients can be generated.
import { resolve } from 'node:path';
import { createConfig, lint } from '@redocly/openapi-core';

/** Every rule of the strict set is on. These are on beside it; no rule is off. */
const rules = {
  'array-parameter-serialization': 'error',
  'component-name-unique': 'error',
  'no-enum-type-mismatch': 'error',
  'no-invalid-media-type-examples': 'error',
  'no-invalid-schema-examples': 'error',
  'no-required-schema-properties-undefined': 'error',
  'operation-operationId': 'error',
  'operation-operationId-unique': 'error',
  'operation-singular-tag': 'error',
  'operation-tag-defined': 'error',
  'tag-description': 'error',
};

const file = resolve(process.argv[2] ?? 'docs/openapi.json');
const faults = await lint({ ref: file, config: await createConfig({ extends: ['recommended-strict'], rules }) });
for (const { severity, ruleId, message, location } of faults)
  console.error(`${severity} ${ruleId} at ${location[0]?.pointer ?? ''}: ${message}`);
if (faults.length > 0) {
  console.error(`${file} has ${faults.length} faults.`);
  process.exit(1);
}
