import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Actor, BulkJobs, type EntityTags, instant, noteAudit, nothingToAudit, pageQuery, present } from '@heliograph/kernel';
import {
  type CallbackEndpoint,
  CallbackEndpoints,
  CallbackLog,
  callbackStates,
  type EndpointSettings,
  maxCounted,
  replayVerb,
  storedCallbackFilter,
} from '@heliograph/webhooks';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageView } from '../../http/page.view';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { CurrentActor, type ApiCaller, CurrentCaller, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { bulkMembers, countChanged, jobAnswer, jobSchema, jobView, matchingSchema, needsExpect } from '../jobs/job.view';
import {
  callbackDetailSchema,
  callbackDetailView,
  callbackPage,
  callbackType,
  callbackView,
  endpointList,
  endpointSchema,
  endpointView,
  endpointWithSecretSchema,
} from './callback.view';

const uuid = z.uuid();
const time = instant.transform((s) => new Date(s));
/** Headers that are ours or the protocol's, or that would change the target of the call. */
const reserved =
  /^(webhook-.*|heliograph-.*|proxy-.*|content-.*|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|user-agent)$/i;
const headers = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'A header name consists of letters, digits and dashes.')
      .refine((name) => !reserved.test(name), 'This header cannot be set.'),
    z.string().regex(/^[\x20-\x7e]{1,1024}$/, 'A header value is 1 to 1,024 printable ASCII characters.'),
  )
  .refine((all) => Object.keys(all).length <= 16, 'An endpoint has at most 16 headers.')
  .meta({ description: 'Headers sent with every POST. Their values are not shown again.' });
const members = {
  name: z.string().min(1).max(100),
  url: z.string().min(1).max(2_048).meta({ description: 'Public http or https URL on port 80, 443 or 8443.' }),
  types: z
    .array(callbackType)
    .min(1)
    .max(50)
    .nullable()
    .meta({ description: 'Event types the endpoint receives; null: all, including later ones.' }),
  session_ids: z.array(uuid).min(1).max(1_000).nullable().meta({ description: 'Sessions whose events the endpoint receives; null: all.' }),
  only_actionable: z.boolean().meta({ description: 'True: of the messages people write, only those that need an answer are delivered.' }),
  headers,
  ordered: z.boolean().meta({ description: 'True: events of one conversation are delivered one after another; with batches, all events.' }),
  batch_size: z.int().min(1).max(100).meta({ description: 'Events per POST; above 1: batches.' }),
  rate_per_s: z.int().min(1).max(1_000).meta({ description: 'POSTs per second.' }),
  concurrency: z.int().min(1).max(64).meta({ description: 'Concurrent POSTs.' }),
};
const example = { name: 'Core application', url: 'https://core.example.com/heliograph', types: ['message.delivered', 'message.failed'] };
const createBody = z
  .strictObject({
    name: members.name,
    url: members.url,
    types: members.types.default(null),
    session_ids: members.session_ids.default(null),
    only_actionable: members.only_actionable.default(false),
    headers: members.headers.default({}),
    ordered: members.ordered.default(false),
    batch_size: members.batch_size.default(1),
    rate_per_s: members.rate_per_s.default(200),
    concurrency: members.concurrency.default(8),
    paused: z
      .boolean()
      .default(false)
      .meta({ description: 'True: the endpoint is created paused, and nothing is delivered until it is resumed.' }),
  })
  .meta({ id: 'CreateCallbackEndpoint', example });
const updateBody = z
  .strictObject(members)
  .partial()
  .meta({ id: 'UpdateCallbackEndpoint', example: { rate_per_s: 100 } });
const filter = {
  state: z.enum(callbackStates).optional(),
  type: callbackType.optional(),
  session_id: uuid.optional(),
  about: uuid.optional().meta({
    description: 'Id that the body names, of a message, a contact or a conversation. Give `from` and `to` too: bodies have no index.',
  }),
  from: time.optional(),
  to: time.optional(),
};
const listQuery = z.strictObject({ ...filter, ...pageQuery });
const replayBody = z
  .strictObject({
    ...filter,
    event_ids: z.array(uuid).min(1).max(1_000).optional(),
    dry_run: z.boolean().default(false).meta({ description: 'True: only counts the callbacks that would be replayed.' }),
  })
  .refine(
    ({ dry_run: _, ...body }) => Object.values(body).some((value) => value !== undefined),
    'Name what to replay: ids, a filter or a time range.',
  )
  .meta({ id: 'ReplayCallbacks', example: { state: 'dead', from: '2026-11-23T00:00:00Z' } });
