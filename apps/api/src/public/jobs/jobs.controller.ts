import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AppError, type BulkJob, BulkJobs, BulkVerbs, notFound } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageView } from '../../http/page.view';
import { type ApiCaller, CurrentCaller } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { jobPage, jobQuery, jobSchema, jobView } from './job.view';

const uuid = z.uuid();
const noJob = problemResponse(404, 'not_found', 'No such job, or one whose kind the caller may not see.');

/** Serves jobs of bulk verbs. A caller sees the kinds that its scopes cover. */
@ApiTags('jobs')
@Controller('v1/jobs')
export class JobsController {
  constructor(
    private readonly jobs: BulkJobs,
    private readonly verbs: BulkVerbs,
  ) {}

  @Get()
  @RequireScope('messages:read')
  @ApiOperation({
    operationId: 'listJobs',
    summary: 'List jobs of bulk verbs',
    description: 'Jobs of dead letters also need `dead_letters:read`, jobs of callbacks `callbacks:read`, jobs of events `events:read`.',
  })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: jobPage })
  async list(
    @CurrentCaller() caller: ApiCaller,
    @Query({ schema: jobQuery }) q: z.output<typeof jobQuery>,
  ): Promise<z.input<typeof jobPage>> {
    return pageView(await this.jobs.list(caller.tenant.id, this.verbs.readableWith(caller.scopes), q.state, q), jobView);
  }

  @Get(':id')
  @RequireScope('messages:read')
  @ApiOperation({ operationId: 'getJob', summary: 'Retrieve a job and its progress' })
  @ApiResponse({ status: 200, description: 'The job.', standardSchema: jobSchema })
  @ApiResponse(noJob)
  async get(@CurrentCaller() caller: ApiCaller, @Param('id', { schema: uuid }) id: string): Promise<z.input<typeof jobSchema>> {
    return jobView(await this.visible(caller, id));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @RequireScope('messages:read')
  @ApiOperation({
    operationId: 'cancelJob',
    summary: 'Cancel a job: what is done stays done, the rest stays as it is',
    description: 'Needs the scope of the verb: `dead_letters:manage`, `messages:write`, `callbacks:manage` or `events:manage`.',
  })
  @ApiResponse({ status: 200, description: 'The job.', standardSchema: jobSchema })
  @ApiResponse(noJob)
  @ApiResponse(problemResponse(409, 'job_ended', 'The job has ended already.'))
  async cancel(@CurrentCaller() caller: ApiCaller, @Param('id', { schema: uuid }) id: string): Promise<z.input<typeof jobSchema>> {
    const { manages } = this.verbs.get((await this.visible(caller, id)).kind);
    if (!caller.scopes.has(manages as never)) throw new AppError('forbidden', 'missing_scope', `You lack the scope ${manages}.`);
    return jobView(await this.jobs.cancel(caller.tenant.id, id));
  }

  /** @throws AppError not_found */
  private async visible({ tenant, scopes }: ApiCaller, id: string): Promise<BulkJob> {
    const job = await this.jobs.get(tenant.id, id);
    if (!this.verbs.readableWith(scopes).includes(job.kind)) throw notFound('job');
    return job;
  }
}
