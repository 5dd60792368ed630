import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { pageQuery } from '@heliograph/kernel';
import { changeAccountBody, createAccountBody, type ProviderAccount, ProviderAccounts } from '@heliograph/tenants';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageSchema, pageView } from '../../http/page.view';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';

const exampleAccount = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739b0',
  provider: 'wasender',
  name: 'Main account',
  created_at: '2026-11-01T10:00:00.000Z',
  sessions: 12,
};
const accountSchema = z
  .object({
    id: z.uuid(),
    provider: z.string(),
    name: z.string(),
    created_at: z.iso.datetime(),
    sessions: z.int().meta({ description: 'Number of sessions that use the account.' }),
  })
  .meta({ id: 'ProviderAccount', example: exampleAccount });
const testSchema = z
  .object({ sessions: z.int().meta({ description: 'Number of sessions that the provider has in this account.' }) })
  .meta({ id: 'ProviderAccountTest', example: { sessions: 14 } });
const listQuery = z.strictObject(pageQuery);
const view = (a: ProviderAccount): z.input<typeof accountSchema> => ({
  id: a.id,
  provider: a.provider,
  name: a.name,
  created_at: a.createdAt.toISOString(),
  sessions: a.sessions,
});

const providerAccountPage = pageSchema(accountSchema, {
  id: 'ProviderAccountPage',
  example: { data: [exampleAccount], next_cursor: null },
});

/** Accounts at the provider, which create, link and delete sessions there. */
@ApiTags('provider accounts')
@Controller('v1/provider-accounts')
export class ProviderAccountsController {
  constructor(private readonly accounts: ProviderAccounts) {}

  @Post()
  @HttpCode(201)
  @RequireScope('sessions:manage')
  @ApiOperation({
    operationId: 'createProviderAccount',
    summary: 'Create a provider account from its access token, which is never shown again',
  })
  @ApiResponse({ status: 201, description: 'The account.', standardSchema: accountSchema })
  @ApiResponse(problemResponse(422, 'provider_refused', 'The provider refused the token.'))
  async create(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Body({ schema: createAccountBody }) body: z.output<typeof createAccountBody>,
  ): Promise<z.input<typeof accountSchema>> {
    return view(await this.accounts.create(tenant.id, { name: body.name, accessToken: body.access_token }));
  }

  @Get()
  @RequireScope('sessions:read')
  @ApiOperation({ operationId: 'listProviderAccounts', summary: 'List provider accounts' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: providerAccountPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof providerAccountPage>> {
    return pageView(await this.accounts.list(tenant.id, q), view);
  }

  @Patch(':id')
  @RequireScope('sessions:manage')
  @ApiOperation({
    operationId: 'updateProviderAccount',
    summary: 'Rename a provider account, or replace its access token by one that the provider accepts',
  })
  @ApiResponse({ status: 200, description: 'The account.', standardSchema: accountSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such account.'))
  @ApiResponse(problemResponse(422, 'provider_unauthorised', 'The provider refused the token. The old one stays.'))
  async change(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: z.uuid() }) id: string,
    @Body({ schema: changeAccountBody }) body: z.output<typeof changeAccountBody>,
  ): Promise<z.input<typeof accountSchema>> {
    const changes = {
      ...(body.name !== undefined && { name: body.name }),
      ...(body.access_token !== undefined && { accessToken: body.access_token }),
    };
    return view(await this.accounts.update(tenant.id, id, changes));
  }

  @Post(':id/test')
  @HttpCode(200)
  @RequireScope('sessions:manage')
  @ApiOperation({ operationId: 'testProviderAccount', summary: 'Ask the provider whether it accepts the stored access token' })
  @ApiResponse({ status: 200, description: 'The provider accepts it.', standardSchema: testSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such account.'))
  @ApiResponse(problemResponse(422, 'provider_unauthorised', 'The provider refuses the token.'))
  async test(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: z.uuid() }) id: string,
  ): Promise<z.input<typeof testSchema>> {
    return { sessions: await this.accounts.test(tenant.id, id) };
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('sessions:manage')
  @ApiOperation({ operationId: 'deleteProviderAccount', summary: 'Delete a provider account that no session uses' })
  @ApiResponse({ status: 204, description: 'Gone.' })
  @ApiResponse(problemResponse(404, 'not_found', 'No such account.'))
  @ApiResponse(problemResponse(409, 'account_in_use', 'Sessions still use the account.'))
  async delete(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: z.uuid() }) id: string): Promise<void> {
    await this.accounts.delete(tenant.id, id);
  }
}
