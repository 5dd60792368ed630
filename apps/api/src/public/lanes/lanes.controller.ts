import { Body, Controller, Get, Param, Patch } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Actor, EntityTags } from '@heliograph/kernel';
import { laneLimitsPatch, type LaneLimitsPatch, LaneSettings, type LaneView } from '@heliograph/messaging';
import { Sessions } from '@heliograph/tenants';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';

const laneSchema = z
  .object({
    window_ms: z.int(),
    window_limit: z.int(),
    jitter_ms: z.int(),
    burst_size: z.int(),
    burst_pause_ms: z.int(),
    typing_ms: z.int(),
    hourly_cap: z.int().nullable(),
    daily_cap: z.int().nullable(),
    cap_pool: z.string().nullable(),
    warm_up: z.array(z.int()).nullable(),
    send_window: z.unknown(),
    time_zone: z.string(),
    shares: z.object({ reply: z.int(), drip: z.int(), broadcast: z.int() }),
    closed_until: z.iso.datetime().nullable(),
    closed_reason: z.string().nullable(),
    next_slot_at: z.iso.datetime().nullable(),
    sent_this_hour: z.int(),
    sent_today: z.int(),
    left_this_hour: z.int().nullable().meta({ description: 'Remaining messages under the hourly cap and that of the pool; null: no cap.' }),
    left_today: z
      .int()
      .nullable()
      .meta({ description: 'Remaining messages for today under the daily cap, the warm-up and the pool; null: no cap.' }),
  })
  .meta({
    id: 'Lane',
    example: {
      window_ms: 60000,
      window_limit: 256,
      jitter_ms: 0,
      burst_size: 0,
      burst_pause_ms: 0,
      typing_ms: 0,
      hourly_cap: null,
      daily_cap: 5000,
      cap_pool: 'uk',
      warm_up: null,
      send_window: { days: [1, 2, 3, 4, 5], from: '09:00', to: '20:00', exempt_classes: ['transactional', 'reply'] },
      time_zone: 'Europe/London',
      shares: { reply: 4, drip: 2, broadcast: 1 },
      closed_until: null,
      closed_reason: null,
      next_slot_at: null,
      sent_this_hour: 840,
      left_this_hour: null,
      sent_today: 3120,
      left_today: 1880,
    },
  });

/** Editable members. */
const editedLimits = (lane: LaneView) => [
  lane.windowMs,
  lane.windowLimit,
  lane.jitterMs,
  lane.burstSize,
  lane.burstPauseMs,
  lane.typingMs,
  lane.hourlyCap,
  lane.dailyCap,
  lane.capPool,
  lane.warmUp,
  lane.sendWindow,
  lane.timeZone,
  lane.shares,
];
const laneAnswer = tagged({ status: 200, description: 'The lane.', standardSchema: laneSchema });

function view(lane: LaneView): z.input<typeof laneSchema> {
  return {
    window_ms: lane.windowMs,
    window_limit: lane.windowLimit,
    jitter_ms: lane.jitterMs,
    burst_size: lane.burstSize,
    burst_pause_ms: lane.burstPauseMs,
    typing_ms: lane.typingMs,
    hourly_cap: lane.hourlyCap,
    daily_cap: lane.dailyCap,
    cap_pool: lane.capPool,
    warm_up: lane.warmUp,
    send_window: lane.sendWindow,
    time_zone: lane.timeZone,
    shares: lane.shares,
    closed_until: lane.closedUntil?.toISOString() ?? null,
    closed_reason: lane.closedReason,
    next_slot_at: lane.nextSlotAt?.toISOString() ?? null,
    sent_this_hour: lane.sentThisHour,
    sent_today: lane.sentToday,
    left_this_hour: lane.leftThisHour,
    left_today: lane.leftToday,
  };
}

/** Limits and state of a session's outgoing stream. */
@ApiTags('sessions')
@Controller('v1/sessions/:id')
export class LanesController {
  constructor(
    private readonly sessions: Sessions,
    private readonly lanes: LaneSettings,
  ) {}

  @Get('lane')
  @RequireScope('sessions:read')
  @ApiOperation({ operationId: 'getLane', summary: 'Retrieve the limits of a lane and its remaining capacity' })
  @ApiResponse(laneAnswer)
  @ApiResponse(problemResponse(404, 'not_found', 'No such session.'))
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: z.uuid() }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof laneSchema>> {
    await this.sessions.get(tenant.id, id);
    return view(tags.show(editedLimits, await this.lanes.get(tenant.id, id)));
  }

  @Patch('limits')
  @TakesIfMatch()
  @RequireScope('sessions:manage')
  @ApiOperation({
    operationId: 'updateLaneLimits',
    summary: 'Update the limits of a lane: pace, jitter, caps, warm-up, send window, shares',
  })
  @ApiResponse(laneAnswer)
  @ApiResponse(problemResponse(404, 'not_found', 'No such session.'))
  @ApiResponse(problemResponse(422, 'unknown_cap_pool', 'No pool has this name; or `invalid_time_zone`, `invalid_limits`.'))
  async set(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: z.uuid() }) id: string,
    @Body({ schema: laneLimitsPatch }) body: LaneLimitsPatch,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof laneSchema>> {
    await this.sessions.get(tenant.id, id);
    return view(tags.show(editedLimits, await this.lanes.set(tenant.id, actor, id, body, tags.guard(editedLimits))));
  }
}
