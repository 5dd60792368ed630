import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  type Campaign,
  campaignBody,
  type CampaignBody,
  campaignPatch,
  type CampaignPatch,
  Campaigns,
  type CampaignState,
  campaignStates,
} from '@heliograph/campaigns';
import { type Actor, type EntityTags, pageQuery, searchText } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { campaignPage, campaignSchema, campaignView, type CampaignView } from './campaign.view';

const uuid = z.uuid();
const oneState = campaignStates.join('|');
const listQuery = z.strictObject({
  state: z
    .string()
    .regex(new RegExp(`^(${oneState})(,(${oneState}))*$`), 'states of a campaign, separated by commas')
    .transform((states) => states.split(',') as CampaignState[])
    .optional()
    .meta({ description: 'One or more states, separated by commas.' }),
  name: searchText(200).optional().meta({ description: 'Part of the name.' }),
  ...pageQuery,
});
/** Every change of what a campaign is to do is a new version. */
export const editedCampaign = ({ id, version }: Campaign) => [id, version];
const answer = tagged({ status: 200, description: 'The campaign.', standardSchema: campaignSchema });
const noCampaign = problemResponse(404, 'not_found', 'No such campaign.');
const notEditable = problemResponse(409, 'campaign_not_editable', 'The campaign is scheduled or was launched.');

const unknownZone = problemResponse(422, 'invalid_time_zone', 'The database does not know the time zone of the schedule.');

/** Broadcasts to many people. */
@ApiTags('campaigns')
@Controller('v1/campaigns')
export class CampaignsController {
  constructor(private readonly campaigns: Campaigns) {}

  @Post()
  @RequireScope('campaigns:manage')
  @ApiOperation({
    operationId: 'createCampaign',
    summary: 'Create a campaign',
    description: 'Creates a draft. Nothing is sent before it is launched.',
  })
  @ApiResponse(tagged({ status: 201, description: 'The draft.', standardSchema: campaignSchema }))
  @ApiResponse(unknownZone)
  async create(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: campaignBody }) body: CampaignBody,
    @Tags() tags: EntityTags,
  ): Promise<CampaignView> {
    return campaignView(tags.show(editedCampaign, await this.campaigns.create(tenant.id, actor, body)));
  }

  @Get()
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'listCampaigns', summary: 'List campaigns, newest first' })
  @ApiResponse({ status: 200, description: 'A page of campaigns.', standardSchema: campaignPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) { state, name, ...page }: z.output<typeof listQuery>,
  ): Promise<z.input<typeof campaignPage>> {
    return pageView(await this.campaigns.list(tenant.id, { states: state, name }, page), campaignView);
  }

  @Get(':id')
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'getCampaign', summary: 'A campaign' })
  @ApiResponse(answer)
  @ApiResponse(noCampaign)
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<CampaignView> {
    return campaignView(tags.show(editedCampaign, await this.campaigns.get(tenant.id, id)));
  }

  @Patch(':id')
  @TakesIfMatch()
  @RequireScope('campaigns:manage')
  @ApiOperation({
    operationId: 'updateCampaign',
    summary: 'Update a campaign that is not launched',
    description: 'Members of the request replace the stored members. A checked campaign becomes a draft again.',
  })
  @ApiResponse(answer)
  @ApiResponse(noCampaign)
  @ApiResponse(notEditable)
  @ApiResponse(unknownZone)
  async update(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: campaignPatch }) body: CampaignPatch,
    @Tags() tags: EntityTags,
  ): Promise<CampaignView> {
    const campaign = await this.campaigns.update(tenant.id, id, actor, body, tags.guard(editedCampaign));
    return campaignView(tags.show(editedCampaign, campaign));
  }

  @Delete(':id')
  @TakesIfMatch()
  @HttpCode(204)
  @RequireScope('campaigns:manage')
  @ApiOperation({ operationId: 'deleteCampaign', summary: 'Delete a campaign that was never launched' })
  @ApiResponse({ status: 204, description: 'Gone.' })
  @ApiResponse(noCampaign)
  @ApiResponse(notEditable)
  async delete(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<void> {
    await this.campaigns.delete(tenant.id, id, tags.guard(editedCampaign));
  }
}
