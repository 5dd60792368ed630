import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CampaignLinks, CampaignReports } from '@heliograph/campaigns';
import { type Actor, AppError, pageQuery } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import {
  campaignReportSchema,
  type CampaignReportView,
  createReportLinkBody,
  newReportLinkSchema,
  reportLinkPage,
  reportLinkView,
  reportView,
} from './campaign-report.view';

const uuid = z.uuid();
const listQuery = z.strictObject(pageQuery);
const noCampaign = problemResponse(404, 'not_found', 'No such campaign.');

/** Reports of campaigns, and links that show them to a client. */
@ApiTags('campaigns')
@Controller('v1/campaigns/:id')
export class CampaignReportController {
  constructor(
    private readonly reports: CampaignReports,
    private readonly links: CampaignLinks,
  ) {}

  @Get('report')
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'getCampaignReport', summary: 'Figures of a campaign as its client sees them' })
  @ApiResponse({ status: 200, description: 'The report.', standardSchema: campaignReportSchema })
  @ApiResponse(noCampaign)
  async report(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<CampaignReportView> {
    return reportView(await this.reports.read(tenant.id, id));
  }

  @Post('report-links')
  @RequireScope('campaigns:manage')
  @ApiOperation({
    operationId: 'createCampaignReportLink',
    summary: 'Make a link to the report of a campaign, which needs no sign-in',
    description: 'The link shows the figures of this campaign, and no people, until it expires or is revoked. Its address is shown once.',
  })
  @ApiResponse({ status: 201, description: 'The link with its address.', standardSchema: newReportLinkSchema })
  @ApiResponse(noCampaign)
  @ApiResponse(
    problemResponse(409, 'campaign_not_launched', 'The campaign was not launched, or has too many open links (`too_many_links`).'),
  )
  async create(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: createReportLinkBody }) body: z.output<typeof createReportLinkBody>,
  ): Promise<z.input<typeof newReportLinkSchema>> {
    const { link, url } = await this.links.create(tenant.id, id, actor, {
      kind: 'report',
      days: body.expires_in_days,
      assert: (_, { state }) => {
        if (state === 'draft' || state === 'checked')
          throw new AppError('conflict', 'campaign_not_launched', 'The campaign was not launched: there is nothing to report yet.');
      },
    });
    return { ...reportLinkView(link), url };
  }

  @Get('report-links')
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'listCampaignReportLinks', summary: 'List the report links of a campaign, newest first' })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: reportLinkPage })
  @ApiResponse(noCampaign)
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: listQuery }) page: z.output<typeof listQuery>,
  ): Promise<z.input<typeof reportLinkPage>> {
    return pageView(await this.links.list(tenant.id, id, 'report', page), reportLinkView);
  }

  @Delete('report-links/:link_id')
  @HttpCode(204)
  @RequireScope('campaigns:manage')
  @ApiOperation({ operationId: 'revokeCampaignReportLink', summary: 'Revoke a report link' })
  @ApiResponse({ status: 204, description: 'The link shows nothing any more.' })
  @ApiResponse(problemResponse(404, 'not_found', 'No such campaign or link.'))
  async revoke(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Param('link_id', { schema: uuid }) linkId: string,
  ): Promise<void> {
    await this.links.revoke(tenant.id, id, 'report', actor, linkId);
  }
}
