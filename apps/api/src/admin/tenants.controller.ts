import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DeadLetters } from '@heliograph/dead-letters';
import { type EntityTags, notFound, pageQuery } from '@heliograph/kernel';
import { may, permissionsFor, type SignedIn, type StaffMember } from '@heliograph/staff';
import { createTenantBody, type Tenant, tenantColours, tenantLooks, Tenants } from '@heliograph/tenants';
import { z } from 'zod';
import { tagged, Tags, TakesIfMatch } from '../http/if-match';
import { pageSchema, pageView } from '../http/page.view';
import { problemResponse } from '../http/problem.schema';
import { CurrentSignIn, RequirePermission } from './person.guard';

const exampleTenant = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0',
  name: 'Copper Kettle Coffee',
  default_country: 'GB',
  created_at: '2026-11-01T10:00:00.000Z',
  suspended_at: null,
  colour: 'amber' as const,
  initials: 'CK',
};
const tenantSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    default_country: z.string(),
    created_at: z.iso.datetime(),
    suspended_at: z.iso.datetime().nullable(),
    colour: z.enum(tenantColours).nullable().meta({ description: 'Colour of the tenant in the panel; null: derived from the id.' }),
    initials: z.string().nullable().meta({ description: 'Letters that stand for the tenant in the panel; null: derived from the name.' }),
  })
  .meta({
    id: 'ClientTenant',
    example: exampleTenant,
  });
/** Maximum number of open dead letters that are counted. */
const maxLetters = 10_000;
const exampleHealth = { tenant_id: exampleTenant.id, sessions: 16, connected: 14, open_dead_letters: 35 };
const healthSchema = z
  .object({
    tenant_id: z.uuid(),
    sessions: z.int().nullable().meta({ description: 'Null: you may not see sessions.' }),
    connected: z.int().nullable(),
    open_dead_letters: z
      .int()
      .nullable()
      .meta({ description: `Counted up to ${maxLetters}; null: you may not see dead letters.` }),
  })
  .meta({ id: 'TenantHealth', example: exampleHealth });
const healthListSchema = z.object({ data: z.array(healthSchema) }).meta({ id: 'TenantHealthList', example: { data: [exampleHealth] } });
const healthQuery = z.strictObject({
  ids: z
    .string()
    .transform((ids) => ids.split(','))
    .pipe(z.array(z.uuid()).max(100))
    .meta({ description: 'Ids of tenants, comma-separated, at most 100.' }),
});
const changeTenantBody = z
  .strictObject({ ...createTenantBody.partial().shape, colour: tenantLooks.colour.optional(), initials: tenantLooks.initials.optional() })
  .meta({ id: 'ChangeClientTenant', example: { name: 'Copper Kettle Coffee', colour: 'amber', initials: 'CK' } });
const tenantPage = pageSchema(tenantSchema, { id: 'ClientTenantPage', example: { data: [exampleTenant], next_cursor: null } });
const listQuery = z.strictObject(pageQuery);
const newTenantBody = createTenantBody.meta({ id: 'NewClientTenant', example: { name: 'Copper Kettle Coffee', default_country: 'GB' } });

const view = (tenant: Tenant): z.input<typeof tenantSchema> => ({
  id: tenant.id,
  name: tenant.name,
  default_country: tenant.defaultCountry,
  created_at: tenant.createdAt.toISOString(),
  suspended_at: tenant.suspendedAt?.toISOString() ?? null,
  colour: tenant.colour,
  initials: tenant.initials,
});
/** Members that people of the agency edit. */
const editedTenant = ({ id, name, defaultCountry, colour, initials }: Tenant) => [id, name, defaultCountry, colour, initials];
const answer = tagged({ status: 200, description: 'The tenant.', standardSchema: tenantSchema });
/** Ids of the tenants that the person sees; null: all. */
const visibleTo = ({ grants }: StaffMember): string[] | null =>
  grants.some(({ tenantId }) => tenantId === null) ? null : grants.flatMap(({ tenantId }) => tenantId ?? []);

/** Tenants as people see them: each person sees the tenants their roles apply to. */
@ApiTags('staff')
@Controller('admin/v1/tenants')
export class TenantsController {
  constructor(
    private readonly tenants: Tenants,
    private readonly letters: DeadLetters,
  ) {}

