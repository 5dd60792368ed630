import { Injectable } from '@nestjs/common';
import { AppError, Database, type Sql } from '@heliograph/kernel';
import { CapPools, LaneSettings, sharingGroups, waitingInLanes } from '@heliograph/messaging';
import { candidatesOf, classRank, type TenantSettings } from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import type { CampaignSchedule } from '../campaign-body';
import { campaignColumns, Campaigns, launchedSql } from '../campaigns.repository';
import { NumberCheckFigures, type NumberFigures } from '../checks/number-figures.repository';
import { isUnreadable } from '../launch/audience.repository';
import { scheduleOfRunSql } from '../launch/campaign-times.repository';
import { launchContentOf } from '../launch/launch-content';
import { type CampaignOverlap, Overlaps } from '../launch/overlaps.repository';
import { sharesOf, type SkipReason, skipsOf, type VerdictInput, Verdicts } from '../launch/verdict.repository';
import { KnownZones } from '../time/known-zones.repository';
import { isZoned, type QuietHours } from '../time/open-intervals';
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
  /** Paused campaigns through the same sessions, which the plan does not count in: nobody knows whether they are resumed. Null: an older plan. */
  pausedCampaigns: number | null;
}

const broadcastRank = classRank('broadcast');

/** A launched campaign that takes lanes with people whose messages are not stored yet. */
interface ComingCampaign extends Campaign {
  /** Its people by its own plan, or as they were counted before; null: neither is of what it is now. */
  cells: PlanCell[] | null;
  position: string;
  cutoff: string | null;
}

