import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { followUpCells, FollowUps } from '@heliograph/campaigns';
import type { Actor } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { campaignSchema, campaignView, type CampaignView } from './campaign.view';

const followUpBody = z
  .strictObject({
    cell: z.enum(followUpCells).meta({
      description:
        'People with this outcome; `not_read`: those who were sent the message, or got it, and did not read it; `replied`, `not_replied`: those who got the message and answered it, or did not.',
    }),
    reasons: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(50)
      .optional()
      .meta({ description: 'Only those who failed, or were left out, for one of these reasons.' }),
    name: z.string().trim().min(1).max(200).optional().meta({ description: 'Name of the new campaign.' }),
  })
  .meta({ id: 'CreateCampaignFollowUp', example: { cell: 'failed', reasons: ['provider_error', 'retries_exhausted'] } });

/** Campaigns to those who had some outcome in an earlier one. */
@ApiTags('campaigns')
@Controller('v1/campaigns/:id/follow-up')
export class CampaignFollowUpsController {
  constructor(private readonly followUps: FollowUps) {}

  @Post()
  @RequireScope('campaigns:manage')
  @ApiOperation({
    operationId: 'createCampaignFollowUp',
    summary: 'Create a draft for the people who had some outcome, for example to send to the failed again',
    description:
      'The people are put on a new list of contacts, as they are now. The draft has the settings of the campaign and its content: the version of the template that was sent, with the columns of its imports (`message.import_ids`). Its end and its plan to be sent again (`retry`) are not copied. Sending to the `failed` for a reason of that plan ends the plan, so that nobody gets both.',
  })
  @ApiResponse({ status: 201, description: 'The draft.', standardSchema: campaignSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such campaign.'))
  @ApiResponse(
    problemResponse(
      409,
      'no_people',
      'Nobody has this outcome, the campaign was not launched (`campaign_not_launched`), or it has values of more imports than a message names (`too_many_imports`).',
    ),
  )
  async create(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: z.uuid() }) id: string,
    @Body({ schema: followUpBody }) body: z.output<typeof followUpBody>,
  ): Promise<CampaignView> {
    return campaignView(await this.followUps.create(tenant.id, actor, id, body));
  }
}
