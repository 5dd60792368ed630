import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Channels } from '@heliograph/webhooks';
import { z } from 'zod';
import { CurrentTenant, type CurrentTenantInfo, RequireScope } from '../auth/api-key.guard';

const exampleChannel = {
  id: '120363990000000001@newsletter',
  session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f',
  first_seen_at: '2026-11-02T08:00:00.000Z',
  heard_at: '2026-11-23T08:30:00.000Z',
  posted_at: '2026-11-23T08:30:00.000Z',
};

const channelSchema = z
  .object({
    id: z.string().meta({ description: 'Goes into `to` of a message.' }),
    session_id: z.uuid(),
    first_seen_at: z.iso.datetime(),
    heard_at: z.iso.datetime().nullable().meta({ description: 'When a post of the channel was last told; null: never.' }),
    posted_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'When the session itself was last seen posting; null: never, it may only follow the channel.' }),
  })
  .meta({ id: 'Channel', example: exampleChannel });
const listQuery = z.strictObject({
  session_id: z.uuid().optional(),
  cursor: z
    .string()
    .regex(/^\d+@newsletter~[0-9a-f-]{36}$/, '`next_cursor` of the page before.')
    .transform((text) => text.split('~') as [string, string])
    .pipe(z.tuple([z.string(), z.uuid()]))
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

const channelPage = z
  .object({ data: z.array(channelSchema), next_cursor: z.string().nullable() })
  .meta({ id: 'ChannelPage', example: { data: [exampleChannel], next_cursor: null } });

/** The tenant's channels. The provider cannot list them: they are gathered from hooks. */
@ApiTags('channels')
@Controller('v1/channels')
export class ChannelsController {
  constructor(private readonly channels: Channels) {}

  @Get()
  @RequireScope('messages:read')
  @ApiOperation({ operationId: 'listChannels', summary: 'Channels the sessions follow or own, as far as hooks named them' })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: channelPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof channelPage>> {
    const page = await this.channels.list(
      tenant.id,
      { sessionId: q.session_id },
      { limit: q.limit, ...(q.cursor && { after: { channel: q.cursor[0], sessionId: q.cursor[1] } }) },
    );
    return {
      data: page.rows.map((row) => ({
        id: row.channel,
        session_id: row.sessionId,
        first_seen_at: row.firstSeenAt.toISOString(),
        heard_at: row.heardAt?.toISOString() ?? null,
        posted_at: row.postedAt?.toISOString() ?? null,
      })),
      next_cursor: page.next && `${page.next.channel}~${page.next.sessionId}`,
    };
  }
}
