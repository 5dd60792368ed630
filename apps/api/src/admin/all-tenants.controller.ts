import type { Readable } from 'node:stream';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { activeStates, type CampaignOfTenant, Campaigns } from '@heliograph/campaigns';
import { type CauseGroup, DeadLetters, openLettersByCause } from '@heliograph/dead-letters';
import { BulkJobs, BulkVerbs, Database, pageQuery } from '@heliograph/kernel';
import { LaneSettings, MessageCounts, MessageQueries } from '@heliograph/messaging';
import { type Permission, permissionsFor, type SignedIn } from '@heliograph/staff';
import { type Session, Sessions, Tenants } from '@heliograph/tenants';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { pageSchema, pageView } from '../http/page.view';
import { problemResponse } from '../http/problem.schema';
import { campaignSchema, campaignView, exampleCampaign } from '../public/campaigns/campaign.view';
import {
  exampleLetter,
  filterOf,
  letterCauseSchema,
  letterFile,
  letterFilters,
  letterFormat,
  letterSchema,
  letterState,
  view as letterView,
} from '../public/dead-letters/dead-letter.view';
import { exampleJob, jobSchema, jobView } from '../public/jobs/job.view';
import { healthDays } from '../public/lanes/lane-health.view';
import { exampleSummary, messageFilters, messageSummarySchema, summaryView } from '../public/messages/message.view';
import { exampleSession, listedOnly, listedSessionSchema, listedView, sessionFilters } from '../public/sessions/session.view';
import { CurrentSignIn, RequirePermission } from './person.guard';
import { tenantsRead, tenantsWith } from './tenant-scope';

const uuid = z.uuid();
const tenant_id = '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0';
const letterRow = letterSchema.extend({ tenant_id: uuid }).meta({ id: 'TenantDeadLetter', example: { ...exampleLetter, tenant_id } });
const letterPage = pageSchema(letterRow, {
  id: 'TenantDeadLetterPage',
  example: { data: [{ ...exampleLetter, tenant_id }], next_cursor: null },
});
const messageRow = messageSummarySchema
  .extend({ tenant_id: uuid })
  .meta({ id: 'TenantMessage', example: { ...exampleSummary, tenant_id } });
const messagePage = pageSchema(messageRow, {
  id: 'TenantMessagePage',
  example: { data: [{ ...exampleSummary, tenant_id }], next_cursor: null },
});
const sessionRow = listedSessionSchema.extend({ tenant_id: uuid }).meta({ id: 'TenantSession', example: { ...exampleSession, tenant_id } });
const tenantSessionPage = pageSchema(sessionRow, {
  id: 'TenantSessionPage',
  example: { data: [{ ...exampleSession, tenant_id }], next_cursor: null },
});
const campaignRow = campaignSchema.extend({ tenant_id: uuid }).meta({ id: 'TenantCampaign', example: { ...exampleCampaign, tenant_id } });
const tenantCampaignPage = pageSchema(campaignRow, {
  id: 'TenantCampaignPage',
  example: { data: [{ ...exampleCampaign, tenant_id }], next_cursor: null },
});
const causesSchema = z
  .object({
    data: z.array(
      letterCauseSchema.extend({
        tenants: z.array(z.object({ id: uuid, count: z.int() })).meta({ description: 'Tenants with such letters, the most first.' }),
      }),
    ),
  })
  .meta({
    id: 'TenantDeadLetterCauses',
    example: {
      data: [
        {
          kind: 'message',
          cause: 'invalid_recipient',
          count: 31,
          first_at: '2026-11-23T09:00:02.000Z',
          last_at: '2026-11-23T09:40:00.000Z',
          trend: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 9, 18],
          tenants: [{ id: tenant_id, count: 31 }],
        },
      ],
    },
  });
const letterQuery = z.strictObject({ ...letterFilters, state: letterState, ...pageQuery });
const letterExportQuery = z.strictObject({ ...letterFilters, state: letterState, format: letterFormat });
const jobRow = jobSchema.extend({ tenant_id: uuid }).meta({ id: 'TenantJob', example: { ...exampleJob, tenant_id } });
const openJobsSchema = z.object({ data: z.array(jobRow) }).meta({ id: 'TenantJobs', example: { data: [{ ...exampleJob, tenant_id }] } });
const oneState = activeStates.join('|');
const campaignQuery = z.strictObject({
  state: z
    .string()
    .regex(new RegExp(`^(${oneState})(,(${oneState}))*$`), 'states of a campaign that is not over, separated by commas')
    .transform((states) => states.split(',') as (typeof activeStates)[number][])
    .default([...activeStates])
    .meta({ description: 'One or more states, separated by commas. Absent: all of them.' }),
  tenant_id: uuid.toLowerCase().optional().meta({ description: 'One tenant; absent: all in which you may see campaigns.' }),
  ...pageQuery,
});
const messageQuery = z.strictObject({ ...messageFilters, ...pageQuery });
const sessionQuery = z.strictObject({
  ...sessionFilters,
  tenant_id: uuid.optional(),
  ...pageQuery,
});

