import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CampaignApprovals, CampaignLinks } from '@heliograph/campaigns';
import { type Actor, pageQuery } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { approvalLinkPage, approvalLinkView, createApprovalLinkBody, newApprovalLinkSchema } from './campaign-approval.view';

const uuid = z.uuid();
const listQuery = z.strictObject(pageQuery);
const noCampaign = problemResponse(404, 'not_found', 'No such campaign.');

/** Links by which the client approves campaigns. */
@ApiTags('campaigns')
@Controller('v1/campaigns/:id/approval-links')
export class CampaignApprovalController {
  constructor(
    private readonly approvals: CampaignApprovals,
    private readonly links: CampaignLinks,
  ) {}

  @Post()
  @RequireScope('campaigns:manage')
  @ApiOperation({
    operationId: 'createCampaignApprovalLink',
    summary: 'Make a link by which the client approves a campaign, without a sign-in',
    description:
      'The page shows the plan and the message as they are now, and takes one decision: approved, or changes asked for. A change of what the campaign is to do, of the rules of its segments, or a new version of its template, asks again and needs another link. Its address is shown once.',
  })
  @ApiResponse({ status: 201, description: 'The link with its address.', standardSchema: newApprovalLinkSchema })
  @ApiResponse(noCampaign)
  @ApiResponse(
    problemResponse(
      409,
      'approval_not_by_client',
      'The setting `campaign_approval` is not `client`. `campaign_state`: it was launched. `campaign_not_ready`: it has no audience or no template. `plan_changed`: it is not what was looked at. `too_many_links`: 20 are open.',
    ),
  )
  async create(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: createApprovalLinkBody }) { expires_in_days, expect_hash }: z.output<typeof createApprovalLinkBody>,
  ): Promise<z.input<typeof newApprovalLinkSchema>> {
    const { link, url } = await this.approvals.createLink(tenant.id, actor, id, expires_in_days, { hash: expect_hash });
    return { ...approvalLinkView(link), url };
  }

  @Get()
  @RequireScope('campaigns:read')
  @ApiOperation({
    operationId: 'listCampaignApprovalLinks',
    summary: 'List the approval links of a campaign and their decisions, newest first',
  })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: approvalLinkPage })
  @ApiResponse(noCampaign)
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: listQuery }) page: z.output<typeof listQuery>,
  ): Promise<z.input<typeof approvalLinkPage>> {
    return pageView(await this.links.list(tenant.id, id, 'approval', page), approvalLinkView);
  }

  @Delete(':link_id')
  @HttpCode(204)
  @RequireScope('campaigns:manage')
  @ApiOperation({ operationId: 'revokeCampaignApprovalLink', summary: 'Revoke an approval link; what was decided by it stays' })
  @ApiResponse({ status: 204, description: 'The link shows nothing any more.' })
  @ApiResponse(problemResponse(404, 'not_found', 'No such campaign or link.'))
  async revoke(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Param('link_id', { schema: uuid }) linkId: string,
  ): Promise<void> {
    await this.links.revoke(tenant.id, id, 'approval', actor, linkId);
  }
}
