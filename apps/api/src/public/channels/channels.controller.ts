import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { pageQuery } from '@heliograph/kernel';
import { type Channel, Channels } from '@heliograph/webhooks';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageSchema, pageView } from '../../http/page.view';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';

const exampleChannel = {
  id: '120363990000000001@newsletter',
  session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f',
  first_seen_at: '2026-11-02T08:00:00.000Z',
  heard_at: '2026-11-23T08:30:00.000Z',
  posted_at: '2026-11-23T08:30:00.000Z',
};

const channelSchema = z
  .object({
    id: z.string().meta({ description: 'Address for `to` of a message.' }),
    session_id: z.uuid(),
    first_seen_at: z.iso.datetime(),
    heard_at: z.iso.datetime().nullable().meta({ description: 'Time of the last post of the channel that a hook reported; null: never.' }),
    posted_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Time of the last post by the session itself; null: never, the session may only follow the channel.' }),
  })
  .meta({ id: 'Channel', example: exampleChannel });
const listQuery = z.strictObject({
  session_id: z.uuid().optional(),
  ...pageQuery,
});

const view = (c: Channel): z.input<typeof channelSchema> => ({
  id: c.channel,
  session_id: c.sessionId,
  first_seen_at: c.firstSeenAt.toISOString(),
  heard_at: c.heardAt?.toISOString() ?? null,
  posted_at: c.postedAt?.toISOString() ?? null,
});

const channelPage = pageSchema(channelSchema, { id: 'ChannelPage', example: { data: [exampleChannel], next_cursor: null } });

/** Channels of the tenant. The provider cannot list them, so hooks are the source. */
@ApiTags('channels')
@Controller('v1/channels')
export class ChannelsController {
  constructor(private readonly channels: Channels) {}

  @Get()
  @RequireScope('messages:read')
  @ApiOperation({ operationId: 'listChannels', summary: 'List channels that sessions follow or own, as reported by hooks' })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: channelPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof channelPage>> {
    return pageView(await this.channels.list(tenant.id, { sessionId: q.session_id }, q), view);
  }
}
