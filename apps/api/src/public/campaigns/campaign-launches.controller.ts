import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  CampaignChecks,
  CampaignLaunches,
  campaignNumbers,
  campaignPace,
  CampaignPaces,
  CampaignRetries,
  Campaigns,
} from '@heliograph/campaigns';
import { type Actor, type EntityTags, pageQuery } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope, Sends } from '../../http/api-key.guard';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import {
  campaignCheckSchema,
  campaignLogPage,
  campaignSchema,
  campaignView,
  type CampaignView,
  checkView,
  expectHash,
  logEntryView,
} from './campaign.view';
import { editedCampaign } from './campaigns.controller';

const uuid = z.uuid();
const launchBody = z
  .strictObject({
    expect_people: z
      .int()
      .min(0)
      .optional()
      .describe('Number of people who are to get a message, as the check or the plan showed it. Another number refuses the launch.'),
    expect_hash: expectHash,
  })
  .meta({
    id: 'LaunchCampaign',
    example: { expect_people: 48_210, expect_hash: '0d1fcb5c3f0a6a6d1f2a8b7c6e5d4c3b2a19081726354433221100ffeeddccbb' },
  });
const approveBody = z.strictObject({ expect_hash: expectHash }).meta({
  id: 'ApproveCampaign',
  example: { expect_hash: '0d1fcb5c3f0a6a6d1f2a8b7c6e5d4c3b2a19081726354433221100ffeeddccbb' },
});
const copyBody = z
  .strictObject({ name: z.string().trim().min(1).max(200).optional().describe('Name of the copy; default: the same name.') })
  .meta({ id: 'CopyCampaign', example: { name: 'Summer sale, second week' } });
const paceBody = z
  .strictObject({ pace: campaignPace.optional(), numbers: campaignNumbers.optional() })
  .meta({ id: 'ChangeCampaignPace', example: { pace: { window_ms: 60_000, window_limit: 20 } } });

const answer = { status: 200, description: 'The campaign.', standardSchema: campaignSchema };
const noCampaign = problemResponse(404, 'not_found', 'No such campaign.');
const wrongState = problemResponse(409, 'campaign_state', 'The state of the campaign does not allow it.');

/** Check, launch and flight of campaigns. */
@ApiTags('campaigns')
@Controller('v1/campaigns')
export class CampaignLaunchesController {
  constructor(
    private readonly checks: CampaignChecks,
    private readonly launches: CampaignLaunches,
    private readonly paces: CampaignPaces,
    private readonly campaigns: Campaigns,
    private readonly retries: CampaignRetries,
  ) {}

