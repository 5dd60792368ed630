import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { EntityTags } from '@heliograph/kernel';
import { countryCode, defaultTenantSettings, type Tenant, Tenants, tenantSettingsPatch } from '@heliograph/tenants';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';

const patchBody = z
  .strictObject({
    name: z.string().min(1).max(200).optional(),
    default_country: countryCode.optional(),
    settings: tenantSettingsPatch.optional(),
  })
  .meta({ id: 'ChangeTenant', example: { settings: { routing: { rule: 'weighted', tag: 'uk' } } } });
const tenantSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    default_country: z.string(),
    settings: z.unknown(),
    default_settings: z.unknown().meta({ description: 'What `settings` are of a tenant for which nobody set anything.' }),
    created_at: z.iso.datetime(),
  })
  .meta({
    id: 'Tenant',
    example: {
      id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0',
      name: 'Acme',
      default_country: 'GB',
      settings: { routing: { rule: 'weighted', tag: 'uk' } },
      default_settings: { routing: { rule: 'sticky' } },
      created_at: '2026-11-01T10:00:00.000Z',
    },
  });
const answer = tagged({ status: 200, description: 'The tenant.', standardSchema: tenantSchema });
/** Editable members. */
const editedTenant = ({ id, name, defaultCountry, settings }: Tenant) => [id, name, defaultCountry, settings];
const view = (t: Tenant): z.input<typeof tenantSchema> => ({
  id: t.id,
  name: t.name,
  default_country: t.defaultCountry,
  settings: t.settings,
  default_settings: defaultTenantSettings,
  created_at: t.createdAt.toISOString(),
});

/** The tenant that the API key belongs to. */
@ApiTags('tenant')
@Controller('v1/tenant')
export class TenantController {
  constructor(private readonly tenants: Tenants) {}

  @Get()
  @RequireScope('messages:read', 'any')
  @ApiOperation({ operationId: 'getTenant', summary: 'Retrieve your tenant and its settings' })
  @ApiResponse(answer)
  async get(@CurrentTenant() tenant: CurrentTenantInfo, @Tags() tags: EntityTags): Promise<z.input<typeof tenantSchema>> {
    return view(tags.show(editedTenant, await this.tenants.get(tenant.id)));
  }

  @Patch()
  @TakesIfMatch()
  @RequireScope('tenant:manage')
  @ApiOperation({ operationId: 'updateTenant', summary: 'Update your tenant: name, default country, routing rule, policies' })
  @ApiResponse(answer)
  async change(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Body({ schema: patchBody }) body: z.output<typeof patchBody>,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof tenantSchema>> {
    const changes = {
      ...(body.name && { name: body.name }),
      ...(body.default_country && { defaultCountry: body.default_country }),
      ...(body.settings && { settings: body.settings }),
    };
    return view(tags.show(editedTenant, await this.tenants.update(tenant.id, changes, tags.guard(editedTenant))));
  }
}