  @Get()
  @RequirePermission('tenants:read', { anyTenant: true })
  @ApiOperation({ operationId: 'listTenants', summary: 'List tenants' })
  @ApiResponse({ status: 200, description: 'One page, by name.', standardSchema: tenantPage })
  async list(
    @CurrentSignIn() { person }: SignedIn,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof tenantPage>> {
    return pageView(await this.tenants.page(q, visibleTo(person)), view);
  }

  @Get('health')
  @RequirePermission('tenants:read', { anyTenant: true })
  @ApiOperation({ operationId: 'listTenantHealth', summary: 'Count sessions and open dead letters of tenants' })
  @ApiResponse({ status: 200, description: 'Those of the tenants that you have access to.', standardSchema: healthListSchema })
  async health(
    @CurrentSignIn() { person }: SignedIn,
    @Query({ schema: healthQuery }) { ids }: z.output<typeof healthQuery>,
  ): Promise<z.input<typeof healthListSchema>> {
    const seen = [...new Set(ids)].filter((id) => may(person.grants, 'tenants:read', id));
    const withSessions = seen.filter((id) => may(person.grants, 'sessions:read', id));
    const withLetters = seen.filter((id) => may(person.grants, 'dead_letters:read', id));
    const [sessions, letters] = await Promise.all([
      this.tenants.sessionCounts(withSessions),
      this.letters.openCounts(withLetters, maxLetters),
    ]);
    return {
      data: seen.map((id) => ({
        tenant_id: id,
        sessions: withSessions.includes(id) ? (sessions.get(id)?.total ?? 0) : null,
        connected: withSessions.includes(id) ? (sessions.get(id)?.connected ?? 0) : null,
        open_dead_letters: withLetters.includes(id) ? (letters.get(id) ?? 0) : null,
      })),
    };
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
  @ApiResponse(answer)
  @ApiResponse(problemResponse(404, 'not_found', 'No such tenant, or you have no access to it.'))
  async get(
    @CurrentSignIn() { person }: SignedIn,
    @Param('id', { schema: z.uuid() }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof tenantSchema>> {
    if (permissionsFor(person.grants, id).length === 0) throw notFound('tenant');
    return view(tags.show(editedTenant, await this.tenants.get(id)));
  }

  @Patch(':id')
  @TakesIfMatch()
  @RequirePermission('tenants:manage')
  @ApiOperation({ operationId: 'updateTenantById', summary: 'Update a tenant: name, default country, colour, initials' })
  @ApiResponse(answer)
  @ApiResponse(problemResponse(404, 'not_found', 'No such tenant.'))
  async change(
    @Param('id', { schema: z.uuid() }) id: string,
    @Body({ schema: changeTenantBody }) body: z.output<typeof changeTenantBody>,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof tenantSchema>> {
    const changes = {
      ...(body.name !== undefined && { name: body.name }),
      ...(body.default_country !== undefined && { defaultCountry: body.default_country }),
      ...(body.colour !== undefined && { colour: body.colour }),
      ...(body.initials !== undefined && { initials: body.initials }),
    };
    return view(tags.show(editedTenant, await this.tenants.update(id, changes, tags.guard(editedTenant))));
  }

  @Post(':id/suspend')
  @HttpCode(200)
  @RequirePermission('tenants:manage')
  @ApiOperation({ operationId: 'suspendTenant', summary: 'Suspend a tenant: its requests are refused and its lanes held; nothing is lost' })
  @ApiResponse({ status: 200, description: 'The tenant.', standardSchema: tenantSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such tenant.'))
  async suspend(@Param('id', { schema: z.uuid() }) id: string): Promise<z.input<typeof tenantSchema>> {
    return view(await this.tenants.setSuspended(id, true));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @RequirePermission('tenants:manage')
  @ApiOperation({ operationId: 'resumeTenant', summary: 'Resume a suspended tenant' })
  @ApiResponse({ status: 200, description: 'The tenant.', standardSchema: tenantSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such tenant.'))
  async resume(@Param('id', { schema: z.uuid() }) id: string): Promise<z.input<typeof tenantSchema>> {
    return view(await this.tenants.setSuspended(id, false));
  }
}
