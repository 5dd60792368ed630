import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { EntityTags } from '@heliograph/kernel';
import type { z } from 'zod';
import { eventName, type EventType, type EventTypeBody, eventTypeBody, EventTypes } from '@heliograph/ingestion';
import { RequireScope } from '../../http/api-key.guard';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { eventTypeList, eventTypeSchema, eventTypeView } from '../events/event.view';

const typeAnswer = tagged({ status: 200, description: 'The type.', standardSchema: eventTypeSchema });
/** Editable members. */
const editedType = ({ name, description, schema, example }: EventType) => [name, description, schema, example];
const noType = problemResponse(404, 'not_found', 'No such event type.');

/** Catalogue of event types. */
@ApiTags('events')
@Controller('v1/event-types')
export class EventTypesController {
  constructor(private readonly types: EventTypes) {}

  @Get()
  @RequireScope('events:read')
  @ApiOperation({ operationId: 'listEventTypes', summary: 'List event types' })
  @ApiResponse({ status: 200, description: 'All event types, by name.', standardSchema: eventTypeList })
  async list(@CurrentTenant() tenant: CurrentTenantInfo): Promise<z.input<typeof eventTypeList>> {
    return { data: (await this.types.list(tenant.id)).map(eventTypeView) };
  }

  @Get(':name')
  @RequireScope('events:read')
  @ApiOperation({ operationId: 'getEventType', summary: 'Retrieve an event type' })
  @ApiResponse(typeAnswer)
  @ApiResponse(noType)
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('name', { schema: eventName }) name: string,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof eventTypeSchema>> {
    return eventTypeView(tags.show(editedType, await this.types.get(tenant.id, name)));
  }

  @Put(':name')
  @TakesIfMatch()
  @RequireScope('events:manage')
  @ApiOperation({
    operationId: 'putEventType',
    summary: 'Create or replace an event type',
    description: 'Events that were rejected before can be replayed.',
  })
  @ApiResponse(typeAnswer)
  @ApiResponse(problemResponse(422, 'invalid_schema', 'The schema is not valid, or the example does not match it.'))
  async put(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('name', { schema: eventName }) name: string,
    @Body({ schema: eventTypeBody }) body: EventTypeBody,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof eventTypeSchema>> {
    return eventTypeView(tags.show(editedType, await this.types.put(tenant.id, name, body, tags.guard(editedType))));
  }

  @Delete(':name')
  @TakesIfMatch()
  @HttpCode(204)
  @RequireScope('events:manage')
  @ApiOperation({
    operationId: 'deleteEventType',
    summary: 'Delete an event type',
    description: 'Events of this name are unknown from now on; rules stay.',
  })
  @ApiResponse({ status: 204, description: 'Gone.' })
  @ApiResponse(noType)
  async delete(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('name', { schema: eventName }) name: string,
    @Tags() tags: EntityTags,
  ): Promise<void> {
    await this.types.delete(tenant.id, name, tags.guard(editedType));
  }
}
