import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CampaignLinks, CampaignReports } from '@heliograph/campaigns';
import { type AuthRequest, Branding, SignInLimits } from '@heliograph/staff';
import { z } from 'zod';
import { problemResponse } from '../http/problem.schema';
import { campaignReportSchema, reportView } from '../public/campaigns/campaign-report.view';
import { brandSchema, brandView, exampleBrand } from './brand.view';
import { AuthFrom, NoSignIn } from './person.guard';
import { countingWrongLinks, exampleToken, linkToken } from './wrong-links';

const tokenBody = z.strictObject({ token: linkToken }).meta({ id: 'ReportToken', example: { token: exampleToken } });
const sharedReportSchema = campaignReportSchema.extend({ link_expires_at: z.iso.datetime(), brand: brandSchema }).meta({
  id: 'SharedCampaignReport',
  example: { ...(campaignReportSchema.meta()?.example as object), link_expires_at: '2026-12-24T12:00:00.000Z', brand: exampleBrand },
});

/** Serves the report of a campaign to the holder of a link. */
@ApiTags('staff')
@Controller('admin/v1/campaign-report')
export class CampaignReportLinkController {
  constructor(
    private readonly links: CampaignLinks,
    private readonly reports: CampaignReports,
    private readonly limits: SignInLimits,
    private readonly branding: Branding,
  ) {}

  @Post()
  @HttpCode(200)
  @NoSignIn()
  @ApiOperation({ operationId: 'getSharedCampaignReport', summary: 'Show the report of a campaign to the holder of its link' })
  @ApiResponse({ status: 200, description: 'The figures of this one campaign.', standardSchema: sharedReportSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such link.'))
  @ApiResponse(problemResponse(410, 'link_expired', 'The link has expired, or was revoked (`link_revoked`).'))
  @ApiResponse(problemResponse(429, 'too_many_tries', 'Too many wrong links from here.'))
  show(
    @AuthFrom() { address }: AuthRequest,
    @Body({ schema: tokenBody }) { token }: z.output<typeof tokenBody>,
  ): Promise<z.input<typeof sharedReportSchema>> {
    return countingWrongLinks(this.limits, address, async () => {
      const { tenantId, campaignId, expiresAt } = await this.links.open(token, 'report');
      const [report, brand] = await Promise.all([this.reports.read(tenantId, campaignId), this.branding.brandOf(tenantId)]);
      return { ...reportView(report), link_expires_at: expiresAt.toISOString(), brand: brandView(brand) };
    });
  }
}
