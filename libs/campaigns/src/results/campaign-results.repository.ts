import { Injectable } from '@nestjs/common';
import { reasonOf } from '@heliograph/dead-letters';
import { Database, type Sql } from '@heliograph/kernel';
import {
  type GroupAnswers,
  groupAnswersOf,
  type GroupCause,
  groupCausesOf,
  type GroupFlowPoint,
  groupFlowOf,
  groupFlowSpan,
  type GroupLane,
  groupLanesOf,
  groupRateOf,
  groupStateCountsOf,
} from '@heliograph/messaging';
import { sessionStates } from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import { launchedSql, readCampaign } from '../campaigns.repository';
import { scheduleOfRunSql, type TimedRun } from '../launch/campaign-times.repository';
import { minuteMs } from '../time/zone-clock';
import { endOfWork, estimatedZones } from './estimated-end';
import { type CampaignCell, campaignCells, type FailedKind, failedKinds, type LeftOutKind, statesOf } from './outcome-cells';
import { type RuleFigures, ruleFiguresOf } from './stop-rules.repository';

/** Number of a campaign that sent something, by name. */
export interface CampaignNumber extends GroupLane {
  name: string;
  /** Share of what left, from 0 to 1. */
  share: number;
}

/** Figures of a campaign. The counts add up to the audience. */
export interface CampaignResults {
  campaign: Campaign;
  countedAt: Date;
  audience: number;
  counts: Record<CampaignCell, number>;
  /** Messages of `waiting` whose outcome is unknown. */
  uncertain: number;
  failed: Record<FailedKind, number>;
  leftOut: Record<LeftOutKind, number>;
  /** People left out by the launch, by reason. */
  skips: Record<string, number>;
  ratePerMinute: number;
  estimatedEndAt: Date | null;
  /** People left out beyond those of the plan before the launch: by the launch, or suppressed after it; null: there is no plan. */
  leftOutSincePlan: number | null;
  /** The same by reason; a person whose reason is another than in the plan counts under the new one, so that these may be more. */
  skippedSincePlan: Record<string, number> | null;
  /** End by the plan before the launch; null: there is no plan. */
  plannedEndAt: Date | null;
  numbers: CampaignNumber[];
  answers: GroupAnswers;
  /** Stop rules with their figures now. */
  rules: RuleFigures[];
}

/** Why messages of a campaign failed or ended unsent, with what to do. */
export interface CampaignFailure extends GroupCause {
  text: string | null;
  whatToDo: string | null;
  /** True when sending again may help. */
  retryHelps: boolean;
}

/** Messages that left by time. */
export interface CampaignSeries {
  stepMinutes: number;
  points: GroupFlowPoint[];
}

/** Points of a series at most; a longer time is shown in longer steps. */
const maxPoints = 500;
/** Lengths of a step, in minutes. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720];
const maxStep = 1_440;

/** Reads the figures of campaigns from counters; no statement reads the messages. */
@Injectable()
export class CampaignResultsReader {
  constructor(private readonly db: Database) {}

  /** @throws AppError not_found */
  results(tenantId: string, id: string): Promise<CampaignResults> {
    return this.db.forTenant(tenantId, (tx) => readResults(tx, tenantId, id));
  }

  /** Returns what left by time, in steps of a minute or longer. @throws AppError not_found */
  series(tenantId: string, id: string, stepMinutes?: number): Promise<CampaignSeries> {
    return this.db.forTenant(tenantId, async (tx) => {
      await readCampaign(tx, tenantId, id);
      return readSeries(tx, tenantId, id, stepMinutes);
    });
  }

  /** Returns why messages failed or ended unsent, most first. @throws AppError not_found */
  failures(tenantId: string, id: string): Promise<CampaignFailure[]> {
    return this.db.forTenant(tenantId, async (tx) => {
      await readCampaign(tx, tenantId, id);
      return (await groupCausesOf(tx, tenantId, id)).map(explained);
    });
  }
}

/** @throws AppError not_found */
export async function readResults(tx: Sql, tenantId: string, id: string): Promise<CampaignResults> {
  const campaign = await readCampaign(tx, tenantId, id);
  const [now] = await tx.query<{ at: Date }>(`SELECT heliograph_now() AS at`);
  const states = await groupStateCountsOf(tx, tenantId, id);
  const skips = await skipsOf(tx, tenantId, id);
  const skipped = sumOf(skips);
  const counts = Object.fromEntries(
    campaignCells.map((cell) => [cell, statesOf[cell].reduce((sum, state) => sum + states[state], cell === 'left_out' ? skipped : 0)]),
  ) as Record<CampaignCell, number>;
  const ratePerMinute = await groupRateOf(tx, tenantId, id);
  const plan = await planOf(tx, tenantId, campaign);
  return {
    campaign,
    countedAt: (now as { at: Date }).at,
    audience: sumOf(counts),
    counts,
    uncertain: states.uncertain,
    failed: Object.fromEntries(failedKinds.map((kind) => [kind, states[kind]])) as Record<FailedKind, number>,
    leftOut: { skipped, suppressed: states.suppressed },
    skips,
    ratePerMinute,
    estimatedEndAt: await estimatedEndOf(tx, tenantId, campaign, (now as { at: Date }).at, counts.waiting / ratePerMinute),
    leftOutSincePlan: plan && Math.max(0, skipped + states.suppressed - sumOf(plan.skips)),
    skippedSincePlan: plan && sincePlan(addedUp(skips, await suppressedOf(tx, tenantId, id, states.suppressed)), plan.skips),
    plannedEndAt: plan?.endAt ?? null,
    numbers: await numbersOf(tx, tenantId, id),
    answers: await groupAnswersOf(tx, tenantId, id),
    rules: await ruleFiguresOf(tx, tenantId, campaign),
  };
}

