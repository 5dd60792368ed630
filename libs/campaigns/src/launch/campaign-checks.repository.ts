import { Injectable } from '@nestjs/common';
import { importsWithoutRows } from '@heliograph/contacts';
import { type Actor, actorRef, AppError, Database, type Sql } from '@heliograph/kernel';
import { isTimeZoneKnown } from '@heliograph/messaging';
import { type CampaignApproval, candidatesOf, defaultTenantSettings, KnownTenants } from '@heliograph/tenants';
import { type Campaign, linkHolder } from '../campaign';
import { NumberCheckFigures, type NumberFigures } from '../checks/number-figures.repository';
import { Campaigns, lockCampaign, moveCampaign, readCampaign, zonePath } from '../campaigns.repository';
import { isEverOpen } from '../time/ever-open';
import { KnownZones } from '../time/known-zones.repository';
import { startOf } from '../time/open-intervals';
import { hasHolidays } from '../time/public-holidays';
import { minuteMs } from '../time/zone-clock';
import { faultOfAudience, isUnreadable } from './audience.repository';
import { canMove } from './campaign-moves';
import { quietOf } from './campaign-times.repository';
import { type LaunchContent, launchContentOf } from './launch-content';
import { type CampaignOverlap, Overlaps } from './overlaps.repository';
import { sharesOf, type SkipReason, type VerdictCounts, Verdicts } from './verdict.repository';

/** Problem of a campaign that was not launched. One that blocks must be mended first. */
export interface CampaignProblem {
  code: string;
  detail: string;
  blocks: boolean;
  /** Number of people whom it affects. */
  people?: number;
}

/** Result of a check. */
export interface CampaignCheck {
  audience: number;
  sendable: number;
  skips: Partial<Record<SkipReason, number>>;
  numbers: NumberFigures;
  problems: CampaignProblem[];
  /** Other launched campaigns that reach people of the audience too. */
  overlaps: CampaignOverlap[];
  /** True when nothing blocks a launch. */
  ready: boolean;
  /** Approver of campaigns of the tenant. */
  approval: CampaignApproval;
  /** True when it is not approved as it is, and has to be before the launch. */
  needsApproval: boolean;
  campaign: Campaign;
  /** Content that a launch now would send. */
  content: LaunchContent;
}

/** Facts that somebody saw before a launch or an approval; anything else refuses it. */
export interface Expected {
  /** Number of people who get a message. */
  people?: number | undefined;
  /** Hash of a check or a plan. */
  hash?: string | undefined;
}

/** Instants of a schedule. */
export interface CampaignInstants {
  /** Starts in the time zones of the people, with the number of those who get a message; none: at once. */
  starts: { at: number; people: number }[];
  isEverOpen: boolean;
  isZoneKnown: boolean;
}

/** Facts about the people of a launch, read before its transaction, since they may take seconds. */
export interface CountedLaunch {
  times: CampaignInstants;
  /** False when the audience could not be read. */
  isCounted: boolean;
  /** True when nobody would get a message. */
  isNobody: boolean;
}

/** Finds out whether campaigns can be launched. */
@Injectable()
export class CampaignChecks {
  constructor(
    private readonly db: Database,
    private readonly campaigns: Campaigns,
    private readonly verdicts: Verdicts,
    private readonly tenants: KnownTenants,
    private readonly zones: KnownZones,
    private readonly overlaps: Overlaps,
    private readonly numbers: NumberCheckFigures,
  ) {}

