import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';

/** Part of JSON Schema that the document uses. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  example?: unknown;
  examples?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  $defs?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
  items?: JsonSchema;
  prefixItems?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  not?: JsonSchema;
}

/** Direction that a schema describes: requests are strict, responses may get new members. */
export type Side = 'input' | 'output';

/** Returns the JSON Schema of a Zod schema. Objects in responses are open: a new member must not break a client. */
export function jsonSchemaOf(schema: z.ZodType, side: Side): { schema: JsonSchema; components: Record<string, JsonSchema> } {
  const { $defs = {}, ...own } = z.toJSONSchema(schema, { io: side, unrepresentable: 'any' }) as JsonSchema;
  delete (own as { $schema?: string }).$schema;
  for (const one of [own, ...Object.values($defs)]) everyPart(one, (part) => tidy(part, side));
  return { schema: own, components: $defs };
}

/** Calls `visit` with every schema inside a schema, then with the schema itself. */
export function everyPart(schema: JsonSchema, visit: (part: JsonSchema) => void): void {
  const { additionalProperties, propertyNames, items, not, prefixItems = [], anyOf = [], oneOf = [], allOf = [], properties = {} } = schema;
  const parts = [
    additionalProperties,
    propertyNames,
    items,
    not,
    ...prefixItems,
    ...anyOf,
    ...oneOf,
    ...allOf,
    ...Object.values(properties),
  ];
  for (const part of parts) if (typeof part === 'object') everyPart(part, visit);
  visit(schema);
}

/** Returns the root schemas of a document: components, parameters, bodies and responses. */
export function schemasOf(document: OpenAPIObject): JsonSchema[] {
  const found: JsonSchema[] = Object.values((document.components?.schemas ?? {}) as Record<string, JsonSchema>);
  const contentOf = (holder: unknown): void => {
    const { content = {} } = (holder ?? {}) as { content?: Record<string, { schema?: JsonSchema }> };
    for (const { schema } of Object.values(content)) if (schema) found.push(schema);
  };
  for (const methods of Object.values(document.paths)) {
    for (const { parameters = [], requestBody, responses = {} } of Object.values(methods) as Operation[]) {
      for (const { schema } of parameters as { schema?: JsonSchema }[]) if (schema) found.push(schema);
      contentOf(requestBody);
      for (const response of Object.values(responses)) contentOf(response);
    }
  }
  return found;
}

/** One operation of a document. */
export type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;

function tidy(schema: JsonSchema, side: Side): void {
  if (side === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
  // The format is enough; Zod's patterns for these are longer than the rest of the document.
  if (schema.format === 'uuid' || schema.format === 'date-time') delete schema.pattern;
  // No format is registered for this; the pattern describes it.
  if (schema.format?.startsWith('cidr')) delete schema.format;
  // Zod limits every integer to the range that a double holds exactly.
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  const rest = schema.anyOf?.filter(({ type }) => type !== 'null');
  const only = rest?.[0];
  if (schema.anyOf?.length === 2 && rest?.length === 1 && typeof only?.type === 'string') {
    delete schema.anyOf;
    Object.assign(schema, { ...only, ...schema, type: [only.type, 'null'] });
    if (schema.enum) schema.enum = [...schema.enum, null];
  }
}
