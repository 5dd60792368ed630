import { PassThrough } from 'node:stream';
import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { instant } from '@heliograph/kernel';
import type { SignedIn } from '@heliograph/staff';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problemResponse } from '../../http/problem.schema';
import { beginOf } from '../overview/overview.controller';
import { CurrentSignIn, RequirePermission } from '../person.guard';
import { LiveHub } from './live-hub';
import { LiveStream } from './live-stream';

const liveQuery = z.strictObject({
  from: instant
    .transform((text) => new Date(text))
    .optional()
    .meta({ description: 'Begin of the time that `message_counts` cover, as for the overview. Absent: midnight in UTC.' }),
});

/** Changes as they happen, for the panel. */
@ApiTags('staff')
@Controller('admin/v1')
export class LiveController {
  constructor(private readonly hub: LiveHub) {}

  @Get('live')
  @RequirePermission('tenants:read', { anyTenant: true })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Id of the last event received; browsers send it when they reconnect.',
  })
  @ApiOperation({
    operationId: 'receiveLive',
    summary: 'Receive changes of the records that you may see, as server-sent events',
    description: [
      '`hello`: the stream is open.',
      '`record`: `{ resource, tenant_id, id, version, patch }` is the latest state of a record, at most four times a second; `patch` null: it is gone. Of two versions the higher one counts. Resources are `sessions`, `groups`, `campaigns`, `imports`, `endpoints`, `conversations`, and one record a tenant of `message_counts`, `dead_letters`, `messages`, `events` and `alerts`. The patch of `campaigns`, `messages`, `events` and `alerts` is empty: something changed, read anew what you show. `tenant_id` is null for `alerts` of the installation.',
      '`resync`: events may be missing; read everything anew. `heartbeat`: every 10 seconds.',
      '`signed_out`: the sign-in is over. `draining`: the process is shutting down; connect again. The stream ends after both.',
    ].join('\n\n'),
  })
  @ApiResponse({
    status: 200,
    description: 'Events until the connection, the sign-in or the process ends.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiResponse(problemResponse(400, 'out_of_range', '`from` is too long ago, or in the future.'))
  @ApiResponse(problemResponse(429, 'too_many_streams', 'You have too many streams open.'))
  live(
    @CurrentSignIn() signedIn: SignedIn,
    @Query({ schema: liveQuery }) { from }: z.output<typeof liveQuery>,
    @Headers('last-event-id') lastId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    const begin = beginOf(from).toISOString();
    void reply.header('content-type', 'text/event-stream; charset=utf-8').header('cache-control', 'no-cache, no-transform');
    // Proxies would hold events back until their buffer is full.
    void reply.header('x-accel-buffering', 'no');
    if (request.method === 'HEAD') return void reply.send();
    const out = new PassThrough();
    out.once('close', this.hub.add(new LiveStream(out, request.headers.cookie, signedIn, begin), lastId));
    void reply.send(out);
  }
}