  /** Counts the audience by verdict and lists what blocks a launch. A draft without blocking problems becomes `checked`. @throws AppError not_found */
  async check(tenantId: string, actor: Actor, id: string): Promise<CampaignCheck> {
    const before = await this.campaigns.get(tenantId, id);
    const counted = await this.counted(tenantId, before);
    const numbers = await this.numbers.of(tenantId, before, counted.counts);
    const times = await this.timesOf(tenantId, before, counted.counts.zones);
    return this.db.forTenant(tenantId, async (tx) => {
      const campaign = await lockCampaign(tx, tenantId, id);
      const content = await launchContentOf(tx, tenantId, campaign, this.verdicts);
      const { overlaps } = counted;
      const { known: _, zones: __, ...counts } = counted.counts;
      const problems = [...(await this.problemsOf(tx, tenantId, campaign, times)), ...counted.problems];
      const ready = !problems.some(({ blocks }) => blocks);
      const to = ready ? 'checked' : 'draft';
      // A check of what changed meanwhile says nothing about the campaign as it is now.
      if (campaign.version === before.version && campaign.state !== to && canMove(campaign.state, to, 'check'))
        await moveCampaign(tx, tenantId, id, actor, to, 'checked', {
          detail: { audience: counts.audience, sendable: counts.sendable, ready },
        });
      return {
        ...{ ...counts, numbers, problems, overlaps, ready, content },
        approval: await this.approvalFor(tenantId),
        needsApproval: await this.needsApproval(tx, tenantId, campaign, content),
        campaign: await readCampaign(tx, tenantId, id),
      };
    });
  }

  /** Reads what a launch needs to know of its people. @throws AppError plan_changed for another number of people than expected */
  async count(tenantId: string, campaign: Campaign, expected: Expected): Promise<CountedLaunch> {
    const { zones, ...counted } = await this.countedFor(tenantId, campaign, expected);
    return { times: await this.timesOf(tenantId, campaign, zones), ...counted };
  }

  /**
   * Returns the content of a launch that nothing blocks.
   * @param campaign held by the transaction, as are its sources
   * @throws AppError campaign_not_ready, plan_changed, approval_required
   */
  async assertReady(
    tx: Sql,
    tenantId: string,
    campaign: Campaign,
    expected: Expected,
    { times, isCounted, isNobody }: CountedLaunch,
  ): Promise<LaunchContent> {
    const content = await this.contentOf(tx, tenantId, campaign, expected);
    const problems = [...(await this.problemsOf(tx, tenantId, campaign, times)), ...(isNobody ? [noPeople] : [])];
    const blocking = problems.filter(({ blocks }) => blocks);
    if (blocking.length > 0) throw notReady(blocking, campaign);
    if (!isCounted) throw new AppError('conflict', 'plan_changed', 'The audience could not be read a moment ago, and can be read now.');
    if (await this.needsApproval(tx, tenantId, campaign, content))
      throw new AppError('conflict', 'approval_required', 'The campaign as it is must be approved before it is launched.');
    return content;
  }

  /** Returns what a launch would send. @throws AppError plan_changed for anything else than expected */
  async contentOf(tx: Sql, tenantId: string, campaign: Campaign, expected: Pick<Expected, 'hash'>): Promise<LaunchContent> {
    const content = await launchContentOf(tx, tenantId, campaign, this.verdicts);
    if (expected.hash !== undefined && expected.hash !== content.hash)
      throw new AppError('conflict', 'plan_changed', 'The campaign, its template or the rules of its segments were changed since then.');
    return content;
  }

  /** Counts the audience with the other campaigns that reach it. */
  private async counted(
    tenantId: string,
    campaign: Campaign,
  ): Promise<{ counts: VerdictCounts; problems: CampaignProblem[]; overlaps: CampaignOverlap[] }> {
    const counts = await this.readable(campaign, async () => this.verdicts.count(tenantId, campaign, await this.askedZones(campaign)));
    if (counts === null) {
      const nobody = { audience: 0, sendable: 0, known: 0, skips: {}, zones: new Map<string, number>() };
      return { counts: nobody, problems: [], overlaps: [] };
    }
    return { counts, problems: peopleProblems(counts), overlaps: await this.overlaps.of(tenantId, campaign) };
  }

  /**
   * Counts the people of a launch, or looks whether there are any. Their time zones are counted if the start depends on them.
   * @throws AppError plan_changed for another number of people than expected
   */
  private async countedFor(
    tenantId: string,
    campaign: Campaign,
    { people }: Expected,
  ): Promise<{ zones: VerdictCounts['zones'] } & Omit<CountedLaunch, 'times'>> {
    const asked = await this.askedZones(campaign);
    if (people === undefined && asked === null) {
      const hasAny = await this.readable(campaign, () => this.verdicts.hasAny(tenantId, campaign));
      return { zones: new Map(), isCounted: hasAny !== null, isNobody: hasAny === false };
    }
    const counts = await this.readable(campaign, () => this.verdicts.count(tenantId, campaign, asked));
    if (counts === null) return { zones: new Map(), isCounted: false, isNobody: false };
    if (people !== undefined && counts.sendable !== people)
      throw new AppError('conflict', 'plan_changed', `${counts.sendable} people would get a message now, not ${people}.`);
    return { zones: counts.zones, isCounted: true, isNobody: counts.sendable === 0 };
  }

