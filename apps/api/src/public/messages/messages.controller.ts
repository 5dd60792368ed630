import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  type Actor,
  BulkJobs,
  IdempotencyKeys,
  instant,
  invalidBody,
  pageQuery,
  requestHash,
  searchText,
  TakesRows,
} from '@heliograph/kernel';
import { canonicalAddress, withTwins } from '@heliograph/contacts';
import {
  cancelVerb,
  messageClasses,
  MessageCancel,
  MessageExplainer,
  MessageIntake,
  MessageQueries,
  MessageReader,
  MessageWaits,
  pastReasons,
  sendMessageBody,
  type SendMessageBody,
  storedCancelFilter,
  waitingStates,
  waitReasons,
} from '@heliograph/messaging';
import type { AllowedSessions } from '@heliograph/tenants';
import { maxHooksOfMessage, MessageHooks } from '@heliograph/webhooks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RequireScope, Sends } from '../../http/api-key.guard';
import { OwnIdempotency } from '../../http/idempotency.interceptor';
import { idempotencyKeyOf } from '../../http/idempotency-key';
import { pageSchema, pageView } from '../../http/page.view';
import { type ApiCaller, CurrentActor, CurrentCaller, CurrentSessions, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { bulkMembers, countChanged, jobAnswer, jobSchema, jobView, matchingSchema, needsExpect } from '../jobs/job.view';
import { type BulkBody, bulkBody, BulkReader, bulkVerdictsSchema } from './bulk-reader';
import {
  acceptedMessageSchema,
  acceptedView,
  detailView,
  exampleSummary,
  messageDetailSchema,
  messageHooksSchema,
  messageHooksView,
  messageFilters,
  messageState,
  messageSummarySchema,
  summaryView,
} from './message.view';

const uuid = z.uuid();
const maxIds = 100;
/** Minimum number of characters of a searched text: fewer are in nearly every message. */
const minSearched = 2;
const listQuery = z.strictObject({
  id: z
    .union([uuid, z.array(uuid).max(maxIds)])
    .transform((ids) => [ids].flat())
    .optional()
    .meta({ description: `A message, or several by their ids: repeat the parameter, at most ${maxIds} times.` }),
  ...messageFilters,
  class: z.enum(messageClasses).optional(),
  session_id: uuid.optional(),
  group_id: uuid.optional(),
  to: searchText(200)
    .optional()
    .meta({ description: 'Address in any spelling, as for sending; also finds messages to the other spelling of the same mobile number.' }),
  client_ref: searchText(200).optional(),
  idempotency_key: searchText(255)
    .optional()
    .meta({ description: 'Idempotency key of the request or of a row of a bulk call, as long as keys are kept (72 hours).' }),
  provider_id: searchText(200).optional().meta({ description: 'Id of the message at the provider or in WhatsApp.' }),
  tag: searchText(64).optional(),
  text: searchText(200)
    .refine((text) => text.trim().length >= minSearched, `Give at least ${minSearched} characters.`)
    .optional()
    .meta({
      description:
        'Part of the text, caption, poll, card or file name, in any case and with or without accents. The text of a message of a campaign is made right before it is sent, and found from then on.',
    }),
  ...pageQuery,
});
const bulkCancelBody = z
  .strictObject({
    filter: z
      .strictObject({
        state: z.enum(waitingStates).optional(),
        class: z.enum(messageClasses).optional(),
        session_id: uuid.optional(),
        group_id: uuid.optional(),
        to: searchText(200).optional(),
        client_ref: searchText(200).optional(),
        tag: searchText(64).optional(),
        created_from: instant.transform((s) => new Date(s)).optional(),
        created_to: instant.transform((s) => new Date(s)).optional(),
        ids: z.array(uuid).min(1).max(1_000).optional(),
      })
      .refine(
        (filter) => Object.values(filter).some((value) => value !== undefined),
        'Name at least one condition. All conditions must hold.',
      ),
    ...bulkMembers,
  })
  .refine(needsExpect.check, needsExpect.fault)
  .meta({ id: 'BulkCancelMessages', example: { filter: { class: 'broadcast', tag: 'sale' }, expect: 812 } });
const whySchema = z
  .object({
    state: messageState,
    cause: z.string().nullable(),
    detail: z.string().nullable(),
    waits_for: z.array(z.enum(waitReasons)).meta({
      description:
        'Everything that delays the message, the most decisive first: the release of a restored database (`ledger_held`); the resumption of its suspended tenant (`tenant_suspended`) or of its group or campaign (`group_paused`); a change of its group that is being applied to all its messages (`group_changing`); its own time (`send_at`); its file, which the provider does not have yet (`file`); the time of its next attempt (`retry`) or the minimum gap after another message to the same person (`min_gap`); its session, which is not connected or held (`session`); the settings of its lane (`lane_invalid`); a pause of its lane (`provider`); calls of its lane that are under way (`in_flight`); what makes its body (`source`); its send window (`send_window`); a cap of its lane or pool (`hourly_or_daily_cap`); the daily cap or the rate of its group (`group_cap`, `group_rate`); the next slot of its lane (`pace`); messages that go first (`lane`).',
    }),
    session_status: z.string().nullable(),
    held_reason: z.string().nullable(),
    may_duplicate: z.boolean().meta({
      description: 'The message waits in a restored database and may have been sent after the backup was made.',
    }),
    ahead: z.int().nullable(),
    earliest_slot_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Earliest time of sending; messages that go first may delay it further.' }),
    waited: z
      .array(
        z.object({
          reason: z.enum(pastReasons),
          from: z.iso.datetime(),
          until: z.iso.datetime(),
          duration_ms: z.int(),
          ahead: z.int().nullable().meta({
            description:
              'With `pace` and `lane`: messages of its lane that were sent meanwhile. Counted among the 10,000 messages accepted next to it.',
          }),
        }),
      )
      .meta({
        description:
          'Waits that are over, the first one first. Together with its calls they are the whole time from its acceptance to its last call. They are derived from the histories of its session, group and lane, and from the present send window of its lane; what none of them explains counts as its turn: `lane` behind other messages, else `pace`. `evidence`: the outcome of a call was not known.',
      }),
  })
  .meta({
    id: 'MessageWhy',
    example: {
      state: 'queued',
      cause: null,
      detail: null,
      waits_for: ['pace'],
      session_status: 'connected',
      held_reason: null,
      may_duplicate: false,
      ahead: 12,
      earliest_slot_at: '2026-11-23T09:01:00.000Z',
      waited: [
        { reason: 'session', from: '2026-11-23T08:59:00.000Z', until: '2026-11-23T09:00:00.000Z', duration_ms: 60_000, ahead: null },
      ],
    },
  });

const messagePage = pageSchema(messageSummarySchema, { id: 'MessagePage', example: { data: [exampleSummary], next_cursor: null } });

/** Returns the hash of a bulk call. Keys with different limits do not share a group, whose rows the other one may not name. */
const bulkHash = (body: object, sessions: AllowedSessions): Buffer =>
  requestHash(sessions ? { body, sessions: [...sessions].sort() } : body);

/** Messages: send, retrieve, cancel. */
@ApiTags('messages')
@Controller('v1/messages')
export class MessagesController {
  private readonly bulk: BulkReader;

  constructor(
    private readonly intake: MessageIntake,
    private readonly queries: MessageQueries,
    private readonly explainer: MessageExplainer,
    private readonly waits: MessageWaits,
    private readonly hooksOf: MessageHooks,
    private readonly cancels: MessageCancel,
    private readonly reader: MessageReader,
    private readonly jobs: BulkJobs,
    private readonly keys: IdempotencyKeys,
  ) {
    this.bulk = new BulkReader(intake, reader);
  }

  @Post()
  @HttpCode(202)
  @Sends()
  @RequireScope('messages:write', 'narrowed')
  @OwnIdempotency()
  @ApiOperation({
    operationId: 'sendMessage',
    summary: 'Send a message',
    description:
      'The message is stored and sent in the background, at the pace of its session. A key that is limited to sessions names one of them in `session_id`.',
  })
  @ApiResponse({ status: 202, description: 'Stored.', standardSchema: acceptedMessageSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such session.'))
  @ApiResponse(
    problemResponse(
      422,
      'invalid_message',
      'The message cannot be sent as it is, the key is limited to sessions and none is named (`session_required`), or the idempotency key was used for another message.',
    ),
  )
  async send(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Body({ schema: sendMessageBody }) body: SendMessageBody,
    @Headers('idempotency-key') key: string | undefined,
    @CurrentSessions() sessions: AllowedSessions,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof acceptedMessageSchema>> {
    const draft = this.reader.readOrThrow(tenant, body, idempotencyKeyOf(key));
    const { message, replayed } = await this.intake.accept(tenant.id, draft, sessions);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return acceptedView(message);
  }

  @Post('bulk')
  @HttpCode(202)
  @TakesRows({ lines: true })
  @Sends()
  @RequireScope('messages:write', 'narrowed')
  @OwnIdempotency()
  @ApiOperation({
    operationId: 'sendMessages',
    summary: 'Send many messages',
    description:
      'JSON up to 10,000 rows, or application/x-ndjson of any length (one message per line of at most 256 Ki characters; the response has one verdict per line, then a summary line). `atomic` stores all rows or none. With a key that is limited to sessions, each row names one of them in `session_id`; any other row is refused.',
  })
  @ApiBody({ standardSchema: bulkBody } as never)
  @ApiResponse({
    status: 202,
    description: 'One verdict per row; for a stream one line each, then one line with the summary or the error.',
    standardSchema: bulkVerdictsSchema,
  })
  @ApiResponse(
    problemResponse(
      422,
      'rows_refused',
      'A row was refused and the request was all-or-nothing, or the idempotency key was used for another request.',
    ),
  )
  async sendMany(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Req() request: FastifyRequest<{ Querystring: Record<string, string> }>,
    @Headers('idempotency-key') key: string | undefined,
    @CurrentSessions() sessions: AllowedSessions,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof bulkVerdictsSchema> | Readable> {
    const idempotencyKey = idempotencyKeyOf(key);
    if (request.body && typeof (request.body as { pipe?: unknown }).pipe === 'function') {
      const atomic = request.query.atomic === 'true';
      const group = await this.intake.openGroup(tenant.id, {
        ...(idempotencyKey && { idempotencyKey, requestHash: bulkHash({ ndjson: true, atomic }, sessions) }),
      });
      void reply.header('content-type', 'application/x-ndjson');
      if (group.replayed) void reply.header('idempotency-replayed', 'true');
      return Readable.from(this.bulk.stream(tenant, request.body as IncomingMessage, { groupId: group.groupId, atomic, sessions }));
    }
    const parsed = bulkBody.safeParse(request.body);
    if (!parsed.success) throw invalidBody(parsed.error.issues);
    return this.sendJson(tenant, parsed.data, sessions, idempotencyKey, reply);
  }

  private async sendJson(
    tenant: CurrentTenantInfo,
    body: BulkBody,
    sessions: AllowedSessions,
    idempotencyKey: string | undefined,
    reply: FastifyReply,
  ): Promise<z.input<typeof bulkVerdictsSchema>> {
    const group = await this.intake.openGroup(tenant.id, {
      ...(body.name && { name: body.name }),
      ...(idempotencyKey && { idempotencyKey, requestHash: bulkHash(body, sessions) }),
    });
    if (group.replayed) void reply.header('idempotency-replayed', 'true');
    return this.bulk.all(tenant, body, { groupId: group.groupId, atomic: body.atomic, sessions });
  }

  @Post('bulk-cancel')
  @HttpCode(202)
  @RequireScope('messages:write')
  @ApiOperation({
    operationId: 'startMessageCancel',
    summary: 'Cancel all waiting messages that match a filter',
    description: 'Starts a job. Messages accepted later are not cancelled. A whole bulk call or campaign is cancelled faster by its group.',
  })
  @ApiResponse({ status: 200, description: 'Number of messages, for a dry run.', standardSchema: matchingSchema })
  @ApiResponse(jobAnswer)
  @ApiResponse(countChanged)
  @ApiResponse(problemResponse(422, 'invalid_address', 'The address is not valid.'))
  async startCancel(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: bulkCancelBody }) body: z.output<typeof bulkCancelBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof jobSchema> | z.input<typeof matchingSchema>> {
    const { filter: given } = body;
    const filter = storedCancelFilter({
      state: given.state,
      class: given.class,
      sessionId: given.session_id,
      groupId: given.group_id,
      recipients: given.to === undefined ? undefined : withTwins([canonicalAddress(given.to, tenant.defaultCountry, 'filter/to')]),
      clientRef: given.client_ref,
      tag: given.tag,
      createdFrom: given.created_from,
      createdTo: given.created_to,
      ids: given.ids,
    });
    if (body.dry_run) {
      void reply.status(200);
      return { matching: await this.jobs.count(tenant.id, cancelVerb, filter) };
    }
    return jobView(await this.jobs.start(tenant.id, actor, { kind: cancelVerb, filter, expect: body.expect ?? 0, note: body.note }));
  }

  @Get()
  @RequireScope('messages:read', 'narrowed')
  @ApiOperation({
    operationId: 'listMessages',
    summary: 'List messages',
    description:
      'A page scans at most 10,000 messages of the requested recipient, group, reference or time. Where few of them have the state, class, session, tag or text, the page has fewer than `limit` messages, or none, and `next_cursor` continues: the list ends when it is null. Messages are ordered by the time at which their request, or the event of their rule, arrived; `created_from` finds messages that a rule created at most a day after its event.',
  })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: messagePage })
  @ApiResponse(problemResponse(422, 'invalid_address', 'The address is not valid.'))
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentSessions() sessions: AllowedSessions,
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
  ): Promise<z.input<typeof messagePage>> {
    const to = query.to === undefined ? undefined : withTwins([canonicalAddress(query.to, tenant.defaultCountry, 'to')]);
    const page = await this.queries.list(
      tenant.id,
      {
        ids: query.id,
        states: query.state,
        class: query.class,
        sessionId: query.session_id,
        sessionIds: sessions ? [...sessions] : undefined,
        groupId: query.group_id,
        recipients: to,
        clientRef: query.client_ref,
        idempotencyKey: query.idempotency_key,
        providerId: query.provider_id,
        tag: query.tag,
        text: query.text,
        createdFrom: query.created_from,
        createdTo: query.created_to,
      },
      query,
    );
    return pageView(page, summaryView);
  }

  @Get(':id')
  @RequireScope('messages:read', 'message')
  @ApiOperation({ operationId: 'getMessage', summary: 'Retrieve a message with its timeline' })
  @ApiResponse({ status: 200, description: 'The message.', standardSchema: messageDetailSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such message.'))
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentCaller() caller: ApiCaller,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof messageDetailSchema>> {
    return detailView(await this.queries.get(tenant.id, id, this.keys.hours), caller.scopes.has('callbacks:bodies'));
  }

  @Get(':id/hooks')
  @RequireScope('messages:read', 'message')
  @ApiOperation({
    operationId: 'listMessageHooks',
    summary: 'List the kept hooks about a message',
    description: `The newest ${maxHooksOfMessage} hooks of the provider that name the message, the newest last, as long as hooks are kept (\`HOOK_RETENTION_DAYS\`). They are searched from 5 minutes before to 10 seconds after each of its receipts, and 2 minutes from each call. Bodies are null for a key without the scope \`callbacks:bodies\`, since they contain texts and phone numbers; one body may report on several messages.`,
  })
  @ApiResponse({ status: 200, description: 'The hooks.', standardSchema: messageHooksSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such message.'))
  async hooks(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentCaller() caller: ApiCaller,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof messageHooksSchema>> {
    const { sessionId, keys, providerMessageId, timeline } = await this.queries.get(tenant.id, id, this.keys.hours);
    const hooks = await this.hooksOf.of({
      tenantId: tenant.id,
      sessionId,
      keyIds: keys.map(({ keyId }) => keyId),
      providerMessageId,
      calledAt: timeline.filter(({ to }) => to === 'calling').map(({ at }) => at),
      reportedAt: timeline.filter(({ from }) => from !== 'claimed' && from !== 'calling').map(({ at }) => at),
    });
    return messageHooksView(hooks, caller.scopes.has('callbacks:bodies'));
  }

  @Get(':id/why')
  @RequireScope('messages:read', 'message')
  @ApiOperation({ operationId: 'explainMessage', summary: 'Explain why a message waits, waited or failed' })
  @ApiResponse({ status: 200, description: 'The reasons.', standardSchema: whySchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such message.'))
  async why(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<z.input<typeof whySchema>> {
    const why = await this.explainer.why(tenant.id, id);
    const waited = await this.waits.of(tenant.id, id);
    return {
      state: why.state,
      cause: why.cause,
      detail: why.detail,
      waits_for: why.waitsFor,
      session_status: why.sessionStatus,
      held_reason: why.heldReason,
      may_duplicate: why.mayDuplicate,
      ahead: why.ahead,
      earliest_slot_at: why.earliestSlotAt?.toISOString() ?? null,
      waited: waited.map(({ reason, from, until, ahead }) => ({
        reason,
        from: from.toISOString(),
        until: until.toISOString(),
        duration_ms: until.getTime() - from.getTime(),
        ahead,
      })),
    };
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @RequireScope('messages:write', 'message')
  @ApiOperation({ operationId: 'cancelMessage', summary: 'Cancel a message that was not sent yet' })
  @ApiResponse({ status: 200, description: 'Cancelled.', standardSchema: messageDetailSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such message.'))
  @ApiResponse(problemResponse(409, 'too_late', 'It is too late to cancel the message.'))
  async cancel(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof messageDetailSchema>> {
    await this.cancels.cancel(tenant.id, actor, id);
    // Without what only some callers see: another key of the tenant may be shown this answer for the same idempotency key.
    return detailView(await this.queries.get(tenant.id, id, this.keys.hours), false);
  }
}