/** Lists over all tenants that a person may see. One tenant at a time, `/v1` has the same lists with more filters. */
@ApiTags('staff')
@Controller('admin/v1')
export class AllTenantsController {
  constructor(
    private readonly db: Database,
    private readonly tenants: Tenants,
    private readonly letters: DeadLetters,
    private readonly messages: MessageQueries,
    private readonly sessions: Sessions,
    private readonly lanes: LaneSettings,
    private readonly counts: MessageCounts,
    private readonly campaigns: Campaigns,
    private readonly jobs: BulkJobs,
    private readonly verbs: BulkVerbs,
  ) {}

  @Get('dead-letters')
  @RequirePermission('dead_letters:read', { anyTenant: true })
  @ApiOperation({ operationId: 'listDeadLettersOfTenants', summary: 'List dead letters of all tenants' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: letterPage })
  async deadLetters(
    @CurrentSignIn() signedIn: SignedIn,
    @Query({ schema: letterQuery }) q: z.output<typeof letterQuery>,
  ): Promise<z.input<typeof letterPage>> {
    const page = await this.letters.listOf(await this.seenBy(signedIn, 'dead_letters:read'), { ...filterOf(q), state: q.state }, q);
    return pageView(page, (letter) => ({ ...letterView(letter), tenant_id: letter.tenantId }));
  }

  @Get('dead-letters/export')
  @RequirePermission('dead_letters:read', { anyTenant: true })
  @ApiOperation({
    operationId: 'exportDeadLettersOfTenants',
    summary: 'Export dead letters of all tenants that match a filter, as CSV or as one JSON object per line',
  })
  @ApiResponse({
    status: 200,
    description: 'The letters, newest first.',
    content: {
      'text/csv': { schema: { type: 'string' } },
      'application/x-ndjson': { schema: { $ref: '#/components/schemas/TenantDeadLetter' } },
    },
  })
  async exportLetters(
    @CurrentSignIn() signedIn: SignedIn,
    @Query({ schema: letterExportQuery }) q: z.output<typeof letterExportQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    const seen = await this.seenBy(signedIn, 'dead_letters:read');
    return letterFile(reply, q.format, this.letters.exportOf(seen, { ...filterOf(q), state: q.state }), true);
  }

  @Get('jobs')
  @RequirePermission('messages:read', { anyTenant: true })
  @ApiOperation({
    operationId: 'listOpenJobsOfTenants',
    summary: 'List jobs of bulk verbs of all tenants that wait or run',
    description: 'Jobs of dead letters also need `dead_letters:read`, jobs of callbacks `callbacks:read`, jobs of events `events:read`.',
  })
  @ApiResponse({ status: 200, description: 'Newest first, at most 100.', standardSchema: openJobsSchema })
  async openJobs(@CurrentSignIn() { person }: SignedIn): Promise<z.input<typeof openJobsSchema>> {
    const jobs = await this.jobs.open(tenantsWith(person.grants, 'messages:read'));
    const kindsIn = (tenantId: string) => this.verbs.readableWith(new Set(permissionsFor(person.grants, tenantId)));
    const seen = jobs.filter(({ tenantId, kind }) => kindsIn(tenantId).includes(kind));
    return { data: seen.map((job) => ({ ...jobView(job), tenant_id: job.tenantId })) };
  }

  @Get('dead-letters/causes')
  @RequirePermission('dead_letters:read', { anyTenant: true })
  @ApiOperation({ operationId: 'countDeadLettersOfTenantsByCause', summary: 'Count open dead letters of all tenants by cause' })
  @ApiResponse({ status: 200, description: 'Counts, the most first.', standardSchema: causesSchema })
  async causes(@CurrentSignIn() signedIn: SignedIn): Promise<z.input<typeof causesSchema>> {
    const groups = await openLettersByCause(this.db, tenantsWith(signedIn.person.grants, 'dead_letters:read'));
    return {
      data: [...Map.groupBy(groups, ({ kind, cause }) => `${kind}.${cause}`).values()].map(merged).sort((a, b) => b.count - a.count),
    };
  }

