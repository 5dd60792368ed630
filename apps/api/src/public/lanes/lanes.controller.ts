import { Body, Controller, Get, Param, Patch } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { NumberOptOuts } from '@heliograph/inbox';
import type { Actor, EntityTags } from '@heliograph/kernel';
import { laneLimitsPatch, type LaneLimitsPatch, LaneSettings, type LaneView, MessageCounts } from '@heliograph/messaging';
import { Sessions } from '@heliograph/tenants';
import { LastHooks } from '@heliograph/webhooks';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { healthDays, sessionHealthSchema, sessionHealthView } from './lane-health.view';
import { laneSchema, laneView } from './lane.view';

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

/** Limits and state of a session's outgoing stream. */
@ApiTags('sessions')
@Controller('v1/sessions/:id')
export class LanesController {
  constructor(
    private readonly sessions: Sessions,
    private readonly lanes: LaneSettings,
    private readonly counts: MessageCounts,
    private readonly optOuts: NumberOptOuts,
    private readonly hooks: LastHooks,
  ) {}

  @Get('lane')
  @RequireScope('sessions:read', 'session')
  @ApiOperation({ operationId: 'getLane', summary: 'Retrieve the limits of a lane and its remaining capacity' })
  @ApiResponse(laneAnswer)
  @ApiResponse(problemResponse(404, 'not_found', 'No such session.'))
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: z.uuid() }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof laneSchema>> {
    await this.sessions.get(tenant.id, id);
    return laneView(tags.show(editedLimits, await this.lanes.get(tenant.id, id)));
  }

  @Get('health')
  @RequireScope('sessions:read', 'session')
  @ApiOperation({
    operationId: 'getLaneHealth',
    summary:
      'Retrieve how many messages of a session were sent, delivered and failed lately, how many people answered or opted out, and how its link held',
  })
  @ApiResponse({ status: 200, description: 'Counts of the last days, some seconds old at most.', standardSchema: sessionHealthSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such session.'))
  async health(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: z.uuid() }) id: string,
  ): Promise<z.input<typeof sessionHealthSchema>> {
    await this.sessions.get(tenant.id, id);
    const [figures, optedOut, losses, firstExpiresAt, lastHookAt] = await Promise.all([
      this.counts.ofLane(tenant.id, id, healthDays),
      this.optOuts.count(tenant.id, id, healthDays),
      this.sessions.losses(tenant.id, id, healthDays),
      this.lanes.firstExpiry(tenant.id, id),
      this.hooks.at(tenant.id, id),
    ]);
    return sessionHealthView(figures, { ...losses, optedOut, firstExpiresAt, lastHookAt });
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
    return laneView(tags.show(editedLimits, await this.lanes.set(tenant.id, actor, id, body, tags.guard(editedLimits))));
  }
}
