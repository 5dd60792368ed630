import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { openLettersByCause } from '@heliograph/dead-letters';
import { AppError, Database, instant, ProcessReports } from '@heliograph/kernel';
import { lanesDueOf, MessageCounts, oldestDueOf, quarterMs, throttledSince, workersAlive } from '@heliograph/messaging';
import { may, type SignedIn } from '@heliograph/staff';
import { countSessions, Tenants } from '@heliograph/tenants';
import { callTimes, hookAnswerTimes } from '@heliograph/webhooks';
import { z } from 'zod';
import { problemResponse } from '../../http/problem.schema';
import { CurrentSignIn, RequirePermission } from '../person.guard';
import { namesOf, tenantsRead, tenantsWithin } from '../tenant-scope';
import { Alerts, installationNeeds, seenBy } from './alerts';
import { alertsSchema, alertsView, countsView, overviewSchema, sumOf, throttledSchema, trafficSchema } from './overview.view';

const dayMs = 24 * 60 * 60_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Days back that may be asked for. */
const maxDays = 31;

const tenantQuery = {
  tenant_id: z.uuid().toLowerCase().optional().meta({ description: 'One tenant; absent: all in which you may see this.' }),
};
const fromQuery = {
  from: instant
    .transform((text) => new Date(text))
    .optional()
    .meta({
      description: 'Begin, at most 31 days ago, rounded down to a quarter of an hour. Absent: midnight in UTC.',
    }),
};
const alertsQuery = z.strictObject(tenantQuery);
const overviewQuery = z.strictObject({ ...tenantQuery, ...fromQuery });

const noTenant = problemResponse(404, 'not_found', 'No such tenant, or you may not see its overview.');

/**
 * Returns the begin of the quarter of an hour in which a time lies; without a time, the begin of the day in UTC.
 * @throws AppError `out_of_range`
 */
export function beginOf(from: Date | undefined, now = Date.now()): Date {
  const at = from?.getTime() ?? now - (now % dayMs);
  if (at < now - maxDays * dayMs || at > now + dayMs)
    throw new AppError('invalid', 'out_of_range', `The time is within the last ${maxDays} days.`, { path: 'from' });
  return new Date(at - (at % quarterMs));
}

/** Returns the length in minutes of a step of a chart over a range of so many ms. */
function stepOf(ms: number): number {
  if (ms <= 26 * hourMs) return 5;
  return ms <= 8 * dayMs ? 60 : 360;
}

/** Serves the figures of the overview, for all tenants of a person or for one. Reads counters, never messages. */
@ApiTags('staff')
@Controller('admin/v1')
export class OverviewController {
  constructor(
    private readonly db: Database,
    private readonly counts: MessageCounts,
    private readonly tenants: Tenants,
    private readonly alerts: Alerts,
    private readonly processes: ProcessReports,
  ) {}

  @Get('alerts')
  @RequirePermission('overview:read', { anyTenant: true })
  @ApiOperation({
    operationId: 'listAlerts',
    summary: 'List what waits for a person',
    description: 'The most urgent first. Alerts of a kind whose records you may not read are left out.',
  })
  @ApiResponse({ status: 200, description: 'All alerts.', standardSchema: alertsSchema })
  @ApiResponse(noTenant)
  async listAlerts(
    @CurrentSignIn() { person }: SignedIn,
    @Query({ schema: alertsQuery }) query: z.output<typeof alertsQuery>,
  ): Promise<z.input<typeof alertsSchema>> {
    const tenants = tenantsRead(person.grants, 'overview:read', query.tenant_id);
    const { alerts, counts } = seenBy(person.grants, await this.alerts.find(tenants));
    return alertsView({ alerts: await this.alerts.counted(alerts), counts });
  }

