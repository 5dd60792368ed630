import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '@heliograph/kernel';
import { CapPools, LaneSettings, sharingGroups, waitingInLanes } from '@heliograph/messaging';
import { classRank, type TenantSettings } from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import type { CampaignPace, CampaignSchedule } from '../campaign-body';
import { Campaigns } from '../campaigns.repository';
import { isKnownSql } from '../checks/known-numbers.repository';
import { NumberCheckFigures, type NumberFigures } from '../checks/number-figures.repository';
import { audienceOf } from '../launch/audience.repository';
import { launchContentOf } from '../launch/launch-content';
import { type CampaignOverlap, Overlaps } from '../launch/overlaps.repository';
import { type SkipReason, type VerdictInput, Verdicts, verdictSql } from '../launch/verdict.repository';
import { KnownZones } from '../time/known-zones.repository';
import type { QuietHours } from '../time/open-intervals';
import { type Forecast, forecast, type OtherLoad, type PlanCell, type PlanPool, type PlanSession } from './flight-plan';

/** A flight plan: a forecast of a campaign with those whom it leaves out. */
export interface FlightPlan extends Forecast {
  /** Hash of what a launch as planned would send, without the people and what else is sent. */
  hash: string;
  madeAt: Date;
  skips: Partial<Record<SkipReason, number>>;
  /** Other launched campaigns that reach people of the audience too. */
  overlaps: CampaignOverlap[];
  /** Null: a plan that was made before numbers were checked. */
  numberChecks: NumberFigures | null;
}

const broadcastRank = classRank('broadcast');

/** A campaign that takes lanes before its messages are stored. */
interface ComingCampaign {
  id: string;
  schedule: CampaignSchedule;
  pace: CampaignPace;
  cells: PlanCell[];
}

/** Makes flight plans, and keeps the latest of each campaign. */
@Injectable()
export class FlightPlans {
  constructor(
    private readonly db: Database,
    private readonly campaigns: Campaigns,
    private readonly verdicts: Verdicts,
    private readonly zones: KnownZones,
    private readonly lanes: LaneSettings,
    private readonly pools: CapPools,
    private readonly overlaps: Overlaps,
    private readonly checks: NumberCheckFigures,
  ) {}

  /**
   * Returns the plan of a campaign as it is now; of one that was launched, the last plan before the launch, if there was one.
   * @throws AppError not_found, unknown_source, invalid_selection
   */
  async get(tenantId: string, id: string): Promise<FlightPlan> {
    const campaign = await this.campaigns.get(tenantId, id);
    const stored = campaign.launchedAt === null ? null : await this.stored(tenantId, id);
    return stored ?? this.make(tenantId, campaign);
  }

  /** Returns the latest plan of a campaign; null: none was made. */
  async stored(tenantId: string, id: string): Promise<FlightPlan | null> {
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ plan: FlightPlan }>(`SELECT plan FROM campaign_plans WHERE tenant_id = $1 AND campaign_id = $2`, [tenantId, id]),
    );
    return row ? revived(row.plan) : null;
  }

  private async make(tenantId: string, campaign: Campaign): Promise<FlightPlan> {
    // First: of what changes meanwhile the hash is that of before, and a launch is refused.
    const { hash } = await launchContentOf(this.db, tenantId, campaign, this.verdicts);
    const input = await this.verdicts.inputOf(tenantId, campaign);
    const quiet = quietHoursOf(input.settings);
    const { cells, skips, known } = await this.peopleOf(tenantId, campaign, input, quiet);
    const sessions = await this.sessionsOf(tenantId, input, cells);
    const ids = sessions.map((session) => session.id);
    const { now, others } = await this.db.forTenant(tenantId, async (tx) => {
      const [row] = await tx.query<{ now: Date }>(`SELECT heliograph_now() AS now`);
      return { now: row?.now as Date, others: await othersOf(tx, tenantId, campaign.id, ids) };
    });
    const names = new Set(sessions.flatMap(({ lane }) => lane.capPool ?? []));
    const pools = (await this.pools.list(tenantId)).filter(({ name }) => names.has(name)).map(poolCaps);
    const { schedule, pace } = campaign;
    const made = await forecast({ now, schedule, pace, quiet, sessions, pools, cells, others });
    const sendable = cells.reduce((sum, { count }) => sum + count, 0);
    const plan: FlightPlan = {
      ...made,
      hash,
      madeAt: now,
      skips,
      numberChecks: await this.checks.of(tenantId, campaign, { sendable, known }),
      overlaps: await this.overlaps.of(tenantId, campaign),
    };
    // In a statement of its own: requests that read have connections that only read.
    await this.db.query(
      `INSERT INTO campaign_plans (tenant_id, campaign_id, made_at, plan, cells)
       SELECT c.tenant_id, c.id, $3, $4, $5 FROM campaigns c WHERE c.tenant_id = $1 AND c.id = $2
       ON CONFLICT (tenant_id, campaign_id) DO UPDATE SET made_at = excluded.made_at, plan = excluded.plan, cells = excluded.cells`,
      [tenantId, campaign.id, now, JSON.stringify(plan), JSON.stringify(cells)],
    );
    return plan;
  }

  /** Counts the people of the audience by verdict, and those who get a message by session and time zone. */
  private async peopleOf(
    tenantId: string,
    { schedule }: Campaign,
    input: VerdictInput,
    quiet: QuietHours | null,
  ): Promise<{ cells: PlanCell[]; skips: FlightPlan['skips']; known: number }> {
    const values: unknown[] = [tenantId];
    const isZoned = schedule.recipient_zone || schedule.start === 'local' || quiet !== null;
    const zoned = isZoned ? { ...input, zones: await this.zones.get() } : input;
    const verdicts = verdictSql(values, zoned, audienceOf(values, zoned));
    const days = `$${values.push(input.settings.number_checks.valid_days)}::int`;
    const rows = await this.db.inTurn(tenantId, () =>
      this.db.readQuery<{ reason: SkipReason | null; sessionId: string | null; zone: string | null; count: number; known: number }>(
        `SELECT v.reason, CASE WHEN v.reason IS NULL THEN v.session_id END AS "sessionId", CASE WHEN v.reason IS NULL THEN v.zone END AS zone, count(*)::int AS count,
           count(*) FILTER (WHERE v.reason IS NULL AND ${isKnownSql('v', days)})::int AS known
       -- Each verdict is computed once, however often it is read.
       FROM (${verdicts} OFFSET 0) v GROUP BY 1, 2, 3 ORDER BY 2, 3`,
        values,
      ),
    );
    return {
      cells: rows.flatMap(({ reason, sessionId, zone, count }) =>
        reason === null ? [{ sessionId: sessionId ?? '', zone: zone ?? schedule.time_zone, count }] : [],
      ),
      known: rows.reduce((sum, row) => sum + row.known, 0),
      skips: Object.fromEntries(rows.flatMap(({ reason, count }) => (reason === null ? [] : [[reason, count]]))),
    };
  }

  /** Returns the sessions that have people, with their lanes. */
  private async sessionsOf(tenantId: string, { sessions }: VerdictInput, cells: PlanCell[]): Promise<PlanSession[]> {
    const chosen = sessions.filter(({ id }) => cells.some(({ sessionId }) => sessionId === id));
    const lanes = await this.lanes.ofSessions(
      tenantId,
      chosen.map(({ id }) => id),
    );
    return Promise.all(
      chosen.map(async ({ id, name, usable }) => ({ id, name, usable, lane: lanes.get(id) ?? (await this.lanes.get(tenantId, id)) })),
    );
  }
}