  /** Reads the people of the audience. Returns null when it includes nobody or cannot be read, which is a problem of its own. */
  private async readable<T>({ audience }: Campaign, read: () => Promise<T>): Promise<T | null> {
    if (audience.include.length === 0) return null;
    try {
      return await read();
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return null;
    }
  }

  /** Returns the time zones to count people by; null: the start does not depend on them. */
  private askedZones({ schedule }: Campaign): Promise<ReadonlySet<string>> | null {
    return schedule.start === 'local' ? this.zones.get() : null;
  }

  /**
   * Returns what follows from the schedule of a campaign. Computed before the transaction that needs it, since it may take seconds.
   * @param zones time zones of the people
   */
  private async timesOf(tenantId: string, campaign: Campaign, zones: VerdictCounts['zones']): Promise<CampaignInstants> {
    const { schedule } = campaign;
    if (!(await isTimeZoneKnown(this.db, schedule.time_zone))) return { isZoneKnown: false, starts: [], isEverOpen: true };
    const quiet = quietOf((await this.tenants.find(tenantId))?.settings ?? defaultTenantSettings);
    const zonesKnown = await this.zones.get();
    const [row] = await this.db.query<{ now: Date }>(`SELECT heliograph_now() AS now`);
    const people = zones.size > 0 ? zones : new Map([[schedule.time_zone, 0]]);
    const starts = [...people].map(([zone, count]) => ({ at: startOf(schedule, zone, 0), people: count }));
    return {
      isZoneKnown: true,
      starts: schedule.start === 'now' ? [] : starts,
      isEverOpen: await this.db.inTurn(tenantId, () => isEverOpen(schedule, quiet, zonesKnown, row?.now ?? new Date())),
    };
  }

  /** Returns who approves campaigns of the tenant. */
  async approvalFor(tenantId: string): Promise<CampaignApproval> {
    return ((await this.tenants.find(tenantId))?.settings ?? defaultTenantSettings).campaign_approval;
  }