/** Returns what left by time. Without a step, the shortest that gives a number of points that a chart can show. */
export async function readSeries(tx: Sql, tenantId: string, id: string, stepMinutes?: number): Promise<CampaignSeries> {
  const span = await groupFlowSpan(tx, tenantId, id);
  if (!span) return { stepMinutes: stepMinutes ?? 1, points: [] };
  const minutes = (span.to.getTime() - span.from.getTime()) / 60_000 + 1;
  const needed = steps.find((step) => minutes / step <= maxPoints) ?? maxStep;
  const step = Math.max(stepMinutes ?? 1, needed);
  const end = new Date(span.to.getTime() + 60_000);
  return { stepMinutes: step, points: await groupFlowOf(tx, tenantId, id, span.from, end, step) };
}

/** Returns the people that the launch left out, by reason. */
export async function skipsOf(tx: Sql, tenantId: string, id: string): Promise<Record<string, number>> {
  const rows = await tx.query<{ reason: string; count: number }>(
    `SELECT reason, count::int AS count FROM campaign_skip_counts WHERE tenant_id = $1 AND campaign_id = $2 ORDER BY 2 DESC, 1`,
    [tenantId, id],
  );
  return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
}

/** Adds what to do to a cause. */
export function explained(cause: GroupCause): CampaignFailure {
  const reason = reasonOf(cause.cause);
  return {
    ...cause,
    text: reason?.text ?? null,
    whatToDo: reason?.whatToDo ?? null,
    retryHelps: cause.state === 'failed' && (reason?.redriveHelps ?? true),
  };
}

async function planOf(
  tx: Sql,
  tenantId: string,
  { id, run }: Campaign,
): Promise<{ endAt: Date | null; skips: Record<string, number> } | null> {
  if (run === null) return null;
  const [row] = await tx.query<{ endAt: Date | null; skips: Record<string, number> }>(
    `SELECT (plan->>'lastSendAt')::timestamptz AS "endAt", plan->'skips' AS skips FROM campaign_plans WHERE tenant_id = $1 AND campaign_id = $2`,
    [tenantId, id],
  );
  return row ?? null;
}

/** Causes at the claim that have another name in the verdict. */
const verdictOf: Record<string, string> = { bad_number: 'not_on_whatsapp', agency_suppressed: 'suppressed' };

/** Returns the people who were left out after the launch, by the reason that the launch would have had. @param count their number */
async function suppressedOf(tx: Sql, tenantId: string, id: string, count: number): Promise<Record<string, number>> {
  if (count === 0) return {};
  const causes = (await groupCausesOf(tx, tenantId, id)).filter(({ state }) => state === 'suppressed');
  return causes.reduce((sum, one) => addedUp(sum, { [verdictOf[one.cause] ?? one.cause]: one.count }), {});
}

/** Adds up counts by name. */
const addedUp = (one: Record<string, number>, other: Record<string, number>): Record<string, number> =>
  Object.entries(other).reduce((sum, [name, count]) => ({ ...sum, [name]: (sum[name] ?? 0) + count }), one);

/** Returns the people by reason who are left out, and were not by the plan. */
const sincePlan = (leftOut: Record<string, number>, planned: Record<string, number>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(leftOut).flatMap(([reason, count]) =>
      count > (planned[reason] ?? 0) ? [[reason, count - (planned[reason] ?? 0)]] : [],
    ),
  );

/**
 * Returns when a running campaign ends if it goes on as in the last minutes while its schedule is open; null: it is not known.
 * @param minutes time that the messages that wait take, in open time
 */
async function estimatedEndOf(tx: Sql, tenantId: string, { id, state }: Campaign, now: Date, minutes: number): Promise<Date | null> {
  if (state !== 'processing' || !(minutes > 0 && minutes < Infinity)) return null;
  // The plan knows where its people are; the messages are not read.
  const [run] = await tx.query<Pick<TimedRun, 'schedule' | 'quiet'> & { zones: string[] }>(
    `SELECT ${scheduleOfRunSql('c', 'r')} AS schedule, r.quiet, ARRAY(
       SELECT cell->>'zone' FROM campaign_plans p CROSS JOIN LATERAL jsonb_array_elements(p.cells) cell
       WHERE p.tenant_id = $1 AND p.campaign_id = $2 GROUP BY 1 ORDER BY sum((cell->>'count')::int) DESC, 1 LIMIT ${estimatedZones}) AS zones
     FROM ${launchedSql} WHERE c.tenant_id = $1 AND c.id = $2`,
    [tenantId, id],
  );
  if (!run) return null;
  const zones = run.zones.length > 0 ? run.zones : [run.schedule.time_zone];
  const end = endOfWork(run.schedule, zones, run.quiet, now.getTime(), minutes * minuteMs);
  return end === null ? null : new Date(end);
}

async function numbersOf(tx: Sql, tenantId: string, id: string): Promise<CampaignNumber[]> {
  const lanes = await groupLanesOf(tx, tenantId, id);
  if (lanes.length === 0) return [];
  const states = await sessionStates(
    tx,
    lanes.map(({ sessionId }) => sessionId),
  );
  const names = new Map(states.map((state) => [state.id, state.name]));
  const left = (lane: GroupLane) => lane.sent + lane.delivered + lane.read + lane.failed;
  const all = lanes.reduce((sum, lane) => sum + left(lane), 0);
  return lanes.map((lane) => ({
    ...lane,
    name: names.get(lane.sessionId) ?? lane.sessionId,
    share: all === 0 ? 0 : left(lane) / all,
  }));
}

const sumOf = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);
