import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Actor, actorSchema, type EntityTags } from '@heliograph/kernel';
import { type GroupPatch, groupPatch, groupStates, type MessageGroup, MessageGroups } from '@heliograph/messaging';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';

const groupSchema = z
  .object({
    id: z.uuid(),
    parent_id: z.uuid().nullable().meta({ description: 'Group that contains this one.' }),
    kind: z.string(),
    name: z.string().nullable(),
    created_at: z.iso.datetime(),
    state: z.enum(groupStates),
    paused_at: z.iso.datetime().nullable(),
    state_changed_at: z.iso.datetime().nullable(),
    state_changed_by: actorSchema.nullable().meta({
      description: 'Whoever paused, resumed or cancelled it last, as `state` says. Null: nobody did, or before actors were stored.',
    }),
    weight: z.int().meta({ description: 'Share of a lane relative to other groups of the same class.' }),
    window_ms: z.int(),
    window_limit: z.int().nullable().meta({ description: 'Messages per window over all sessions; null: no own rate.' }),
    daily_cap: z.int().nullable(),
    time_zone: z.string(),
    sent_today: z.int().meta({ description: 'Messages that counted towards `daily_cap` today; 0 without a rate or a cap.' }),
    total: z.int(),
    counts: z.record(z.string(), z.int()).meta({ description: 'Messages by state, including those of its parts.' }),
  })
  .meta({
    id: 'MessageGroup',
    example: {
      id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073990',
      parent_id: null,
      kind: 'bulk',
      name: 'Summer sale',
      created_at: '2026-11-23T09:00:00.000Z',
      state: 'open',
      paused_at: null,
      state_changed_at: '2026-11-23T09:30:00.000Z',
      state_changed_by: { kind: 'key', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Core application' },
      weight: 1,
      window_ms: 60000,
      window_limit: null,
      daily_cap: null,
      time_zone: 'UTC',
      sent_today: 0,
      total: 50000,
      counts: { queued: 12000, delivered: 38000 },
    },
  });
type GroupView = z.input<typeof groupSchema>;

/** Editable members. */
const edited = (group: MessageGroup) => [group.name, group.weight, group.windowMs, group.windowLimit, group.dailyCap, group.timeZone];

function view(group: MessageGroup): GroupView {
  return {
    id: group.id,
    parent_id: group.parentId,
    kind: group.kind,
    name: group.name,
    created_at: group.createdAt.toISOString(),
    state: group.state,
    paused_at: group.pausedAt?.toISOString() ?? null,
    state_changed_at: group.stateChangedAt?.toISOString() ?? null,
    state_changed_by: group.stateChangedBy,
    weight: group.weight,
    window_ms: group.windowMs,
    window_limit: group.windowLimit,
    daily_cap: group.dailyCap,
    time_zone: group.timeZone,
    sent_today: group.sentToday,
    total: Object.values(group.counts).reduce((sum, n) => sum + n, 0),
    counts: group.counts,
  };
}

const answer = { status: 200, description: 'The group.', standardSchema: groupSchema };
const notFound = problemResponse(404, 'not_found', 'No such group.');
const cancelled = problemResponse(409, 'group_cancelled', 'The group is cancelled, or belongs to a campaign (`group_of_campaign`).');
const ofCampaign = problemResponse(409, 'group_of_campaign', 'The group belongs to a campaign: change the campaign.');

/** Messages that belong together, for example a bulk call: counted, weighed, paused and cancelled as one. */
@ApiTags('messages')
@Controller('v1/groups')
export class GroupsController {
  constructor(private readonly groups: MessageGroups) {}

  @Get(':id')
  @RequireScope('messages:read')
  @ApiOperation({ operationId: 'getMessageGroup', summary: 'Retrieve a group with its limits and message counts by state' })
  @ApiResponse(tagged(answer))
  @ApiResponse(notFound)
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: z.uuid() }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<GroupView> {
    return view(tags.show(edited, await this.groups.get(tenant.id, id)));
  }

  @Patch(':id')
  @TakesIfMatch()
  @RequireScope('messages:write')
  @ApiOperation({ operationId: 'updateMessageGroup', summary: 'Update name, weight, rate and daily cap of a group' })
  @ApiResponse(tagged(answer))
  @ApiResponse(notFound)
  @ApiResponse(ofCampaign)
  @ApiResponse(problemResponse(422, 'invalid_time_zone', 'The database does not know this time zone.'))
  async set(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: z.uuid() }) id: string,
    @Body({ schema: groupPatch }) body: GroupPatch,
    @Tags() tags: EntityTags,
  ): Promise<GroupView> {
    return view(tags.show(edited, await this.groups.set(tenant.id, id, body, tags.guard(edited))));
  }

  @Post(':id/pause')
  @HttpCode(200)
  @RequireScope('messages:write')
  @ApiOperation({ operationId: 'pauseMessageGroup', summary: 'Pause a group: from 2 s after the response nothing of it is sent' })
  @ApiResponse(answer)
  @ApiResponse(notFound)
  @ApiResponse(cancelled)
  async pause(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: z.uuid() }) id: string,
  ): Promise<GroupView> {
    return view(await this.groups.pause(tenant.id, actor, id));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @RequireScope('messages:write')
  @ApiOperation({ operationId: 'resumeMessageGroup', summary: 'Resume a group; the pause does not count towards expiry' })
  @ApiResponse(answer)
  @ApiResponse(notFound)
  @ApiResponse(cancelled)
  async resume(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: z.uuid() }) id: string,
  ): Promise<GroupView> {
    return view(await this.groups.resume(tenant.id, actor, id));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @RequireScope('messages:write')
  @ApiOperation({
    operationId: 'cancelMessageGroup',
    summary: 'Cancel all messages of a group that were not sent yet; their states follow within seconds',
  })
  @ApiResponse(answer)
  @ApiResponse(notFound)
  @ApiResponse(ofCampaign)
  async cancel(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: z.uuid() }) id: string,
  ): Promise<GroupView> {
    return view(await this.groups.cancel(tenant.id, actor, id));
  }
}