  /** True unless the campaign as it is now is approved by whom its tenant asks. */
  private async needsApproval(tx: Sql, tenantId: string, { id }: Campaign, { hash }: LaunchContent): Promise<boolean> {
    const approval = await this.approvalFor(tenantId);
    if (approval === 'off') return false;
    const [row] = await tx.query<{ isApproved: boolean }>(
      `SELECT coalesce(approved_hash = $3 AND (approved_by_ref = $4) = $5, false) AS "isApproved" FROM campaigns WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, Buffer.from(hash, 'hex'), actorRef(linkHolder('')), approval === 'client'],
    );
    return row?.isApproved !== true;
  }

  /** Returns the problems of what the campaign is to do, without its people. */
  private async problemsOf(tx: Sql, tenantId: string, campaign: Campaign, times: CampaignInstants): Promise<CampaignProblem[]> {
    const problems: CampaignProblem[] = [];
    const blocks = (code: string, detail: string) => problems.push({ code, detail, blocks: true });
    const { audience, message, numbers, schedule } = campaign;
    if (audience.include.length === 0) blocks('no_audience', 'The audience includes nobody yet.');
    const fault = await faultOfAudience(tx, tenantId, campaign);
    if (fault) blocks(fault.reason, fault.message);
    if (message.template_id === null) blocks('no_template', 'The campaign has no template.');
    else if ((await this.verdicts.templateOf(tenantId, campaign, tx)) === null)
      blocks('template_not_found', 'No such template, or no such version.');
    // Imports of the audience are sources, which must be there.
    const gone = await importsWithoutRows(tx, tenantId, message.import_ids ?? []);
    if (gone.length > 0) {
      const files = gone.map(({ id, file }) => file ?? id).join(', ');
      const detail = `Imports that the message names no longer have their rows: ${files}. People get the values of the campaign instead, or are left out.`;
      problems.push({ code: 'variables_gone', detail, blocks: false });
    }
    const sessions = sharesOf(await candidatesOf(tx, tenantId), numbers);
    if (sessions.length === 0) blocks('no_sessions', 'No session of the tenant fits.');
    else if (!sessions.some(({ usable }) => usable))
      problems.push({ code: 'sessions_down', detail: 'None of the sessions is connected; messages wait until one is.', blocks: false });
    if (!times.isZoneKnown) blocks('invalid_time_zone', 'The database does not know the time zone.');
    const starts = startsOfSent(times);
    const [time] = await tx.query<{ now: Date; isOver: boolean }>(
      `SELECT heliograph_now() AS now, $1::timestamptz <= greatest(heliograph_now(), $2::timestamptz) AS "isOver"`,
      [schedule.ends_at, firstStart(starts)],
    );
    if (time?.isOver) blocks('ends_before_start', 'The campaign ends before it starts.');
    else if (!times.isEverOpen) blocks('never_open', 'Windows, holidays, quiet hours and the end of the campaign leave no time to send.');
    const late = starts.filter(({ at }) => time !== undefined && at < time.now.getTime() - minuteMs);
    if (late.length > 0 && late.length === starts.length) blocks('start_in_past', 'The start time is in the past.');
    else if (late.length > 0)
      problems.push({
        code: 'start_in_past',
        detail: 'In the time zones of some people the start time is in the past; they get the message as soon as it can be sent.',
        blocks: false,
        people: late.reduce((sum, { people }) => sum + people, 0),
      });
    const unknown = schedule.holidays.filter((country) => !hasHolidays(country));
    if (unknown.length > 0) {
      const detail = `The public holidays of ${unknown.join(', ')} are not known; messages are sent on them.`;
      problems.push({ code: 'unknown_holidays', detail, blocks: false });
    }
    return problems;
  }
}

/** Returns the earliest start; null: at once. People who are left out have one too: at another time they would be judged by other facts. */
export const firstStart = (starts: CampaignInstants['starts']): Date | null =>
  starts.length === 0 ? null : new Date(Math.min(...starts.map(({ at }) => at)));

/** Returns the starts of those who get a message; of all when nobody does. */
function startsOfSent({ starts }: CampaignInstants): CampaignInstants['starts'] {
  const sent = starts.filter(({ people }) => people > 0);
  return sent.length > 0 ? sent : starts;
}

const noPeople: CampaignProblem = { code: 'no_people', detail: 'Nobody of the audience would get a message.', blocks: true };

function peopleProblems({ sendable, skips }: Pick<CampaignCheck, 'sendable' | 'skips'>): CampaignProblem[] {
  const problems: CampaignProblem[] = [];
  if (sendable === 0) problems.push(noPeople);
  if (skips.missing_variable)
    problems.push({
      code: 'missing_variable',
      detail: 'People lack a value that the template needs; they are left out.',
      blocks: false,
      people: skips.missing_variable,
    });
  return problems;
}

function notReady(problems: CampaignProblem[], { schedule }: Campaign): AppError {
  const paths: Record<string, string> = { ...pathOf, start_in_past: `schedule/${schedule.start}` };
  const errors = problems.map(({ code, detail }) => ({ path: paths[code] ?? '', code, message: detail }));
  return new AppError('conflict', 'campaign_not_ready', problems.map(({ detail }) => detail).join(' '), { errors });
}

/** Member of a campaign that a problem is about. */
const pathOf: Record<string, string> = {
  no_audience: 'audience/include',
  unknown_source: 'audience',
  invalid_selection: 'audience',
  no_people: 'audience',
  no_template: 'message/template_id',
  template_not_found: 'message/template_id',
  variables_gone: 'message/import_ids',
  no_sessions: 'numbers',
  ends_before_start: 'schedule/ends_at',
  invalid_time_zone: zonePath,
  never_open: 'schedule/windows',
};
