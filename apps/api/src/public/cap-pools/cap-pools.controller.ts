import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { EntityTags } from '@heliograph/kernel';
import { type CapPool, type CapPoolBody, capPoolBody, CapPools } from '@heliograph/messaging';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';

const examplePool = {
  name: 'uk',
  hourly_cap: null,
  daily_cap: 20000,
  time_zone: 'Europe/London',
  left_this_hour: null,
  left_today: 12480,
  sessions: 1,
  session_ids: ['0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a0'],
};

const poolName = z.string().regex(/^[\w.-]{1,64}$/, 'A name has at most 64 letters, digits, dots, dashes and underscores.');
const poolSchema = z
  .object({
    name: z.string(),
    hourly_cap: z.int().nullable(),
    daily_cap: z.int().nullable(),
    time_zone: z.string(),
    left_this_hour: z.int().nullable().meta({ description: 'Null: no cap.' }),
    left_today: z.int().nullable().meta({ description: 'Null: no cap.' }),
    sessions: z.int().meta({ description: 'Number of sessions in the pool.' }),
    session_ids: z.array(z.uuid()),
  })
  .meta({ id: 'CapPool', example: examplePool });
/** Editable members. */
const editedPool = ({ name, hourlyCap, dailyCap, timeZone }: CapPool) => [name, hourlyCap, dailyCap, timeZone];
const poolAnswer = tagged({ status: 200, description: 'The pool.', standardSchema: poolSchema });
const noPool = problemResponse(404, 'not_found', 'No such pool.');
const view = (pool: CapPool): z.input<typeof poolSchema> => ({
  name: pool.name,
  hourly_cap: pool.hourlyCap,
  daily_cap: pool.dailyCap,
  time_zone: pool.timeZone,
  left_this_hour: pool.leftThisHour,
  left_today: pool.leftToday,
  sessions: pool.sessionIds.length,
  session_ids: pool.sessionIds,
});

const capPoolList = z.object({ data: z.array(poolSchema) }).meta({ id: 'CapPoolList', example: { data: [examplePool] } });

/** Caps that several sessions share, besides the caps of each session. */
@ApiTags('sessions')
@Controller('v1/cap-pools')
export class CapPoolsController {
  constructor(private readonly pools: CapPools) {}

  @Get()
  @RequireScope('sessions:read')
  @ApiOperation({ operationId: 'listCapPools', summary: 'List cap pools with their remaining capacity' })
  @ApiResponse({ status: 200, description: 'All pools.', standardSchema: capPoolList })
  async list(@CurrentTenant() tenant: CurrentTenantInfo): Promise<z.input<typeof capPoolList>> {
    return { data: (await this.pools.list(tenant.id)).map(view) };
  }

  @Get(':name')
  @RequireScope('sessions:read')
  @ApiOperation({ operationId: 'getCapPool', summary: 'Retrieve a cap pool with its remaining capacity' })
  @ApiResponse(poolAnswer)
  @ApiResponse(noPool)
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('name', { schema: poolName }) name: string,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof poolSchema>> {
    return view(tags.show(editedPool, await this.pools.get(tenant.id, name)));
  }

  @Put(':name')
  @TakesIfMatch()
  @RequireScope('sessions:manage')
  @ApiOperation({ operationId: 'putCapPool', summary: 'Create or update a cap pool; sessions join it with `cap_pool` in their limits' })
  @ApiResponse(poolAnswer)
  async put(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('name', { schema: poolName }) name: string,
    @Body({ schema: capPoolBody }) body: CapPoolBody,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof poolSchema>> {
    return view(tags.show(editedPool, await this.pools.put(tenant.id, name, body, tags.guard(editedPool))));
  }

  @Delete(':name')
  @HttpCode(204)
  @RequireScope('sessions:manage')
  @ApiOperation({ operationId: 'deleteCapPool', summary: 'Delete a cap pool that no session uses' })
  @ApiResponse({ status: 204, description: 'Gone.' })
  @ApiResponse(noPool)
  @ApiResponse(problemResponse(409, 'cap_pool_in_use', 'Sessions still use the pool.'))
  async delete(@CurrentTenant() tenant: CurrentTenantInfo, @Param('name', { schema: poolName }) name: string): Promise<void> {
    await this.pools.delete(tenant.id, name);
  }
}
