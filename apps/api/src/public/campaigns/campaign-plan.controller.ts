import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { FlightPlans, NumberCheckFigures } from '@heliograph/campaigns';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { numberChecksSchema } from './campaign.view';
import { campaignPlanSchema, planView } from './campaign-plan.view';

/** Flight plans of campaigns, and their number checks. */
@ApiTags('campaigns')
@Controller('v1/campaigns')
export class CampaignPlanController {
  constructor(
    private readonly plans: FlightPlans,
    private readonly checks: NumberCheckFigures,
  ) {}

  @Get(':id/plan')
  @RequireScope('campaigns:read')
  @ApiOperation({
    operationId: 'getCampaignPlan',
    summary: 'The flight plan of a campaign',
    description:
      'Forecasts the campaign: who gets a message and who does not, when messages leave and through which session, by the pace, caps, warm-ups and windows of the sessions and beside what else is sent. Of a campaign that was launched it is the last plan before the launch.',
  })
  @ApiResponse({ status: 200, description: 'The plan.', standardSchema: campaignPlanSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such campaign, or it was launched without a plan (`no_plan`).'))
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: z.uuid() }) id: string,
  ): Promise<z.input<typeof campaignPlanSchema>> {
    return planView(await this.plans.get(tenant.id, id));
  }

  @Get(':id/number-checks')
  @RequireScope('campaigns:read')
  @ApiOperation({
    operationId: 'getCampaignNumberChecks',
    summary: 'Progress of the number checks of a campaign',
    description:
      'Counts the answers to checks that this campaign asked for, with `check_numbers`. What is known of its whole audience stands in the check and in the plan.',
  })
  @ApiResponse({ status: 200, description: 'The checks so far.', standardSchema: numberChecksSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such campaign.'))
  async numberChecks(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: z.uuid() }) id: string,
  ): Promise<z.input<typeof numberChecksSchema>> {
    const { answeredAt, ...checks } = await this.checks.progress(tenant.id, id);
    return { ...checks, answered_at: answeredAt?.toISOString() ?? null };
  }
}
