import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CampaignReplies, type CampaignReply } from '@heliograph/campaigns';
import { pageQuery } from '@heliograph/kernel';
import { outcomeKinds } from '@heliograph/messaging';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageSchema, pageView } from '../../http/page.view';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';

const uuid = z.uuid();
const time = z.iso.datetime();
const repliesQuery = z.strictObject({ kind: z.enum(outcomeKinds).optional(), ...pageQuery });

const exampleReply = {
  kind: 'reply' as const,
  at: '2026-11-24T09:31:00.000Z',
  contact_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073a10',
  name: 'Ana Prieto',
  external_id: 'user-81',
  phone: '+447700900123',
  type: 'text',
  text: 'Can we come at eight?',
  conversation_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073a00',
  message_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073980',
};
/** A person who answered a campaign. */
const campaignReplySchema = z
  .object({
    kind: z.enum(outcomeKinds).meta({ description: '`opt_out`: the person opted out by the answer.' }),
    at: time,
    contact_id: uuid.nullable(),
    name: z.string().nullable(),
    external_id: z.string().nullable(),
    phone: z.string().meta({ description: 'Number that the message of the campaign went to.' }),
    type: z.string().nullable().meta({ description: 'Kind of what was written; null: it is not stored, or no longer.' }),
    text: z.string().nullable(),
    conversation_id: uuid.nullable(),
    message_id: uuid.meta({ description: 'Message of the campaign that is answered.' }),
  })
  .meta({ id: 'CampaignReply', example: exampleReply });
const campaignReplyPage = pageSchema(campaignReplySchema, {
  id: 'CampaignReplyPage',
  example: { data: [exampleReply], next_cursor: null },
});

function replyView(reply: CampaignReply): z.input<typeof campaignReplySchema> {
  return {
    kind: reply.kind,
    at: reply.at.toISOString(),
    contact_id: reply.contactId,
    name: reply.name,
    external_id: reply.externalId,
    phone: reply.recipient,
    type: reply.type,
    text: reply.text,
    conversation_id: reply.conversationId,
    message_id: reply.messageId,
  };
}

/** Answers of people to campaigns. */
@ApiTags('campaigns')
@Controller('v1/campaigns/:id/replies')
export class CampaignRepliesController {
  constructor(private readonly replies: CampaignReplies) {}

  @Get()
  // It shows what people wrote.
  @RequireScope('conversations:read')
  @ApiOperation({
    operationId: 'listCampaignReplies',
    summary: 'List the people who answered a campaign, with what they wrote first, last first',
    description: 'An answer is what a person writes within 72 hours, or quotes. Who opts out by it is listed as `opt_out`.',
  })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: campaignReplyPage })
  @ApiResponse(problemResponse(404, 'not_found', 'No such campaign.'))
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: repliesQuery }) { kind, ...page }: z.output<typeof repliesQuery>,
  ): Promise<z.input<typeof campaignReplyPage>> {
    return pageView(await this.replies.list(tenant.id, id, kind, page), replyView);
  }
}
