import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { callbackTypes, callbackVersion } from '@heliograph/webhooks';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { callbackType } from './callback.view';

const json = z.record(z.string(), z.unknown());
const id = '019ac2d4-0000-7000-8000-000000000000';

const typeSchema = z.object({
  type: callbackType,
  summary: z.string(),
  example: json.meta({ description: 'An example body.' }),
  schema: json.meta({ description: 'JSON Schema (2020-12) of `data`.' }),
});
type TypeView = z.input<typeof typeSchema>;

const types = (Object.keys(callbackTypes) as (keyof typeof callbackTypes)[]).map((type): TypeView => {
  const { summary, data, example } = callbackTypes[type];
  const envelope = { id, type, version: callbackVersion, timestamp: '2026-11-24T12:00:00.000Z', tenant_id: id };
  const { $schema: _, ...schema } = z.toJSONSchema(data) as Record<string, unknown>;
  return { type, summary, example: { ...envelope, data: example }, schema };
});
const typeList = z.object({ data: z.array(typeSchema) }).meta({ id: 'CallbackTypeList', example: { data: types.slice(-1) } });

/** Catalogue of callbacks. */
@ApiTags('callbacks')
@Controller('v1/callback-types')
export class CallbackTypesController {
  @Get()
  @RequireScope('callbacks:read')
  @ApiOperation({ operationId: 'listCallbackTypes', summary: 'List the types of callbacks' })
  @ApiResponse({ status: 200, description: 'All types, each with an example body.', standardSchema: typeList })
  list(): z.input<typeof typeList> {
    return { data: types };
  }
}
