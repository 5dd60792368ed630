import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { APP_CONFIG, describeConfig, type KernelConfig } from '@heliograph/kernel';
import { z } from 'zod';
import { RequirePermission } from './person.guard';

const exampleKey = {
  name: 'SIGN_IN_HOURS',
  description: 'Hours after which a person must sign in again.',
  value: '12',
  is_set: true,
  is_secret: false,
  default: '12',
  source: 'default' as const,
  takes_effect: 'restart' as const,
};
const keySchema = z.object({
  name: z.string(),
  description: z.string(),
  value: z.string().nullable().meta({ description: 'Value in this process; null: none, or a secret.' }),
  is_set: z.boolean(),
  is_secret: z.boolean().meta({ description: 'True when the value is never shown.' }),
  default: z.string().nullable(),
  source: z.enum(['environment', 'default']),
  takes_effect: z.enum(['restart']).meta({ description: 'When a new value counts: after a restart of the processes.' }),
});
const settingsSchema = z
  .object({ data: z.array(z.object({ title: z.string(), keys: z.array(keySchema) })) })
  .meta({ id: 'InstallationSettings', example: { data: [{ title: 'People', keys: [exampleKey] }] } });

/** Shows the configuration of the installation, which is set in the environment of the processes. */
@ApiTags('staff')
@Controller('admin/v1/settings')
export class SettingsController {
  constructor(@Inject(APP_CONFIG) private readonly config: KernelConfig) {}

  @Get()
  @RequirePermission('settings:manage')
  @ApiOperation({ operationId: 'listSettings', summary: 'List configuration keys with the values that the api runs with' })
  @ApiResponse({ status: 200, description: 'Keys by section.', standardSchema: settingsSchema })
  list(): z.input<typeof settingsSchema> {
    return {
      data: describeConfig(this.config).map(({ title, keys }) => ({
        title,
        keys: keys.map(({ name, description, value, isSet, isSecret, fallback, source }) => ({
          name,
          description,
          value,
          is_set: isSet,
          is_secret: isSecret,
          default: fallback,
          source,
          takes_effect: 'restart',
        })),
      })),
    };
  }
}
