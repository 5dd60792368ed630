import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { eventName, eventTypeBody, type EventTypeBody, EventTypes } from '@heliograph/webhooks';
import type { z } from 'zod';
import { CurrentTenant, type CurrentTenantInfo, RequireScope } from '../auth/api-key.guard';
import { problemResponse } from '../openapi/problem.schema';
import { eventTypeList, eventTypeSchema, eventTypeView } from './event.view';

const noType = problemResponse(404, 'not_found', 'No such event type.');

/** The catalogue of events. */
@ApiTags('events')
@Controller('v1/event-types')
export class EventTypesController {
  constructor(private readonly types: EventTypes) {}

  @Get()
  @RequireScope('events:read')
  @ApiOperation({ operationId: 'listEventTypes', summary: 'Events that are known' })
  @ApiResponse({ status: 200, description: 'All of them, by name.', standardSchema: eventTypeList })
  async list(@CurrentTenant() tenant: CurrentTenantInfo): Promise<z.input<typeof eventTypeList>> {
    return { data: (await this.types.list(tenant.id)).map(eventTypeView) };
  }

  @Get(':name')
  @RequireScope('events:read')
  @ApiOperation({ operationId: 'getEventType', summary: 'An event type' })
  @ApiResponse({ status: 200, description: 'The type.', standardSchema: eventTypeSchema })
  @ApiResponse(noType)
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('name', { schema: eventName }) name: string,
  ): Promise<z.input<typeof eventTypeSchema>> {
    return eventTypeView(await this.types.get(tenant.id, name));
  }

  @Put(':name')
  @RequireScope('events:manage')
  @ApiOperation({
    operationId: 'putEventType',
    summary: 'Make an event type, or put it in place of what was',
    description: 'Events that came before and were rejected can be replayed.',
  })
  @ApiResponse({ status: 200, description: 'The type.', standardSchema: eventTypeSchema })
  @ApiResponse(problemResponse(422, 'invalid_schema', 'The schema cannot be used, or the example does not fit it.'))
  async put(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('name', { schema: eventName }) name: string,
    @Body({ schema: eventTypeBody }) body: EventTypeBody,
  ): Promise<z.input<typeof eventTypeSchema>> {
    return eventTypeView(await this.types.put(tenant.id, name, body));
  }

  @Delete(':name')
  @HttpCode(204)
  @RequireScope('events:manage')
  @ApiOperation({
    operationId: 'deleteEventType',
    summary: 'Delete an event type',
    description: 'Events of this name are unknown from now on; its rules stay.',
  })
  @ApiResponse({ status: 204, description: 'Gone.' })
  @ApiResponse(noType)
  async delete(@CurrentTenant() tenant: CurrentTenantInfo, @Param('name', { schema: eventName }) name: string): Promise<void> {
    await this.types.delete(tenant.id, name);
  }
}
