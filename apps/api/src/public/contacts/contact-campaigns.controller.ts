import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { campaignCells, type ContactCampaign, ContactCampaigns } from '@heliograph/campaigns';
import { pageQuery } from '@heliograph/kernel';
import { messageStates } from '@heliograph/messaging';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageSchema, pageView } from '../../http/page.view';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { noContact } from './contact.view';

const uuid = z.uuid();
const query = z.strictObject(pageQuery);
const example = {
  campaign_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e2',
  name: 'Summer sale',
  outcome: 'read',
  state: 'read',
  reason: null,
  message_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e3',
  at: '2026-11-24T09:12:00.000Z',
  sent_at: '2026-11-24T09:14:10.000Z',
} as const;
const campaignSchema = z
  .object({
    campaign_id: uuid,
    name: z.string().nullable().meta({ description: 'Null when the campaign was deleted.' }),
    outcome: z.enum(campaignCells),
    state: z.enum([...messageStates, 'skipped']).meta({ description: 'State of the message; `skipped`: the launch left the contact out.' }),
    reason: z.string().nullable(),
    message_id: uuid.nullable(),
    at: z.iso.datetime().meta({ description: 'When the launch took the contact.' }),
    sent_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'CampaignOfContact', example });
const campaignPage = pageSchema(campaignSchema, { id: 'CampaignOfContactPage', example: { data: [example], next_cursor: null } });

const view = ({ campaignId, name, cell, state, reason, messageId, at, sentAt }: ContactCampaign): z.input<typeof campaignSchema> => ({
  campaign_id: campaignId,
  name,
  outcome: cell,
  state,
  reason,
  message_id: messageId,
  at: at.toISOString(),
  sent_at: sentAt?.toISOString() ?? null,
});

/** Campaigns of a contact. */
@ApiTags('contacts')
@Controller('v1/contacts')
export class ContactCampaignsController {
  constructor(private readonly campaigns: ContactCampaigns) {}

  @Get(':id/campaigns')
  @RequireScope('campaigns:read')
  @ApiOperation({
    operationId: 'listContactCampaigns',
    summary: 'List the campaigns of a contact with what became of each',
    description:
      'Campaigns with a message to one of the present addresses, newest first, then those whose launch left the contact out. A page may be short and still have a next one.',
  })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: campaignPage })
  @ApiResponse(noContact)
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: query }) q: z.output<typeof query>,
  ): Promise<z.input<typeof campaignPage>> {
    return pageView(await this.campaigns.list(tenant.id, id, q), view);
  }
}