/** Campaigns without a plan whose people are counted, the latest first. */
const maxCounted = 20;

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
   * Returns the plan of a campaign as it is now; of one that was launched, the last plan before the launch.
   * @throws AppError not_found, no_plan, unknown_source, invalid_selection
   */
  async get(tenantId: string, id: string): Promise<FlightPlan> {
    const campaign = await this.campaigns.get(tenantId, id);
    if (campaign.launchedAt === null) return this.make(tenantId, campaign);
    const stored = await this.stored(tenantId, id);
    if (stored === null) throw new AppError('not_found', 'no_plan', 'The campaign was launched without a plan of what it is.');
    return stored;
  }

  /** Returns the latest plan of a campaign; null: none was made. */
  async stored(tenantId: string, id: string): Promise<FlightPlan | null> {
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ plan: FlightPlan }>(`SELECT plan FROM campaign_plans WHERE tenant_id = $1 AND campaign_id = $2`, [tenantId, id]),
    );
    return row ? revivedPlan(row.plan) : null;
  }

  private async make(tenantId: string, campaign: Campaign): Promise<FlightPlan> {
    // First: of what changes meanwhile the hash is that of before, and a launch is refused.
    const { hash } = await launchContentOf(this.db, tenantId, campaign, this.verdicts);
    const input = await this.verdicts.inputOf(tenantId, campaign);
    const quiet = quietHoursOf(input.settings);
    const { cells, skips, known } = await this.peopleOf(tenantId, campaign, input, quiet);
    const sessions = await this.sessionsOf(tenantId, input, cells);
    const ids = sessions.map((session) => session.id);
    const candidates = await candidatesOf(this.db, tenantId);
    const sharesLanes = (other: Pick<Campaign, 'numbers'>) => sharesOf(candidates, other.numbers).some((one) => ids.includes(one.id));
    const coming = await this.comingFor(tenantId, campaign.id, sharesLanes);
    const paused = (await this.pausedBeside(tenantId, campaign.id)).filter(sharesLanes);
    const { now, others } = await this.db.forTenant(tenantId, async (tx) => {
      const [row] = await tx.query<{ now: Date }>(`SELECT heliograph_now() AS now`);
      return { now: row?.now as Date, others: await othersOf(tx, tenantId, campaign.id, ids, coming) };
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
      pausedCampaigns: paused.length,
    };
    // Once it is launched, its people are judged as those who have the message. In a statement of its own: requests that read have connections that only read.
    await this.db.query(
      `INSERT INTO campaign_plans (tenant_id, campaign_id, made_at, plan, cells, version)
       SELECT c.tenant_id, c.id, $3, $4, $5, c.version FROM campaigns c
       WHERE c.tenant_id = $1 AND c.id = $2 AND c.version = $6 AND (c.launched_at IS NULL OR c.launched_at >= $3)
       ON CONFLICT (tenant_id, campaign_id) DO UPDATE SET made_at = excluded.made_at, plan = excluded.plan, cells = excluded.cells, version = excluded.version`,
      [tenantId, campaign.id, now, JSON.stringify(plan), JSON.stringify(cells), campaign.version],
    );
    return plan;
  }

  /**
   * Returns other campaigns with the people whose messages are not written yet: of their plans, or counted where there is none of what they are now.
   * @param sharesLanes true for a campaign through sessions of the plan; of others nobody is counted
   */
  private async comingFor(
    tenantId: string,
    ownId: string,
    sharesLanes: (other: Campaign) => boolean,
  ): Promise<(ComingCampaign & { cells: PlanCell[] })[]> {
    const campaigns = await this.db.forTenant(tenantId, (tx) =>
      tx.query<ComingCampaign>(
        `SELECT ${campaignColumns}, r.position, r.cutoff,
           CASE WHEN c.state = 'scheduled' THEN CASE c.version WHEN p.version THEN p.cells WHEN r.counted_version THEN r.counted_cells END END AS cells
         FROM ${launchedSql}
         LEFT JOIN campaign_plans p ON p.tenant_id = c.tenant_id AND p.campaign_id = c.id
         WHERE c.tenant_id = $1 AND c.id <> $2 AND c.state IN ('scheduled', 'processing') AND r.expanded_at IS NULL ORDER BY c.id DESC`,
        [tenantId, ownId],
      ),
    );
    const coming: (ComingCampaign & { cells: PlanCell[] })[] = [];
    let counted = 0;
    for (const campaign of campaigns.filter(sharesLanes)) {
      if (campaign.cells === null && ++counted > maxCounted) continue;
      coming.push({ ...campaign, cells: campaign.cells ?? (await this.unwrittenOf(tenantId, campaign)) });
    }
    return coming;
  }

  /** Returns the other campaigns that are paused. */
  private pausedBeside(tenantId: string, ownId: string): Promise<Pick<Campaign, 'numbers'>[]> {
    return this.db.forTenant(tenantId, (tx) =>
      tx.query(`SELECT numbers FROM campaigns WHERE tenant_id = $1 AND id <> $2 AND state = 'paused'`, [tenantId, ownId]),
    );
  }

  /**
   * Counts the people of a launched campaign whose messages are not written yet, and keeps those of one that is not started. Of an audience that cannot
   * be read there are none.
   */
  private async unwrittenOf(tenantId: string, campaign: ComingCampaign): Promise<PlanCell[]> {
    try {
      const input = await this.verdicts.inputOf(tenantId, campaign);
      const rest = campaign.run?.startedAt ? { ...input, cutoff: campaign.cutoff } : input;
      const { cells } = await this.peopleOf(tenantId, campaign, rest, quietHoursOf(input.settings), campaign.position);
      // Not while a chunk is written: the row is held by then, and the people are fewer.
      await this.db.query(
        `UPDATE campaign_runs SET counted_cells = $3, counted_version = $4 WHERE tenant_id = $1 AND campaign_id = (
           SELECT r.campaign_id FROM campaign_runs r WHERE r.tenant_id = $1 AND r.campaign_id = $2 AND r.started_at IS NULL FOR UPDATE SKIP LOCKED)`,
        [tenantId, campaign.id, JSON.stringify(cells), campaign.version],
      );
      return cells;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return [];
    }
  }

  /**
   * Counts the people of the audience by verdict, and those who get a message by session and time zone.
   * @param after contact after which people are counted; undefined: all
   */
  private async peopleOf(
    tenantId: string,
    { schedule }: Campaign,
    input: VerdictInput,
    quiet: QuietHours | null,
    after?: string,
  ): Promise<{ cells: PlanCell[]; skips: FlightPlan['skips']; known: number }> {
    const zoned = isZoned(schedule, quiet) ? { ...input, zones: await this.zones.get() } : input;
    const rows = await this.verdicts.countBy(tenantId, zoned, ['session_id', 'zone'], after);
    return {
      cells: rows.flatMap(({ reason, session_id: sessionId, zone, count }) =>
        reason === null ? [{ sessionId: sessionId ?? '', zone: zone ?? schedule.time_zone, count }] : [],
      ),
      known: rows.reduce((sum, row) => sum + row.known, 0),
      skips: skipsOf(rows),
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
async function othersOf(
  tx: Sql,
  tenantId: string,
  ownId: string,
  sessionIds: string[],
  coming: (ComingCampaign & { cells: PlanCell[] })[],
): Promise<OtherLoad[]> {
  const waiting = (await waitingInLanes(tx, tenantId, sessionIds)).filter(({ groupId }) => groupId !== ownId);
  const groupIds = [...new Set(waiting.flatMap(({ groupId }) => groupId ?? []))];
  const groups = await sharingGroups(tx, tenantId, groupIds);
  const schedules = new Map(
    (
      await tx.query<{ id: string; schedule: CampaignSchedule }>(
        `SELECT c.id, ${scheduleOfRunSql('c', 'r')} AS schedule FROM ${launchedSql}
         WHERE c.tenant_id = $1 AND c.id = ANY ($2::uuid[])`,
        [tenantId, groupIds],
      )
    ).map(({ id, schedule }) => [id, schedule]),
  );
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
          // Their schedule says when it begins.
          dueAt: new Date(0),
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
export function revivedPlan(plan: FlightPlan): FlightPlan {
  const date = (value: Date | null | undefined): Date | null => (value ? new Date(value) : null);
  return {
    ...plan,
    // Plans of former versions have none of these.
    pausedCampaigns: (plan as Partial<FlightPlan>).pausedCampaigns ?? null,
    numberChecks: (plan as Partial<FlightPlan>).numberChecks ?? null,
    overlaps: (plan as Partial<FlightPlan>).overlaps ?? [],
    missed: (plan as Partial<FlightPlan>).missed ?? 0,
    madeAt: new Date(plan.madeAt),
    firstSendAt: date(plan.firstSendAt),
    lastSendAt: date(plan.lastSendAt),
    days: plan.days.map((day) => ({ ...day, firstSendAt: date(day.firstSendAt), lastSendAt: date(day.lastSendAt) })),
    numbers: plan.numbers.map((number) => ({ ...number, lastSendAt: date(number.lastSendAt) })),
    faster: plan.faster.map((way) => ({ ...way, lastSendAt: date(way.lastSendAt) })),
  };
}
