import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  type Actor,
  BulkJobs,
  instant,
  invalidBody,
  noteAudit,
  nothingToAudit,
  pageQuery,
  present,
  searchText,
  TakesRows,
} from '@heliograph/kernel';
import {
  EventIntake,
  eventName,
  eventReplayVerb,
  eventRuleBody,
  Events,
  eventStates,
  EventTrial,
  maxEventsPerReplay,
  sendEventBody,
  type SendEventBody,
  storedEventFilter,
} from '@heliograph/ingestion';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RequireScope, Sends } from '../../http/api-key.guard';
import { pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { bulkMembers, countChanged, jobAnswer, jobSchema, jobView, matchingSchema, needsExpect } from '../jobs/job.view';
import { EventBatch, eventBatchBody, eventVerdictsSchema } from './event-batch';
import { trialSchema, trialView } from './event-trial.view';
import { acceptedEventSchema, eventPage, eventSchema, eventView } from './event.view';

const uuid = z.uuid();
const time = instant.transform((s) => new Date(s));
const filter = {
  state: z.enum(eventStates).optional(),
  reason: searchText(64).optional(),
  name: eventName.optional(),
  event_key: searchText(255).optional(),
  contact_id: uuid.optional().meta({ description: 'Contact that the event is about, or one that was merged into it.' }),
  from: time.optional(),
  to: time.optional(),
};
const repeated = 'true: events that were sent again; false: the others.';
const listQuery = z.strictObject({
  ...filter,
  repeated: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .meta({ description: repeated }),
  ...pageQuery,
});
const replayBody = z
  .strictObject({
    ...filter,
    event_ids: z.array(uuid).min(1).max(1_000).optional(),
    dry_run: z.boolean().default(false).meta({ description: 'True: only counts the events that would be replayed.' }),
  })
  .refine(
    ({ dry_run: _, ...body }) => Object.values(body).some((value) => value !== undefined),
    'Name what to replay: ids, a filter or a time range.',
  )
  .meta({ id: 'ReplayEvents', example: { state: 'rejected', reason: 'unknown_event', name: 'user_onboarded' } });
const bulkReplayBody = z
  .strictObject({
    filter: z
      .strictObject({
        ...filter,
        state: z.union([z.enum(eventStates), z.array(z.enum(eventStates)).min(1).max(eventStates.length)]).optional(),
        repeated: z.boolean().optional().meta({ description: repeated }),
      })
      .meta({ description: 'Events that have all of these. Those that wait to be read are left out.' }),
    ...bulkMembers,
  })
  .refine(needsExpect.check, needsExpect.fault)
  .meta({ id: 'BulkReplayEvents', example: { filter: { state: 'rejected', reason: 'unknown_event' }, expect: 4_812 } });
const replayedSchema = z
  .object({
    replayed: z.int(),
    matching: z.int().optional().meta({ description: 'Present with dry_run; 100,000 means that many or more.' }),
  })
  .meta({ id: 'ReplayedEvents', example: { replayed: 12 } });
const correctionBody = z
  .strictObject({
    name: eventName.optional(),
    subject: sendEventBody.shape.subject.optional(),
    payload: sendEventBody.shape.payload.unwrap().optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), 'Give the name, the subject or the payload.')
  .meta({ id: 'UpdateEvent', example: { payload: { first_name: 'Priya', plan: 'pro' } } });
const trialBody = z
  .strictObject({
    event: sendEventBody,
    rule: eventRuleBody.optional().meta({ description: 'An unsaved rule to evaluate instead of the stored rules.' }),
  })
  .meta({
    id: 'TryEvent',
    example: { event: { name: 'user_onboarded', id: 'try-1', subject: { phone: '+447700900101' }, payload: { first_name: 'Priya' } } },
  });

/** Events that the core application sends. */
@ApiTags('events')
@Controller('v1/events')
export class EventsController {
  private readonly batch: EventBatch;

  constructor(
    private readonly intake: EventIntake,
    private readonly events: Events,
    private readonly trial: EventTrial,
    private readonly jobs: BulkJobs,
  ) {
    this.batch = new EventBatch(intake);
  }

  @Post()
  @HttpCode(202)
  @Sends()
  @RequireScope('events:write')
  @ApiOperation({
    operationId: 'sendEvent',
    summary: 'Send an event',
    description:
      'The event is stored once by its id; rules are evaluated in the background. An event of an unknown type is stored too, and can be replayed.',
  })
  @ApiResponse({ status: 202, description: 'Stored.', standardSchema: acceptedEventSchema })
  @ApiResponse(problemResponse(422, 'event_id_reused', 'The id was used for a different event.'))
  async send(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Body({ schema: sendEventBody }) body: SendEventBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof acceptedEventSchema>> {
    const { id, key, name, replayed } = await this.intake.accept(tenant.id, body, { source: 'api' });
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return { id, event_key: key, name, state: 'received' };
  }

  @Post('batch')
  @HttpCode(202)
  @TakesRows({ lines: true })
  @Sends()
  @RequireScope('events:write')
  @ApiOperation({
    operationId: 'sendEvents',
    summary: 'Send many events',
    description:
      'JSON up to 10,000 events, or application/x-ndjson of any length (one event per line of at most 256 Ki characters; the response has one verdict per line, then a summary line). A stream does not accept `Idempotency-Key`: each event is identified by its id.',
  })
  @ApiBody({ standardSchema: eventBatchBody } as never)
  @ApiResponse({
    status: 202,
    description: 'One verdict per event; for a stream one line each, then one line with the summary or the error.',
    standardSchema: eventVerdictsSchema,
  })
  async sendMany(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof eventVerdictsSchema> | Readable> {
    if (request.body && typeof (request.body as { pipe?: unknown }).pipe === 'function') {
      void reply.header('content-type', 'application/x-ndjson');
      return Readable.from(this.batch.stream(tenant.id, request.body as IncomingMessage));
    }
    const parsed = eventBatchBody.safeParse(request.body);
    if (!parsed.success) throw invalidBody(parsed.error.issues);
    return this.batch.all(tenant.id, parsed.data.events);
  }

  @Post('dry-run')
  @HttpCode(200)
  @RequireScope('events:manage')
  @ApiOperation({
    operationId: 'tryEvent',
    summary: 'Try an event',
    description: 'Evaluates the stored rules, or an unsaved one. Nothing is stored or sent.',
  })
  @ApiResponse({ status: 200, description: 'The result of each rule.', standardSchema: trialSchema })
  @ApiResponse(problemResponse(422, 'invalid_rule', 'The rule is not valid.'))
  async tryOut(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Body({ schema: trialBody }) { event, rule }: z.output<typeof trialBody>,
  ): Promise<z.input<typeof trialSchema>> {
    return trialView(await this.trial.run(tenant.id, event, rule));
  }

  @Post('replay')
  @HttpCode(200)
  @RequireScope('events:manage')
  @ApiOperation({
    operationId: 'replayEvents',
    summary: 'Replay events at once: one, by filter, or by time range',
    description: `At most ${maxEventsPerReplay.toLocaleString('en')}; more are replayed by /v1/events/bulk-replay. An action that a rule ran for an event is not run again.`,
  })
  @ApiResponse({ status: 200, description: 'Number of events to be replayed.', standardSchema: replayedSchema })
  @ApiResponse(problemResponse(422, 'too_many_matches', 'More events match than one request replays.'))
  async replay(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: replayBody }) { event_ids, event_key, contact_id, dry_run, ...body }: z.output<typeof replayBody>,
  ): Promise<z.input<typeof replayedSchema>> {
    const matching = { ...body, ids: event_ids, key: event_key, contactId: contact_id };
    if (dry_run) nothingToAudit();
    const count = await this.events.count(tenant.id, matching);
    if (dry_run) return { replayed: 0, matching: count };
    noteAudit({ details: { matching: count } });
    return { replayed: await this.events.replay(tenant.id, matching, actor) };
  }

  @Post('bulk-replay')
  @HttpCode(202)
  @RequireScope('events:manage')
  @ApiOperation({
    operationId: 'startEventReplay',
    summary: 'Replay all events that match a filter',
    description:
      'Starts a job, oldest event first. Events that arrive later are not replayed. An action that a rule ran for an event is not run again.',
  })
  @ApiResponse({ status: 200, description: 'Number of events, for a dry run.', standardSchema: matchingSchema })
  @ApiResponse(jobAnswer)
  @ApiResponse(countChanged)
  async startReplay(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: bulkReplayBody }) body: z.output<typeof bulkReplayBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof jobSchema> | z.input<typeof matchingSchema>> {
    const { event_key, contact_id, ...rest } = body.filter;
    const stored = storedEventFilter({ ...rest, key: event_key, contactId: contact_id });
    if (body.dry_run) {
      void reply.status(200);
      return { matching: await this.jobs.count(tenant.id, eventReplayVerb, stored) };
    }
    return jobView(
      await this.jobs.start(tenant.id, actor, { kind: eventReplayVerb, filter: stored, expect: body.expect ?? 0, note: body.note }),
    );
  }

  @Get()
  @RequireScope('events:read')
  @ApiOperation({ operationId: 'listEvents', summary: 'List events' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: eventPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) { cursor, limit, event_key, contact_id, ...query }: z.output<typeof listQuery>,
  ): Promise<z.input<typeof eventPage>> {
    return pageView(await this.events.list(tenant.id, { ...query, key: event_key, contactId: contact_id }, { cursor, limit }), eventView);
  }

  @Get(':id')
  @RequireScope('events:read')
  @ApiOperation({ operationId: 'getEvent', summary: 'Retrieve an event with the result of each rule' })
  @ApiResponse({ status: 200, description: 'The event.', standardSchema: eventSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such event.'))
  async get(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<z.input<typeof eventSchema>> {
    return eventView(await this.events.get(tenant.id, id));
  }

  @Patch(':id')
  @RequireScope('events:manage')
  @ApiOperation({
    operationId: 'updateEvent',
    summary: 'Correct a rejected event, and replay it',
    description: 'What was sent stays in `original`; the same event sent again is still a repeat.',
  })
  @ApiResponse({ status: 200, description: 'The event.', standardSchema: eventSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such event.'))
  @ApiResponse(problemResponse(409, 'not_rejected', 'The event is not rejected: rules may have acted on it.'))
  async correct(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: correctionBody }) body: z.output<typeof correctionBody>,
  ): Promise<z.input<typeof eventSchema>> {
    return eventView(await this.events.correct(tenant.id, id, present(body), actor));
  }
}
