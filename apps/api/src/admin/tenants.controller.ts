import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { notFound, pageQuery } from '@heliograph/kernel';
import { permissionsFor, type SignedIn } from '@heliograph/staff';
import { createTenantBody, type Tenant, Tenants } from '@heliograph/tenants';
import { z } from 'zod';
import { pageSchema, pageView } from '../http/page.view';
import { problemResponse } from '../http/problem.schema';
import { CurrentSignIn, RequirePermission } from './person.guard';

const tenantSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    default_country: z.string(),
    created_at: z.iso.datetime(),
    suspended_at: z.iso.datetime().nullable(),
  })
  .meta({
    id: 'ClientTenant',
    example: {
      id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0',
      name: 'Copper Kettle Coffee',
      default_country: 'GB',
      created_at: '2026-11-01T10:00:00.000Z',
      suspended_at: null,
    },
  });
const tenantPage = pageSchema(tenantSchema, { id: 'ClientTenantPage' });
const listQuery = z.strictObject(pageQuery);
const newTenantBody = createTenantBody.meta({ id: 'NewClientTenant', example: { name: 'Copper Kettle Coffee', default_country: 'GB' } });

const view = (tenant: Tenant): z.input<typeof tenantSchema> => ({
  id: tenant.id,
  name: tenant.name,
  default_country: tenant.defaultCountry,
  created_at: tenant.createdAt.toISOString(),
  suspended_at: tenant.suspendedAt?.toISOString() ?? null,
});

/** Tenants as people see them: each person sees the tenants their roles apply to. */
@ApiTags('staff')
@Controller('admin/v1/tenants')
export class TenantsController {
  constructor(private readonly tenants: Tenants) {}

  @Get()
  @RequirePermission('tenants:read', { anyTenant: true })
  @ApiOperation({ operationId: 'listTenants', summary: 'List tenants' })
  @ApiResponse({ status: 200, description: 'One page, by name.', standardSchema: tenantPage })
  async list(
    @CurrentSignIn() { person }: SignedIn,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof tenantPage>> {
    const isAll = person.grants.some(({ tenantId }) => tenantId === null);
    const only = isAll ? null : person.grants.flatMap(({ tenantId }) => tenantId ?? []);
    return pageView(await this.tenants.page(q, only), view);
  }

  @Post()
  @HttpCode(201)
  @RequirePermission('tenants:manage')
  @ApiOperation({ operationId: 'createTenant', summary: 'Create a tenant' })
  @ApiResponse({ status: 201, description: 'The tenant.', standardSchema: tenantSchema })
  async create(@Body({ schema: newTenantBody }) body: z.output<typeof newTenantBody>): Promise<z.input<typeof tenantSchema>> {
    return view(await this.tenants.create({ name: body.name, defaultCountry: body.default_country }));
  }

  @Get(':id')
  @RequirePermission('tenants:read', { anyTenant: true })
  @ApiOperation({ operationId: 'getTenantById', summary: 'Retrieve a tenant' })
  @ApiResponse({ status: 200, description: 'The tenant.', standardSchema: tenantSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such tenant, or you have no access to it.'))
  async get(@CurrentSignIn() { person }: SignedIn, @Param('id', { schema: z.uuid() }) id: string): Promise<z.input<typeof tenantSchema>> {
    if (permissionsFor(person.grants, id).length === 0) throw notFound('tenant');
    return view(await this.tenants.get(id));
  }

  @Post(':id/suspend')
  @HttpCode(200)
  @RequirePermission('tenants:manage')
  @ApiOperation({ operationId: 'suspendTenant', summary: 'Suspend a tenant: its requests are refused and its lanes held; nothing is lost' })
  @ApiResponse({ status: 200, description: 'The tenant.', standardSchema: tenantSchema })
  async suspend(@Param('id', { schema: z.uuid() }) id: string): Promise<z.input<typeof tenantSchema>> {
    return view(await this.tenants.setSuspended(id, true));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @RequirePermission('tenants:manage')
  @ApiOperation({ operationId: 'resumeTenant', summary: 'Resume a suspended tenant' })
  @ApiResponse({ status: 200, description: 'The tenant.', standardSchema: tenantSchema })
  async resume(@Param('id', { schema: z.uuid() }) id: string): Promise<z.input<typeof tenantSchema>> {
    return view(await this.tenants.setSuspended(id, false));
  }
}