  @Get('overview')
  @RequirePermission('overview:read', { anyTenant: true })
  @ApiOperation({
    operationId: 'getOverview',
    summary: 'Count the messages by tenant and outcome, and show the state of the engine',
    description: 'Each message is in exactly one count. Counts follow the messages within a second or two.',
  })
  @ApiResponse({ status: 200, description: 'The counts.', standardSchema: overviewSchema })
  @ApiResponse(problemResponse(400, 'out_of_range', '`from` is too long ago, or in the future.'))
  @ApiResponse(noTenant)
  async get(
    @CurrentSignIn() { person }: SignedIn,
    @Query({ schema: overviewQuery }) query: z.output<typeof overviewQuery>,
  ): Promise<z.input<typeof overviewSchema>> {
    const { grants } = person;
    const tenants = tenantsRead(grants, 'overview:read', query.tenant_id);
    const letters = tenantsWithin(grants, 'dead_letters:read', query.tenant_id);
    const called = tenantsWithin(grants, 'callbacks:read', query.tenant_id);
    const from = beginOf(query.from);
    const now = new Date();
    const [outcomes, names, countedFrom, hasAny, workers, oldest, due, throttled, sessions, causes, calls, installation] =
      await Promise.all([
        this.counts.outcomes(tenants, from),
        namesOf(this.tenants, tenants),
        this.counts.countedFrom(),
        this.counts.hasAny(tenants),
        workersAlive(this.db),
        oldestDueOf(this.db, tenants),
        lanesDueOf(this.db, tenants),
        this.counts.flow(tenants, new Date(now.getTime() - hourMs), now, 60),
        countSessions(this.db, tenants),
        letters?.length === 0 ? null : openLettersByCause(this.db, letters),
        called?.length === 0 ? null : callTimes(this.db, called),
        may(grants, installationNeeds, null) ? this.installation() : null,
      ]);
    return {
      at: now.toISOString(),
      from: from.toISOString(),
      counted_from: countedFrom?.toISOString() ?? null,
      has_traffic: hasAny || countedFrom !== null,
      totals: countsView(sumOf(outcomes.values())),
      clients: names.map(({ id, name }) => ({ tenant_id: id, name, ...countsView(outcomes.get(id)) })),
      engine: {
        workers_alive: workers,
        oldest_due_seconds: oldest,
        lanes_due: due,
        throttled_last_hour: throttled.reduce((sum, point) => sum + point.throttled, 0),
        open_dead_letters: causes && causes.reduce((sum, { count }) => sum + count, 0),
        sessions: sessions.all,
        sessions_sending: sessions.sending,
        callbacks: calls && { calls: calls.calls, p95_ms: calls.p95Ms },
        installation,
      },
    };
  }

  /** Returns what concerns all tenants: how long hooks took to be answered, and the loops that fail in some process. */
  private async installation(): Promise<z.input<typeof overviewSchema>['engine']['installation']> {
    const [hooks, failing] = await Promise.all([hookAnswerTimes(this.db), this.processes.failing()]);
    return {
      hooks: { answered: hooks.answered, p50_ms: hooks.p50Ms, p95_ms: hooks.p95Ms, p99_ms: hooks.p99Ms },
      failing_loops: failing.map(({ since, ...loop }) => ({ ...loop, since: since.toISOString() })),
    };
  }

  @Get('overview/throttled')
  @RequirePermission('overview:read', { anyTenant: true })
  @ApiOperation({
    operationId: 'listThrottledSessions',
    summary: 'List sessions whose calls the provider refused with 429 in the last hour',
  })
  @ApiResponse({ status: 200, description: 'Counts by session.', standardSchema: throttledSchema })
  @ApiResponse(noTenant)
  async throttled(
    @CurrentSignIn() { person }: SignedIn,
    @Query({ schema: alertsQuery }) query: z.output<typeof alertsQuery>,
  ): Promise<z.input<typeof throttledSchema>> {
    // Counters are of whole minutes.
    const since = new Date(Math.ceil((Date.now() - hourMs) / minuteMs) * minuteMs);
    const sessions = await throttledSince(this.db, tenantsRead(person.grants, 'overview:read', query.tenant_id), since);
    return {
      data: sessions.map(({ tenantId, sessionId, name, count, lastAt }) => ({
        tenant_id: tenantId,
        session_id: sessionId,
        name,
        count,
        last_at: lastAt.toISOString(),
      })),
    };
  }

  @Get('overview/traffic')
  @RequirePermission('overview:read', { anyTenant: true })
  @ApiOperation({ operationId: 'getTraffic', summary: 'Show how many messages were sent, delivered and failed over time' })
  @ApiResponse({ status: 200, description: 'Points in the order of time.', standardSchema: trafficSchema })
  @ApiResponse(problemResponse(400, 'out_of_range', '`from` is too long ago, or in the future.'))
  @ApiResponse(noTenant)
  async traffic(
    @CurrentSignIn() { person }: SignedIn,
    @Query({ schema: overviewQuery }) query: z.output<typeof overviewQuery>,
  ): Promise<z.input<typeof trafficSchema>> {
    const tenants = tenantsRead(person.grants, 'overview:read', query.tenant_id);
    const from = beginOf(query.from);
    const to = new Date();
    const step = stepOf(to.getTime() - from.getTime());
    const weekBefore = (at: Date) => new Date(at.getTime() - 7 * dayMs);
    const [points, before] = await Promise.all([
      this.counts.flow(tenants, from, to, step),
      // The whole day: the line shows what is still to come.
      step === 5 ? this.counts.flow(tenants, weekBefore(from), new Date(weekBefore(from).getTime() + dayMs), step) : [],
    ]);
    const view = ({ at, sent, delivered, failed }: (typeof points)[number]) => ({ at: at.toISOString(), sent, delivered, failed });
    return {
      from: from.toISOString(),
      to: to.toISOString(),
      step_minutes: step,
      points: points.map(view),
      week_before: before.map(view),
    };
  }
}
