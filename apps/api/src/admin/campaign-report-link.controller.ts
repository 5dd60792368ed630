import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CampaignLinks, CampaignReports } from '@heliograph/campaigns';
import { AppError } from '@heliograph/kernel';
import { type AuthRequest, Branding, SignInLimits } from '@heliograph/staff';
import { z } from 'zod';
import { problemResponse } from '../http/problem.schema';
import { campaignReportSchema, reportView } from '../public/campaigns/campaign-report.view';
import { brandSchema, brandView, exampleBrand } from './brand.view';
import { AuthFrom, NoSignIn } from './person.guard';

const tokenBody = z
  .strictObject({ token: z.string().min(20).max(200) })
  .meta({ id: 'ReportToken', example: { token: 'q9ZkRr0s3mJvX1yB7c2LwTnE5dHfGuA8iKpOoSxVbMY' } });
const sharedReportSchema = campaignReportSchema.extend({ link_expires_at: z.iso.datetime(), brand: brandSchema }).meta({
  id: 'SharedCampaignReport',
  example: { ...(campaignReportSchema.meta()?.example as object), link_expires_at: '2026-12-24T12:00:00.000Z', brand: exampleBrand },
});

/** Serves the report of a campaign to the holder of a link. The token is sent in the body, so that no log of addresses has it. */
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
  async show(
    @AuthFrom() { address }: AuthRequest,
    @Body({ schema: tokenBody }) { token }: z.output<typeof tokenBody>,
  ): Promise<z.input<typeof sharedReportSchema>> {
    this.limits.assertMayTry(address);
    try {
      const { tenantId, campaignId, expiresAt } = await this.links.open(token);
      const [report, brand] = await Promise.all([this.reports.read(tenantId, campaignId), this.branding.brandOf(tenantId)]);
      return { ...reportView(report), link_expires_at: expiresAt.toISOString(), brand: brandView(brand) };
    } catch (error) {
      // Wrong tokens count by client address. Right ones do not: their page asks often.
      if (error instanceof AppError && error.code === 'not_found') this.limits.admitCode(address);
      throw error;
    }
  }
}
