import { problemTitles, schemaFaultCodes } from '@heliograph/kernel';
import type { ApiResponseOptions } from '@nestjs/swagger';
import { z } from 'zod';

/** Facts of a fault. */
export const faultParamsSchema = z
  .object({
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    unit: z
      .enum(['characters', 'items'])
      .optional()
      .meta({ description: 'Unit of `minimum` or `maximum`; absent: the value itself is limited.' }),
    exclusive: z.literal(true).optional().meta({ description: 'The limit itself is not allowed.' }),
    exact: z.literal(true).optional().meta({ description: 'The limit is the only number of characters or items allowed.' }),
    divisor: z.number().optional(),
    format: z
      .string()
      .optional()
      .meta({ description: 'Format of the text, e.g. `email`, `url`, `uuid`, `datetime`; `regex` for a pattern.' }),
    expected: z
      .string()
      .optional()
      .meta({ description: 'Type of JSON Schema: `string`, `number`, `integer`, `boolean`, `array`, `object`.' }),
    missing: z.literal(true).optional().meta({ description: 'The member was not given.' }),
    allowed: z
      .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional()
      .meta({ description: 'Values allowed; with `invalid_union` those of the member that tells the forms of the object apart.' }),
  })
  .meta({ id: 'FaultParams', description: 'Facts of a fault, for words of your own.', example: { maximum: 64, unit: 'characters' } });

/** One error in a request. */
export const fieldErrorSchema = z
  .object({
    path: z.string().meta({ description: 'Path of the member at fault, e.g. `messages/3/to`.' }),
    code: z.string().meta({
      description: `Stable code. Faults that the schema finds have ${schemaFaultCodes.map((code) => `\`${code}\``).join(', ')} or \`custom\`.`,
    }),
    message: z.string().meta({ description: 'Description for people, in English.' }),
    params: faultParamsSchema.optional(),
  })
  .meta({ id: 'FieldError', example: { path: 'to', code: 'invalid_phone', message: 'The phone number is not valid.' } });

/** RFC 9457 problem details, the form of every error. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable code for programs.' }),
    detail: z.string().meta({ description: 'Description for people.' }),
    errors: z.array(fieldErrorSchema).optional(),
    request_id: z.string().optional(),
  })
  .meta({ id: 'Problem', example: exampleOf(404, 'not_found', 'No such message.') });

function exampleOf(status: number, code: string, description: string): object {
  return {
    type: `urn:heliograph:problem:${code}`,
    title: problemTitles[status],
    status,
    code,
    detail: description,
    request_id: '0f8c5f0e-3f0c-4b57-9d0a-6b0a5c6d7e8f',
  };
}

/** Documents an error response. `code` is one of the codes it may have. */
export function problemResponse(status: number, code: string, description: string): ApiResponseOptions & { status: number } {
  return {
    status,
    description,
    content: {
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example: exampleOf(status, code, description) },
    },
  };
}