  @Get('messages')
  @RequirePermission('messages:read', { anyTenant: true })
  @ApiOperation({ operationId: 'listMessagesOfTenants', summary: 'List messages of all tenants' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: messagePage })
  async allMessages(
    @CurrentSignIn() signedIn: SignedIn,
    @Query({ schema: messageQuery }) q: z.output<typeof messageQuery>,
  ): Promise<z.input<typeof messagePage>> {
    const filter = { states: q.state, createdFrom: q.created_from, createdTo: q.created_to };
    const page = await this.messages.listOf(await this.seenBy(signedIn, 'messages:read'), filter, q);
    return pageView(page, (message) => ({ ...summaryView(message), tenant_id: message.tenantId }));
  }

  @Get('campaigns')
  @RequirePermission('campaigns:read', { anyTenant: true })
  @ApiOperation({
    operationId: 'listCampaignsOfTenants',
    summary: 'List campaigns of all tenants that are scheduled, run or are paused',
    description: 'In the order of their starts: with `state=scheduled`, the next one first.',
  })
  @ApiResponse({ status: 200, description: 'One page, by start.', standardSchema: tenantCampaignPage })
  @ApiResponse(problemResponse(404, 'not_found', 'No such tenant, or you may not see its campaigns.'))
  async activeCampaigns(
    @CurrentSignIn() { person }: SignedIn,
    @Query({ schema: campaignQuery }) { state, tenant_id: only, ...page }: z.output<typeof campaignQuery>,
  ): Promise<z.input<typeof tenantCampaignPage>> {
    const view = ({ tenantId, ...campaign }: CampaignOfTenant) => ({ ...campaignView(campaign), tenant_id: tenantId });
    return pageView(await this.campaigns.active(tenantsRead(person.grants, 'campaigns:read', only), state, page), view);
  }

  @Get('sessions')
  @RequirePermission('sessions:read', { anyTenant: true })
  @ApiOperation({ operationId: 'listSessionsOfTenants', summary: 'List sessions of all tenants, with their limits' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: tenantSessionPage })
  async allSessions(
    @CurrentSignIn() signedIn: SignedIn,
    @Query({ schema: sessionQuery }) { tenant_id: only, ...q }: z.output<typeof sessionQuery>,
  ): Promise<z.input<typeof tenantSessionPage>> {
    const seen = await this.seenBy(signedIn, 'sessions:read');
    const of = only === undefined ? seen : seen.filter((id) => id === only);
    const page = await this.sessions.listOf(of, { ...q, ids: listedOnly(null, q.due ? await this.lanes.due(of) : null) }, q);
    const ofTenants = [...Map.groupBy(page.rows, ({ tenantId }: Session) => tenantId)];
    const ofAll = async <V>(read: (tenantId: string, ids: string[]) => Promise<Map<string, V>>): Promise<Map<string, V>> => {
      const maps = ofTenants.map(([tenantId, rows]) =>
        read(
          tenantId,
          rows.map(({ id }) => id),
        ),
      );
      return new Map((await Promise.all(maps)).flatMap((some) => [...some]));
    };
    const lanes = await ofAll((tenantId, ids) => this.lanes.ofSessions(tenantId, ids));
    const figures = await ofAll((tenantId, ids) => this.counts.ofLanes(tenantId, ids, healthDays));
    return pageView(page, (session) => ({ ...listedView(session, lanes, figures), tenant_id: session.tenantId }));
  }

  private async seenBy({ person }: SignedIn, permission: Permission): Promise<string[]> {
    return tenantsWith(person.grants, permission) ?? (await this.tenants.ids());
  }
}

/** Returns one cause over several tenants; the groups come the most first. */
function merged(groups: CauseGroup[]): z.input<typeof causesSchema>['data'][number] {
  const { kind, cause, trend } = groups[0] as CauseGroup;
  return {
    kind,
    cause,
    count: groups.reduce((sum, { count }) => sum + count, 0),
    first_at: new Date(Math.min(...groups.map(({ firstAt }) => firstAt.getTime()))).toISOString(),
    last_at: new Date(Math.max(...groups.map(({ lastAt }) => lastAt.getTime()))).toISOString(),
    trend: trend.map((_, at) => groups.reduce((sum, group) => sum + (group.trend[at] ?? 0), 0)),
    tenants: groups.map(({ tenantId, count }) => ({ id: tenantId, count })),
  };
}
