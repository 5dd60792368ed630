import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Actor, actorSchema, type EntityTags, headerSecret, nothingToAudit, pageQuery, searchText } from '@heliograph/kernel';
import { LaneSettings, MessageCounts } from '@heliograph/messaging';
import { type AllowedSessions, expectedShare, type Session, type SessionFilter, Sessions } from '@heliograph/tenants';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageSchema, pageView } from '../../http/page.view';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { CurrentActor, CurrentSessions, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { healthDays } from '../lanes/lane-health.view';
import {
  exampleSession,
  listedOnly,
  listedSessionSchema,
  listedView,
  missing,
  newSessionSchema,
  phone,
  sessionAnswer,
  sessionFilters,
  sessionSchema,
  sessionView,
} from './session.view';

const exampleEvent = {
  id: '118',
  at: '2026-11-23T08:00:00.000Z',
  from: 'connecting',
  to: 'connected',
  raw_status: 'connected',
  reason: null,
  source: 'hook',
  actor: { kind: 'system' as const, id: 'hooks', name: 'hooks' },
};

const uuid = z.uuid();
const tags = z.array(z.string().min(1).max(64)).max(20);
const weight = z.int().min(0).max(1_000);

const addSessionBody = z
  .discriminatedUnion('mode', [
    z.strictObject({
      mode: z.literal('register'),
      api_key: headerSecret(8, 500),
      webhook_secret: headerSecret(8, 500).optional(),
      account_id: uuid.optional(),
      provider_session_id: z.string().min(1).max(64).optional().meta({
        description:
          'Id of the session at the provider. With `account_id` Heliograph sets its webhook there and switches its message log on, from which it learns unknown outcomes.',
      }),
      name: z.string().min(1).max(200).optional(),
      tags: tags.optional(),
      weight: weight.optional(),
    }),
    z.strictObject({
      mode: z.literal('create'),
      account_id: uuid,
      name: z.string().min(1).max(200),
      phone,
      account_protection: z.boolean().optional(),
      log_messages: z
        .boolean()
        .optional()
        .meta({ description: 'True (default): the provider keeps a log of messages, from which Heliograph learns unknown outcomes.' }),
      tags: tags.optional(),
      weight: weight.optional(),
    }),
  ])
  .meta({
    id: 'AddSession',
    example: { mode: 'create', account_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f', name: 'Acme UK main', phone: '+447700900001' },
  });
const changeSessionBody = z
  .strictObject({
    name: z.string().min(1).max(200).optional(),
    tags: tags.optional(),
    weight: weight.optional(),
    api_key: headerSecret(8, 500).optional(),
  })
  .meta({ id: 'ChangeSession', example: { name: 'Acme UK main', tags: ['uk', 'sales'] } });
const listQuery = z.strictObject({
  ...sessionFilters,
  tag: searchText(64).optional(),
  include: z.enum(['lane']).optional().meta({ description: '`lane`: each session with its limits, what is left of them, and its health.' }),
  ...pageQuery,
});
const manyBody = z
  .strictObject({
    filter: z
      .strictObject({
        ids: z.array(uuid).min(1).max(1_000).optional(),
        status: sessionFilters.status,
        tag: searchText(64).optional(),
        search: sessionFilters.search,
        sending: z.literal(true).optional().meta({ description: 'Only sessions that may send now: connected and not held.' }),
        due: z.literal(true).optional().meta({ description: 'Only sessions that have a message due now.' }),
      })
      .meta({ description: 'Sessions that match all members; an empty filter: every session.' }),
    expect: z
      .int()
      .min(0)
      .optional()
      .meta({
        description: `Number of matches that you saw; required unless dry_run is true. When the real number differs by more than ${expectedShare * 100} %, the answer is 409 and nothing is changed.`,
      }),
    dry_run: z.boolean().default(false).meta({ description: 'True: the matches are counted, and nothing is changed.' }),
  })
  .refine((body) => body.dry_run || body.expect !== undefined, { message: 'Name the number of matches that you saw.', path: ['expect'] })
  .meta({ id: 'SessionsByFilter', example: { filter: { tag: 'uk' }, expect: 12 } });
const manySchema = z
  .object({ matched: z.int(), changed: z.int().meta({ description: 'Matches that were not in this state before.' }) })
  .meta({ id: 'SessionsChanged', example: { matched: 12, changed: 11 } });
const countChanged = problemResponse(409, 'count_changed', 'The filter matches another number of sessions than expected.');

const eventsQuery = z.strictObject(pageQuery);
const eventSchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    from: z.string(),
    to: z.string(),
    raw_status: z.string().nullable(),
    reason: z.string().nullable(),
    source: z.string(),
    actor: actorSchema.nullable().meta({ description: 'Null: an API key did it before names were recorded.' }),
  })
  .meta({ id: 'SessionEvent', example: exampleEvent });

