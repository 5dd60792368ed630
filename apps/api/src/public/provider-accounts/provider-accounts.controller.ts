import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { pageQuery } from '@heliograph/kernel';
import { createAccountBody, type ProviderAccount, ProviderAccounts } from '@heliograph/tenants';
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
};
const accountSchema = z
  .object({ id: z.uuid(), provider: z.string(), name: z.string(), created_at: z.iso.datetime() })
  .meta({ id: 'ProviderAccount', example: exampleAccount });
const listQuery = z.strictObject(pageQuery);
const view = (a: ProviderAccount): z.input<typeof accountSchema> => ({
  id: a.id,
  provider: a.provider,
  name: a.name,
  created_at: a.createdAt.toISOString(),
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
