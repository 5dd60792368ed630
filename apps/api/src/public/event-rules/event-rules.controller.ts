import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Actor, EntityTags } from '@heliograph/kernel';
import {
  type EventRule,
  eventName,
  eventRuleBody,
  type EventRuleBody,
  eventRulePatch,
  type EventRulePatch,
  EventRules,
} from '@heliograph/ingestion';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { eventRuleList, eventRuleSchema, eventRuleVersions, eventRuleView, versionView } from '../events/event.view';

const uuid = z.uuid();
const listQuery = z.strictObject({ event: eventName.optional() });
const noRule = problemResponse(404, 'not_found', 'No such rule.');
/** Every change of a rule is a new version. */
const editedRule = ({ id, version }: EventRule) => [id, version];
const ruleAnswer = tagged({ status: 200, description: 'The rule.', standardSchema: eventRuleSchema });
const invalidRule = problemResponse(422, 'invalid_rule', 'The rule is not valid, or the tenant has too many rules.');

/** Rules that act on events. */
@ApiTags('events')
@Controller('v1/event-rules')
export class EventRulesController {
  constructor(private readonly rules: EventRules) {}

  @Post()
  @RequireScope('events:manage')
  @ApiOperation({
    operationId: 'createEventRule',
    summary: 'Create a rule',
    description:
      'A rule runs its actions for an event that matches its condition (CEL, https://cel.dev). Texts of messages are Liquid templates over `event`, `payload` and `contact`; a variable that may be missing needs `default`.',
  })
  @ApiResponse(tagged({ status: 201, description: 'The rule.', standardSchema: eventRuleSchema }))
  @ApiResponse(invalidRule)
  async create(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: eventRuleBody }) body: EventRuleBody,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof eventRuleSchema>> {
    return eventRuleView(tags.show(editedRule, await this.rules.create(tenant.id, body, actor)));
  }

  @Get()
  @RequireScope('events:read')
  @ApiOperation({ operationId: 'listEventRules', summary: 'List rules in order of evaluation' })
  @ApiResponse({ status: 200, description: 'All rules.', standardSchema: eventRuleList })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) { event }: z.output<typeof listQuery>,
  ): Promise<z.input<typeof eventRuleList>> {
    return { data: (await this.rules.list(tenant.id, event)).map(eventRuleView) };
  }

  @Get(':id')
  @RequireScope('events:read')
  @ApiOperation({ operationId: 'getEventRule', summary: 'A rule' })
  @ApiResponse(ruleAnswer)
  @ApiResponse(noRule)
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof eventRuleSchema>> {
    return eventRuleView(tags.show(editedRule, await this.rules.get(tenant.id, id)));
  }

  @Get(':id/versions')
  @RequireScope('events:read')
  @ApiOperation({
    operationId: 'listEventRuleVersions',
    summary: 'List versions of a rule, newest first',
    description: 'Also for a deleted rule: messages name the version that created them.',
  })
  @ApiResponse({ status: 200, description: 'All versions.', standardSchema: eventRuleVersions })
  @ApiResponse(noRule)
  async versions(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof eventRuleVersions>> {
    return { data: (await this.rules.versions(tenant.id, id)).map(versionView) };
  }

  @Patch(':id')
  @TakesIfMatch()
  @RequireScope('events:manage')
  @ApiOperation({
    operationId: 'updateEventRule',
    summary: 'Update a rule',
    description: 'Members of the request replace the stored members, in a new version.',
  })
  @ApiResponse(ruleAnswer)
  @ApiResponse(noRule)
  @ApiResponse(invalidRule)
  async update(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: eventRulePatch }) body: EventRulePatch,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof eventRuleSchema>> {
    return eventRuleView(tags.show(editedRule, await this.rules.update(tenant.id, id, body, actor, tags.guard(editedRule))));
  }

  @Delete(':id')
  @TakesIfMatch()
  @HttpCode(204)
  @RequireScope('events:manage')
  @ApiOperation({ operationId: 'deleteEventRule', summary: 'Delete a rule' })
  @ApiResponse({ status: 204, description: 'Gone.' })
  @ApiResponse(noRule)
  async delete(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<void> {
    await this.rules.delete(tenant.id, id, tags.guard(editedRule));
  }
}