  @Post(':id/check')
  @HttpCode(200)
  @RequireScope('campaigns:manage')
  @ApiOperation({
    operationId: 'checkCampaign',
    summary: 'Check a campaign before its launch',
    description:
      'Counts the audience by what would happen to each person now, and lists problems. A draft that is ready becomes `checked`.',
  })
  @ApiResponse({ status: 200, description: 'The result.', standardSchema: campaignCheckSchema })
  @ApiResponse(noCampaign)
  async check(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof campaignCheckSchema>> {
    return checkView(await this.checks.check(tenant.id, actor, id));
  }

  @Post(':id/launch')
  @HttpCode(200)
  @Sends()
  @RequireScope('campaigns:launch')
  @ApiOperation({
    operationId: 'launchCampaign',
    summary: 'Launch a campaign',
    description:
      'Schedules the campaign; messages are written in the background once its start time comes. The version of its template and the rules of its segments are fixed now. A campaign that was launched stays as it is: a repeat makes no second run.',
  })
  @ApiResponse(answer)
  @ApiResponse(noCampaign)
  @ApiResponse(
    problemResponse(
      409,
      'campaign_not_ready',
      'A problem blocks the launch; `errors` lists each. `plan_changed`: another number of people, or something else would be sent. `approval_required`: it must be approved first. `campaign_state`: it is over.',
    ),
  )
  async launch(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: launchBody.default({}) }) { expect_people, expect_hash }: z.output<typeof launchBody>,
  ): Promise<CampaignView> {
    return campaignView(await this.launches.launch(tenant.id, actor, id, { people: expect_people, hash: expect_hash }));
  }

  @Post(':id/approve')
  @HttpCode(200)
  @RequireScope('campaigns:launch')
  @ApiOperation({
    operationId: 'approveCampaign',
    summary: 'Approve a campaign as a second person',
    description:
      'Approves the campaign as it is now. A change of the campaign, of the rules of its segments, or a new version of its template, asks again.',
  })
  @ApiResponse(answer)
  @ApiResponse(noCampaign)
  @ApiResponse(
    problemResponse(
      409,
      'campaign_state',
      'The state of the campaign does not allow it. `plan_changed`: it is not what was looked at. `approval_by_client`: the client approves it, by a link.',
    ),
  )
  @ApiResponse(problemResponse(403, 'approval_by_author', 'A person who neither wrote nor changed the campaign approves it.'))
  async approve(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: approveBody.default({}) }) { expect_hash }: z.output<typeof approveBody>,
  ): Promise<CampaignView> {
    return campaignView(await this.launches.approve(tenant.id, actor, id, { hash: expect_hash }));
  }

  @Post(':id/pause')
  @HttpCode(200)
  @RequireScope('campaigns:launch')
  @ApiOperation({ operationId: 'pauseCampaign', summary: 'Pause a campaign: from 2 s after the response nothing of it is sent' })
  @ApiResponse(answer)
  @ApiResponse(noCampaign)
  @ApiResponse(wrongState)
  async pause(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<CampaignView> {
    return campaignView(await this.launches.pause(tenant.id, actor, id));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @Sends()
  @RequireScope('campaigns:launch')
  @ApiOperation({
    operationId: 'resumeCampaign',
    summary: 'Resume a campaign; the pause does not count towards its end',
    description:
      'A campaign that was paused before its start, or that waits because its start time passed long ago, starts at its time or now.',
  })
  @ApiResponse(answer)
  @ApiResponse(noCampaign)
  @ApiResponse(wrongState)
  async resume(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<CampaignView> {
    return campaignView(await this.launches.resume(tenant.id, actor, id));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @RequireScope('campaigns:launch')
  @ApiOperation({
    operationId: 'cancelCampaign',
    summary: 'Cancel a campaign for good',
    description: 'Nothing more of it is sent. The states of its waiting messages follow within seconds.',
  })
  @ApiResponse(answer)
  @ApiResponse(noCampaign)
  @ApiResponse(wrongState)
  async cancel(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<CampaignView> {
    return campaignView(await this.launches.cancel(tenant.id, actor, id));
  }

  @Post(':id/stop-retry')
  @HttpCode(200)
  @RequireScope('campaigns:launch')
  @ApiOperation({
    operationId: 'cancelCampaignRetry',
    summary: 'Turn off the plan by which a launched campaign is sent again to people whose message failed',
    description:
      'No further round follows this campaign. A round that exists goes on: it has a plan of its own, and is cancelled as any campaign.',
  })
  @ApiResponse(answer)
  @ApiResponse(noCampaign)
  @ApiResponse(problemResponse(409, 'no_retry', 'The campaign was not launched, or has no such plan.'))
  async stopRetry(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<CampaignView> {
    return campaignView(await this.retries.stop(tenant.id, actor, id));
  }

  @Post(':id/copy')
  @RequireScope('campaigns:manage')
  @ApiOperation({ operationId: 'copyCampaign', summary: 'Create a draft that is to do the same' })
  @ApiResponse({ status: 201, description: 'The draft.', standardSchema: campaignSchema })
  @ApiResponse(noCampaign)
  async copy(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: copyBody.default({}) }) { name }: z.output<typeof copyBody>,
  ): Promise<CampaignView> {
    return campaignView(await this.launches.copy(tenant.id, actor, id, name));
  }

  @Patch(':id/pace')
  @TakesIfMatch()
  @RequireScope('campaigns:launch')
  @ApiOperation({
    operationId: 'changeCampaignPace',
    summary: 'Change the pace or the sessions of a launched campaign',
    description: 'Holds for the next message. Messages that were not called yet move away from sessions that are left out.',
  })
  @ApiResponse(tagged(answer))
  @ApiResponse(noCampaign)
  @ApiResponse(wrongState)
  @ApiResponse(problemResponse(422, 'no_sessions', 'No session of the tenant fits.'))
  async setPace(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: paceBody }) body: z.output<typeof paceBody>,
    @Tags() tags: EntityTags,
  ): Promise<CampaignView> {
    const campaign = await this.paces.change(tenant.id, actor, id, body, tags.guard(editedCampaign));
    return campaignView(tags.show(editedCampaign, campaign));
  }

  @Get(':id/log')
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'listCampaignLog', summary: 'Changes of a campaign with their authors, newest first' })
  @ApiResponse({ status: 200, description: 'A page of entries.', standardSchema: campaignLogPage })
  @ApiResponse(noCampaign)
  async log(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: z.strictObject(pageQuery) }) page: z.output<z.ZodObject<typeof pageQuery>>,
  ): Promise<z.input<typeof campaignLogPage>> {
    return pageView(await this.campaigns.log(tenant.id, id, page), logEntryView);
  }
}