/** Returns what else waits in lanes: messages, and people of other campaigns who are not messages yet. */
async function othersOf(tx: Sql, tenantId: string, ownId: string, sessionIds: string[]): Promise<OtherLoad[]> {
  const waiting = (await waitingInLanes(tx, tenantId, sessionIds)).filter(({ groupId }) => groupId !== ownId);
  const groupIds = [...new Set(waiting.flatMap(({ groupId }) => groupId ?? []))];
  const groups = await sharingGroups(tx, tenantId, groupIds);
  const schedules = new Map(
    (
      await tx.query<{ id: string; schedule: CampaignSchedule }>(
        `SELECT id, schedule FROM campaigns WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`,
        [tenantId, groupIds],
      )
    ).map(({ id, schedule }) => [id, schedule]),
  );
  const coming = await tx.query<ComingCampaign>(
    `SELECT c.id, c.schedule, c.pace, p.cells FROM campaigns c JOIN campaign_plans p ON p.tenant_id = c.tenant_id AND p.campaign_id = c.id
     WHERE c.tenant_id = $1 AND c.id <> $2 AND c.state = 'scheduled'`,
    [tenantId, ownId],
  );
  const now = new Date(0);
  return [
    ...waiting.map(({ sessionId, classRank: rank, groupId, zone, dueAt, count }) => ({
      sessionId,
      classRank: rank,
      count,
      dueAt,
      group: groupId === null ? null : (groups.get(groupId) ?? null),
      schedule: groupId === null ? null : (schedules.get(groupId) ?? null),
      zone,
    })),
    ...coming.flatMap(({ id, schedule, pace, cells }) =>
      cells
        .filter(({ sessionId }) => sessionIds.includes(sessionId))
        .map(({ sessionId, zone, count }) => ({
          sessionId,
          classRank: broadcastRank,
          count,
          dueAt: schedule.at ? new Date(schedule.at) : now,
          group: {
            id,
            weight: pace.weight,
            windowMs: pace.window_ms,
            windowLimit: pace.window_limit,
            dailyCap: pace.daily_cap,
            timeZone: schedule.time_zone,
            sentToday: 0,
          },
          schedule,
          zone,
        })),
    ),
  ];
}

/** Returns the quiet hours of a tenant that apply to broadcasts; null: none. */
function quietHoursOf({ quiet_hours: quiet }: TenantSettings): QuietHours | null {
  return quiet?.classes.includes('broadcast') ? { from: quiet.from, to: quiet.to } : null;
}

function poolCaps({
  name,
  hourlyCap,
  dailyCap,
  timeZone,
  leftThisHour,
  leftToday,
}: Awaited<ReturnType<CapPools['list']>>[number]): PlanPool {
  return {
    name,
    hourlyCap,
    dailyCap,
    timeZone,
    sentThisHour: hourlyCap === null || leftThisHour === null ? 0 : hourlyCap - leftThisHour,
    sentToday: dailyCap === null || leftToday === null ? 0 : dailyCap - leftToday,
  };
}

/** Returns a stored plan with its times as dates. */
function revived(plan: FlightPlan): FlightPlan {
  const date = (value: Date | null): Date | null => value && new Date(value);
  return {
    ...plan,
    // Plans of former versions have neither.
    numberChecks: (plan as Partial<FlightPlan>).numberChecks ?? null,
    overlaps: (plan as Partial<FlightPlan>).overlaps ?? [],
    madeAt: new Date(plan.madeAt),
    firstSendAt: date(plan.firstSendAt),
    lastSendAt: date(plan.lastSendAt),
    numbers: plan.numbers.map((number) => ({ ...number, lastSendAt: date(number.lastSendAt) })),
    faster: plan.faster.map((way) => ({ ...way, lastSendAt: date(way.lastSendAt) })),
  };
}
