import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { MessageQueries } from '@heliograph/messaging';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';

const groupSchema = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    name: z.string().nullable(),
    created_at: z.iso.datetime(),
    total: z.int(),
    counts: z.record(z.string(), z.int()),
  })
  .meta({
    id: 'MessageGroup',
    example: {
      id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073990',
      kind: 'bulk',
      name: 'Summer sale',
      created_at: '2026-11-23T09:00:00.000Z',
      total: 50000,
      counts: { queued: 12000, delivered: 38000 },
    },
  });

/** What belongs together, e.g. a bulk call: how many of its messages are in which state. */
@ApiTags('messages')
@Controller('v1/groups')
export class GroupsController {
  constructor(private readonly queries: MessageQueries) {}

  @Get(':id')
  @RequireScope('messages:read')
  @ApiOperation({ operationId: 'getMessageGroup', summary: 'Counts of a group by state, from counters' })
  @ApiResponse({ status: 200, description: 'The group.', standardSchema: groupSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such group.'))
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: z.uuid() }) id: string,
  ): Promise<z.input<typeof groupSchema>> {
    const group = await this.queries.group(tenant.id, id);
    return {
      id: group.id,
      kind: group.kind,
      name: group.name,
      created_at: group.createdAt.toISOString(),
      total: Object.values(group.counts).reduce((sum, n) => sum + n, 0),
      counts: group.counts,
    };
  }
}