const testBody = z
  .strictObject({
    type: callbackType.default('endpoint.test').meta({ description: 'Sent whatever types the endpoint receives.' }),
    data: z
      .record(z.string(), z.unknown())
      .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= 65_536, 'At most 65,536 bytes of JSON.')
      .optional()
      .meta({ description: 'Data of the event, which must fit the type; default: the example of the type.' }),
  })
  .prefault({})
  .meta({ id: 'TestCallbackEndpointBody', example: { type: 'endpoint.test', data: { text: 'It works.' } } });
const bulkReplayBody = z
  .strictObject({
    filter: z
      .strictObject(filter)
      .refine((body) => Object.values(body).some((value) => value !== undefined), 'Name what to replay: a filter or a time range.'),
    ...bulkMembers,
  })
  .refine(needsExpect.check, needsExpect.fault)
  .meta({ id: 'BulkReplayCallbacks', example: { filter: { state: 'dead', from: '2026-11-23T00:00:00Z' }, expect: 412 } });
const eventIdSchema = z
  .object({ event_id: uuid })
  .meta({ id: 'CallbackTest', example: { event_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e1' } });
const secretSchema = z
  .object({
    secret: z.string(),
    previous_secret: z.string().nullable().meta({ description: 'The previous secret, while it signs too; null after the rotation.' }),
  })
  .meta({ id: 'CallbackSecret', example: { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', previous_secret: null } });
const replayedSchema = z
  .object({
    replayed: z.int(),
    matching: z
      .int()
      .optional()
      .meta({ description: `Present with dry_run; ${maxCounted} means that many or more.` }),
  })
  .meta({ id: 'ReplayedCallbacks', example: { replayed: 12 } });

const endpointAnswer = tagged({ status: 200, description: 'The endpoint.', standardSchema: endpointSchema });
/** Every change of the settings raises the revision. */
const editedEndpoint = ({ id, revision }: CallbackEndpoint) => [id, revision];
const noEndpoint = problemResponse(404, 'not_found', 'No such endpoint.');
const refusedUrl = problemResponse(422, 'url_not_allowed', 'The URL is not allowed, or the tenant has too many endpoints.');

/** Returns the settings of a body in our names, without absent members. */
function settingsOf(body: z.output<typeof updateBody>): Partial<EndpointSettings> {
  const { session_ids, only_actionable, batch_size, rate_per_s, ...same } = body;
  const renamed = { sessionIds: session_ids, onlyActionable: only_actionable, batchSize: batch_size, ratePerS: rate_per_s };
  return present({ ...same, ...renamed });
}

/** Endpoints that receive callbacks. */
@ApiTags('callbacks')
@Controller('v1/callback-endpoints')
export class CallbackEndpointsController {
  constructor(
    private readonly endpoints: CallbackEndpoints,
    private readonly callbacks: CallbackLog,
    private readonly jobs: BulkJobs,
  ) {}

  @Post()
  @RequireScope('callbacks:manage')
  @ApiOperation({
    operationId: 'createCallbackEndpoint',
    summary: 'Create an endpoint',
    description: 'The response contains the signing secret (Standard Webhooks).',
  })
  @ApiResponse({ status: 201, description: 'The endpoint.', standardSchema: endpointWithSecretSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such session.'))
  @ApiResponse(refusedUrl)
  async create(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: createBody }) { paused, ...body }: z.output<typeof createBody>,
  ): Promise<z.input<typeof endpointWithSecretSchema>> {
    const { endpoint, secret } = await this.endpoints.create(tenant.id, actor, settingsOf(body) as EndpointSettings, paused);
    return { ...endpointView(endpoint), secret };
  }

  @Get()
  @RequireScope('callbacks:read')
  @ApiOperation({ operationId: 'listCallbackEndpoints', summary: 'Endpoints' })
  @ApiResponse({ status: 200, description: 'All endpoints.', standardSchema: endpointList })
  async list(@CurrentTenant() tenant: CurrentTenantInfo): Promise<z.input<typeof endpointList>> {
    return { data: (await this.endpoints.list(tenant.id)).map(endpointView) };
  }

  @Get(':id')
  @RequireScope('callbacks:read')
  @ApiOperation({ operationId: 'getCallbackEndpoint', summary: 'Retrieve an endpoint' })
  @ApiResponse(endpointAnswer)
  @ApiResponse(noEndpoint)
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof endpointSchema>> {
    return endpointView(tags.show(editedEndpoint, await this.endpoints.get(tenant.id, id)));
  }

  @Patch(':id')
  @TakesIfMatch()
  @RequireScope('callbacks:manage')
  @ApiOperation({
    operationId: 'updateCallbackEndpoint',
    summary: 'Update an endpoint',
    description: 'Members of the request replace the stored members.',
  })
  @ApiResponse(endpointAnswer)
  @ApiResponse(noEndpoint)
  @ApiResponse(refusedUrl)
  async update(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: updateBody }) body: z.output<typeof updateBody>,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof endpointSchema>> {
    const endpoint = await this.endpoints.update(tenant.id, actor, id, settingsOf(body), tags.guard(editedEndpoint));
    return endpointView(tags.show(editedEndpoint, endpoint));
  }

  @Delete(':id')
  @TakesIfMatch()
  @HttpCode(204)
  @RequireScope('callbacks:manage')
  @ApiOperation({
    operationId: 'deleteCallbackEndpoint',
    summary: 'Delete an endpoint',
    description: 'Callbacks that were not delivered yet are dropped.',
  })
  @ApiResponse({ status: 204, description: 'Gone.' })
  @ApiResponse(noEndpoint)
  async delete(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<void> {
    await this.endpoints.delete(tenant.id, actor, id, tags.guard(editedEndpoint));
  }

  @Post(':id/pause')
  @HttpCode(200)
  @RequireScope('callbacks:manage')
  @ApiOperation({
    operationId: 'pauseCallbackEndpoint',
    summary: 'Pause an endpoint',
    description: 'Nothing is delivered; callbacks are kept.',
  })
  @ApiResponse({ status: 200, description: 'The endpoint.', standardSchema: endpointSchema })
  @ApiResponse(noEndpoint)
  async pause(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof endpointSchema>> {
    return endpointView(await this.endpoints.pause(tenant.id, actor, id));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @RequireScope('callbacks:manage')
  @ApiOperation({
    operationId: 'resumeCallbackEndpoint',
    summary: 'Resume a paused or disabled endpoint',
    description: 'Pending callbacks are due at once.',
  })
  @ApiResponse({ status: 200, description: 'The endpoint.', standardSchema: endpointSchema })
  @ApiResponse(noEndpoint)
  async resume(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof endpointSchema>> {
    return endpointView(await this.endpoints.resume(tenant.id, actor, id));
  }

  @Post(':id/test')
  @HttpCode(202)
  @RequireScope('callbacks:manage')
  @ApiOperation({
    operationId: 'testCallbackEndpoint',
    summary: 'Send a test event',
    description: 'The body has the member `test`: true. The delivery log contains the result.',
  })
  @ApiResponse({ status: 202, description: 'The event is queued.', standardSchema: eventIdSchema })
  @ApiResponse(noEndpoint)
  async test(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: testBody }) { type, data }: z.output<typeof testBody>,
  ): Promise<z.input<typeof eventIdSchema>> {
    return { event_id: await this.endpoints.test(tenant.id, id, type, data) };
  }

  @Get(':id/secret')
  @RequireScope('callbacks:manage')
  @ApiOperation({ operationId: 'getCallbackSecret', summary: 'Retrieve the signing secret' })
  @ApiResponse({ status: 200, description: 'The secret.', standardSchema: secretSchema })
  @ApiResponse(noEndpoint)
  async secret(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof secretSchema>> {
    const { secret, previous } = await this.endpoints.secret(tenant.id, id);
    return { secret, previous_secret: previous };
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @RequireScope('callbacks:manage')
  @ApiOperation({
    operationId: 'rotateCallbackSecret',
    summary: 'Rotate the signing secret',
    description: 'The previous secret signs too for 24 hours.',
  })
  @ApiResponse({ status: 200, description: 'The endpoint.', standardSchema: endpointWithSecretSchema })
  @ApiResponse(noEndpoint)
  async rotate(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof endpointWithSecretSchema>> {
    const { endpoint, secret } = await this.endpoints.rotateSecret(tenant.id, actor, id);
    return { ...endpointView(endpoint), secret };
  }

  @Get(':id/callbacks')
  @RequireScope('callbacks:read')
  @ApiOperation({ operationId: 'listCallbacks', summary: 'List callbacks of an endpoint' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: callbackPage })
  @ApiResponse(noEndpoint)
  async log(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: listQuery }) { cursor, limit, session_id, ...query }: z.output<typeof listQuery>,
  ): Promise<z.input<typeof callbackPage>> {
    return pageView(await this.callbacks.list(tenant.id, id, { ...query, sessionId: session_id }, { cursor, limit }), callbackView);
  }

  @Get(':id/callbacks/:eventId')
  @RequireScope('callbacks:read')
  @ApiOperation({
    operationId: 'getCallback',
    summary: 'Retrieve a callback with its body and attempts',
    description:
      'Bodies and responses are null for a key without the scope `callbacks:bodies`, since they contain texts and phone numbers.',
  })
  @ApiResponse({ status: 200, description: 'The callback.', standardSchema: callbackDetailSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such callback.'))
  async callback(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentCaller() caller: ApiCaller,
    @Param('id', { schema: uuid }) id: string,
    @Param('eventId', { schema: uuid }) eventId: string,
  ): Promise<z.input<typeof callbackDetailSchema>> {
    return callbackDetailView(await this.callbacks.get(tenant.id, id, eventId), caller.scopes.has('callbacks:bodies'));
  }

  @Post(':id/replay')
  @HttpCode(200)
  @RequireScope('callbacks:manage')
  @ApiOperation({
    operationId: 'replayCallbacks',
    summary: 'Replay callbacks: one, by filter, or by time range',
    description: 'Replays have the ids and bodies of the first delivery. Events are kept for CALLBACK_RETENTION_DAYS (30).',
  })
  @ApiResponse({ status: 200, description: 'Number of callbacks to be replayed.', standardSchema: replayedSchema })
  @ApiResponse(noEndpoint)
  async replay(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: replayBody }) { session_id, event_ids, dry_run, ...body }: z.output<typeof replayBody>,
  ): Promise<z.input<typeof replayedSchema>> {
    const matching = { ...body, sessionId: session_id, eventIds: event_ids };
    if (dry_run) nothingToAudit();
    const count = await this.callbacks.count(tenant.id, id, matching);
    if (dry_run) return { replayed: 0, matching: count };
    noteAudit({ details: { matching: count } });
    return { replayed: await this.callbacks.replay(tenant.id, id, matching, actor) };
  }

  @Post(':id/bulk-replay')
  @HttpCode(202)
  @RequireScope('callbacks:manage')
  @ApiOperation({
    operationId: 'startCallbackReplay',
    summary: 'Replay all callbacks of an endpoint that match a filter',
    description: 'Starts a job, oldest callback first. Replays have the ids and bodies of the first delivery.',
  })
  @ApiResponse({ status: 200, description: 'Number of callbacks, for a dry run.', standardSchema: matchingSchema })
  @ApiResponse(jobAnswer)
  @ApiResponse(noEndpoint)
  @ApiResponse(countChanged)
  async startReplay(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: bulkReplayBody }) body: z.output<typeof bulkReplayBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof jobSchema> | z.input<typeof matchingSchema>> {
    const { session_id, ...rest } = body.filter;
    const filter = storedCallbackFilter(id, { ...rest, sessionId: session_id });
    if (body.dry_run) {
      void reply.status(200);
      return { matching: await this.jobs.count(tenant.id, replayVerb, filter) };
    }
    return jobView(await this.jobs.start(tenant.id, actor, { kind: replayVerb, filter, expect: body.expect ?? 0, note: body.note }));
  }
}
