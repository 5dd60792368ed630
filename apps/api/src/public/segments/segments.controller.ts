import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { SegmentCatalogue, SegmentCounts, Segments } from '@heliograph/contacts';
import type { Actor, EntityTags } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import {
  countBody,
  countSchema,
  countView,
  editedSegment,
  fieldList,
  segmentBody,
  segmentPage,
  segmentPatch,
  segmentQuery,
  segmentSchema,
  segmentView,
  useList,
  useView,
} from './segment.view';

const uuid = z.uuid();
const answer = tagged({ status: 200, description: 'The segment.', standardSchema: segmentSchema });
const noSegment = problemResponse(404, 'not_found', 'No such segment.');
const invalidSelection = problemResponse(422, 'invalid_selection', 'A rule does not fit its field.');

/** Segments: selections of contacts with a name. */
@ApiTags('contacts')
@Controller('v1/segments')
export class SegmentsController {
  constructor(
    private readonly segments: Segments,
    private readonly counts: SegmentCounts,
    private readonly catalogue: SegmentCatalogue,
  ) {}

  @Post()
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'createSegment',
    summary: 'Create a segment',
    description: 'Whoever matches the rules at the time of use is in the segment.',
  })
  @ApiResponse(tagged({ status: 201, description: 'The segment.', standardSchema: segmentSchema }))
  @ApiResponse(invalidSelection)
  async create(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: segmentBody }) body: z.output<typeof segmentBody>,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof segmentSchema>> {
    return segmentView(tags.show(editedSegment, await this.segments.create(tenant.id, actor, body)));
  }

  @Get()
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listSegments', summary: 'List segments, newest first' })
  @ApiResponse({ status: 200, description: 'A page of segments.', standardSchema: segmentPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: segmentQuery }) { name, ...page }: z.output<typeof segmentQuery>,
  ): Promise<z.input<typeof segmentPage>> {
    return pageView(await this.segments.list(tenant.id, { name }, page), segmentView);
  }

  @Get('fields')
  @RequireScope('contacts:read')
  @ApiOperation({
    operationId: 'listSegmentFields',
    summary: 'List the fields that rules may name',
    description: 'Fields of contacts and their history, declared attributes, and attributes that some of the newest contacts have.',
  })
  @ApiResponse({ status: 200, description: 'The catalogue.', standardSchema: fieldList })
  async fields(@CurrentTenant() tenant: CurrentTenantInfo): Promise<z.input<typeof fieldList>> {
    const fields = await this.catalogue.list(tenant.id);
    return {
      data: fields.map(({ operators, choices, refersTo, ...field }) => ({
        ...field,
        operators: [...operators],
        choices: choices && [...choices],
        refers_to: refersTo,
      })),
    };
  }

  @Post('count')
  @HttpCode(200)
  @RequireScope('contacts:read')
  @ApiOperation({
    operationId: 'countSegment',
    summary: 'Count the contacts that match rules',
    description: 'Counts the contacts, and those of them that messages cannot reach, by reason.',
  })
  @ApiResponse({ status: 200, description: 'The counts.', standardSchema: countSchema })
  @ApiResponse(invalidSelection)
  async count(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Body({ schema: countBody }) { tree }: z.output<typeof countBody>,
  ): Promise<z.input<typeof countSchema>> {
    return countView(await this.counts.count(tenant.id, tree));
  }

  @Get(':id')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'getSegment', summary: 'A segment' })
  @ApiResponse(answer)
  @ApiResponse(noSegment)
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof segmentSchema>> {
    return segmentView(tags.show(editedSegment, await this.segments.get(tenant.id, id)));
  }

  @Patch(':id')
  @TakesIfMatch()
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'updateSegment',
    summary: 'Update a segment',
    description: 'Campaigns that use it and are not launched yet reach whoever matches the new rules.',
  })
  @ApiResponse(answer)
  @ApiResponse(noSegment)
  @ApiResponse(invalidSelection)
  async update(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: segmentPatch }) body: z.output<typeof segmentPatch>,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof segmentSchema>> {
    return segmentView(tags.show(editedSegment, await this.segments.update(tenant.id, id, actor, body, tags.guard(editedSegment))));
  }

  @Delete(':id')
  @TakesIfMatch()
  @HttpCode(204)
  @RequireScope('contacts:manage')
  @ApiOperation({ operationId: 'deleteSegment', summary: 'Delete a segment' })
  @ApiResponse({ status: 204, description: 'Gone.' })
  @ApiResponse(noSegment)
  @ApiResponse(problemResponse(409, 'in_use', 'A campaign that is not over uses the segment.'))
  async delete(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<void> {
    await this.segments.delete(tenant.id, id, tags.guard(editedSegment));
  }

  @Get(':id/uses')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listSegmentUses', summary: 'List what uses a segment' })
  @ApiResponse({ status: 200, description: 'Campaigns.', standardSchema: useList })
  @ApiResponse(noSegment)
  async uses(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<z.input<typeof useList>> {
    return { data: (await this.segments.uses(tenant.id, id)).map(useView) };
  }
}