/** Editable members. */
const editedSession = ({ id, name, tags, weight }: Session) => [id, name, tags, weight];
const providerSaysNo = problemResponse(422, 'provider_refused', 'The provider refused the request.');

const sessionPage = pageSchema(listedSessionSchema, { id: 'SessionPage', example: { data: [exampleSession], next_cursor: null } });
const sessionEventPage = pageSchema(eventSchema, { id: 'SessionEventPage', example: { data: [exampleEvent], next_cursor: null } });

/** WhatsApp numbers: register, create, link and delete them. */
@ApiTags('sessions')
@Controller('v1/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: Sessions,
    private readonly lanes: LaneSettings,
    private readonly counts: MessageCounts,
  ) {}

  @Post()
  @HttpCode(201)
  @RequireScope('sessions:manage')
  @ApiOperation({ operationId: 'addSession', summary: 'Create a session from an API key, or create one at the provider' })
  @ApiResponse({ status: 201, description: 'Stored.', standardSchema: newSessionSchema })
  @ApiResponse(problemResponse(409, 'session_already_registered', 'The session is registered already.'))
  @ApiResponse(providerSaysNo)
  async add(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: addSessionBody }) body: z.output<typeof addSessionBody>,
  ): Promise<z.input<typeof newSessionSchema>> {
    const common = { ...(body.tags && { tags: body.tags }), ...(body.weight !== undefined && { weight: body.weight }) };
    const { session, hookUrl } =
      body.mode === 'register'
        ? await this.sessions.register(tenant.id, actor, {
            apiKey: body.api_key,
            ...(body.webhook_secret && { webhookSecret: body.webhook_secret }),
            ...(body.account_id && { accountId: body.account_id }),
            ...(body.provider_session_id && { providerSessionId: body.provider_session_id }),
            ...(body.name && { name: body.name }),
            ...common,
          })
        : await this.sessions.create(tenant.id, actor, {
            accountId: body.account_id,
            name: body.name,
            phone: body.phone,
            ...(body.account_protection !== undefined && { accountProtection: body.account_protection }),
            ...(body.log_messages !== undefined && { logMessages: body.log_messages }),
            ...common,
          });
    return { session: sessionView(session), hook_url: hookUrl };
  }

  @Get()
  @RequireScope('sessions:read', 'narrowed')
  @ApiOperation({ operationId: 'listSessions', summary: 'List sessions' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: sessionPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentSessions() sessions: AllowedSessions,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof sessionPage>> {
    const ids = listedOnly(sessions, q.due ? await this.lanes.due([tenant.id]) : null);
    const page = await this.sessions.list(tenant.id, { ...q, ids }, q);
    if (q.include !== 'lane') return pageView(page, sessionView);
    const shown = page.rows.map(({ id }) => id);
    const [lanes, figures] = await Promise.all([
      this.lanes.ofSessions(tenant.id, shown),
      this.counts.ofLanes(tenant.id, shown, healthDays),
    ]);
    return pageView(page, (session) => listedView(session, lanes, figures));
  }

  @Post('pause')
  @HttpCode(200)
  @RequireScope('sessions:manage')
  @ApiOperation({ operationId: 'pauseSessions', summary: 'Pause all sessions that match a filter' })
  @ApiResponse({ status: 200, description: 'How many.', standardSchema: manySchema })
  @ApiResponse(countChanged)
  pauseMany(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: manyBody }) body: z.output<typeof manyBody>,
  ): Promise<z.input<typeof manySchema>> {
    return this.setPaused(tenant.id, actor, body, true);
  }

  @Post('resume')
  @HttpCode(200)
  @RequireScope('sessions:manage')
  @ApiOperation({ operationId: 'resumeSessions', summary: 'Resume all sessions that match a filter' })
  @ApiResponse({ status: 200, description: 'How many.', standardSchema: manySchema })
  @ApiResponse(countChanged)
  resumeMany(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: manyBody }) body: z.output<typeof manyBody>,
  ): Promise<z.input<typeof manySchema>> {
    return this.setPaused(tenant.id, actor, body, false);
  }

  @Get(':id')
  @RequireScope('sessions:read', 'session')
  @ApiOperation({ operationId: 'getSession', summary: 'A session' })
  @ApiResponse(tagged(sessionAnswer))
  @ApiResponse(missing)
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof sessionSchema>> {
    return sessionView(tags.show(editedSession, await this.sessions.get(tenant.id, id)));
  }

  @Patch(':id')
  @TakesIfMatch()
  @RequireScope('sessions:manage')
  @ApiOperation({ operationId: 'updateSession', summary: 'Update a session: name, tags, weight, or API key' })
  @ApiResponse(tagged(sessionAnswer))
  @ApiResponse(missing)
  @ApiResponse(providerSaysNo)
  async change(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: changeSessionBody }) body: z.output<typeof changeSessionBody>,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof sessionSchema>> {
    const changes = {
      ...(body.name && { name: body.name }),
      ...(body.tags && { tags: body.tags }),
      ...(body.weight !== undefined && { weight: body.weight }),
      ...(body.api_key && { apiKey: body.api_key }),
    };
    return sessionView(tags.show(editedSession, await this.sessions.update(tenant.id, actor, id, changes, tags.guard(editedSession))));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('sessions:manage')
  @ApiOperation({ operationId: 'deleteSession', summary: 'Delete a session; its history stays' })
  @ApiResponse({ status: 204, description: 'Gone.' })
  @ApiResponse(missing)
  async delete(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<void> {
    await this.sessions.delete(tenant.id, actor, id);
  }

  @Get(':id/events')
  @RequireScope('sessions:read', 'session')
  @ApiOperation({
    operationId: 'listSessionEvents',
    summary: 'List status changes and settings changes of a session and its lane, newest first',
  })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: sessionEventPage })
  @ApiResponse(missing)
  async events(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: eventsQuery }) q: z.output<typeof eventsQuery>,
  ): Promise<z.input<typeof sessionEventPage>> {
    return pageView(await this.sessions.events(tenant.id, id, q), (e) => ({
      id: e.id,
      at: e.at.toISOString(),
      from: e.fromStatus,
      to: e.toStatus,
      raw_status: e.rawStatus,
      reason: e.reason,
      source: e.source,
      actor: e.actor,
    }));
  }

  private async setPaused(tenantId: string, actor: Actor, { filter, expect, dry_run }: z.output<typeof manyBody>, paused: boolean) {
    const ids = listedOnly(filter.ids ?? null, filter.due ? await this.lanes.due([tenantId]) : null);
    const given: SessionFilter = {
      ...(ids && { ids }),
      ...(filter.sending && { sending: true }),
      ...(filter.status && { status: filter.status }),
      ...(filter.tag && { tag: filter.tag }),
      ...(filter.search && { search: filter.search }),
    };
    if (dry_run) nothingToAudit();
    return this.sessions.setPausedMany(tenantId, actor, given, paused, dry_run ? null : (expect ?? 0));
  }
}
