import { Injectable } from '@nestjs/common';
import { holdSources } from '@heliograph/contacts';
import { type Actor, actorRef, AppError, Database, noteAudit, type Tx } from '@heliograph/kernel';
import { campaignKind, MessageGroups, pausedSinceSql } from '@heliograph/messaging';
import type { Campaign } from '../campaign';
import { Campaigns, lockCampaign, logCampaign, moveCampaign, readCampaign, setApproval } from '../campaigns.repository';
import { CampaignChecks, type Expected, firstStart } from './campaign-checks.repository';
import { assertMove } from './campaign-moves';

/** Launches, approves, pauses, resumes, cancels and copies campaigns. A campaign and its message group change in one transaction. */
@Injectable()
export class CampaignLaunches {
  constructor(
    private readonly db: Database,
    private readonly campaigns: Campaigns,
    private readonly checks: CampaignChecks,
    private readonly groups: MessageGroups,
  ) {}

  /**
   * Launches the campaign: fixes the version of its template and the rules of its segments, and schedules it. A launched campaign stays as it is,
   * so that a second click, or a repeat after a lost answer, makes no second run.
   * @throws AppError not_found, campaign_not_ready, plan_changed, approval_required, campaign_state
   */
  async launch(tenantId: string, actor: Actor, id: string, expected: Expected = {}): Promise<Campaign> {
    const before = await this.campaigns.get(tenantId, id);
    if (isLaunched(before)) return before;
    const counted = await this.checks.count(tenantId, before, expected);
    return this.db.forTenant(tenantId, async (tx) => {
      const campaign = await lockCampaign(tx, tenantId, id);
      if (isLaunched(campaign)) return campaign;
      if (before.version !== campaign.version)
        throw new AppError('conflict', 'plan_changed', 'The campaign was changed while its people were counted.');
      assertMove(campaign.state, 'scheduled', 'launch');
      await holdSources(tx, tenantId, [...campaign.audience.include, ...campaign.audience.exclude]);
      const content = await this.checks.assertReady(tx, tenantId, campaign, expected, counted);
      await this.openGroup(tx, tenantId, campaign);
      await tx.query(
        `INSERT INTO campaign_runs (tenant_id, campaign_id, template_id, template_version, segments, starts_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, coalesce(greatest($6::timestamptz, heliograph_now()), heliograph_now()), $7)`,
        [
          ...[tenantId, id, campaign.message.template_id, content.templateVersion, JSON.stringify(content.segments)],
          ...[firstStart(counted.times.starts), campaign.schedule.ends_at],
        ],
      );
      await moveCampaign(tx, tenantId, id, actor, 'scheduled', 'launched', { detail: { template_version: content.templateVersion } });
      return readCampaign(tx, tenantId, id);
    });
  }

  /**
   * Approves the campaign as it is now, as a second person. A later change takes the approval back.
   * @throws AppError not_found, campaign_state, approval_by_author, approval_by_client, plan_changed
   */
  approve(tenantId: string, actor: Actor, id: string, expected: Pick<Expected, 'hash'> = {}): Promise<Campaign> {
    return this.db.forTenant(tenantId, async (tx) => {
      const campaign = await lockCampaign(tx, tenantId, id);
      assertMove(campaign.state, 'scheduled', 'launch');
      if ((await this.checks.approvalFor(tenantId)) === 'client')
        throw new AppError('conflict', 'approval_by_client', 'The client approves the campaign, by an approval link.');
      const [row] = await tx.query<{ isAuthor: boolean }>(
        `SELECT $3 = ANY (authors) AS "isAuthor" FROM campaigns WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id, actorRef(actor)],
      );
      if (actor.kind !== 'person' || row?.isAuthor !== false)
        throw new AppError('forbidden', 'approval_by_author', 'A person who neither wrote nor changed the campaign approves it.');
      const content = await this.checks.contentOf(tx, tenantId, campaign, expected);
      await setApproval(tx, tenantId, id, { by: actor, hash: content.hash });
      await logCampaign(tx, tenantId, id, 'approved', actor);
      return readCampaign(tx, tenantId, id);
    });
  }

  /** Pauses the campaign. A second pause changes nothing. @throws AppError not_found, campaign_state */
  pause(tenantId: string, actor: Actor, id: string): Promise<Campaign> {
    return this.pauseFor(tenantId, actor, id, 'person', null);
  }

  /** Pauses a running campaign because of a rule. @param detail the rule and its figures. @throws AppError not_found, campaign_state */
  pauseByRule(tenantId: string, actor: Actor, id: string, detail: Record<string, unknown>): Promise<Campaign> {
    return this.pauseFor(tenantId, actor, id, 'rule', detail);
  }

  /** Lets a paused campaign go on. A second resume changes nothing. @throws AppError not_found, campaign_state */
  resume(tenantId: string, actor: Actor, id: string): Promise<Campaign> {
    return this.db.forTenant(tenantId, async (tx) => {
      const campaign = await lockCampaign(tx, tenantId, id);
      if (campaign.state === 'processing' || campaign.state === 'scheduled') return campaign;
      const isStarted = !!campaign.run?.startedAt;
      const to = isStarted ? 'processing' : 'scheduled';
      assertMove(campaign.state, to, 'resume');
      // A start time that passed meanwhile is now: a person decided so. The end moves by what the pause took.
      if (!isStarted)
        await tx.query(
          `UPDATE campaign_runs r SET starts_at = greatest(r.starts_at, heliograph_now()), expires_at = r.expires_at + coalesce(${pausedSinceSql('$1', '$2', 'r.starts_at', true)}, interval '0')
           WHERE r.tenant_id = $1 AND r.campaign_id = $2`,
          [tenantId, id],
        );
      await this.groups.resumeIn(tx, tenantId, actor, id);
      await moveCampaign(tx, tenantId, id, actor, to, 'resumed');
      return readCampaign(tx, tenantId, id);
    });
  }

  /** Cancels the campaign: nothing more of it is sent. A second cancellation changes nothing. @throws AppError not_found, campaign_state */
  cancel(tenantId: string, actor: Actor, id: string): Promise<Campaign> {
    return this.db.forTenant(tenantId, async (tx) => {
      const campaign = await lockCampaign(tx, tenantId, id);
      if (campaign.state === 'cancelled') return campaign;
      assertMove(campaign.state, 'cancelled', 'cancel');
      await this.groups.cancelIn(tx, tenantId, actor, id);
      await moveCampaign(tx, tenantId, id, actor, 'cancelled', 'cancelled');
      return readCampaign(tx, tenantId, id);
    });
  }

  /** Makes a draft of what the campaign is to do. @throws AppError not_found */
  async copy(tenantId: string, actor: Actor, id: string, name?: string): Promise<Campaign> {
    const campaign = await this.campaigns.get(tenantId, id);
    noteAudit({ details: { copy_of: id } });
    return this.campaigns.create(tenantId, actor, { ...campaign, name: name ?? campaign.name }, id);
  }

  private pauseFor(
    tenantId: string,
    actor: Actor,
    id: string,
    reason: 'person' | 'rule',
    detail: Record<string, unknown> | null,
  ): Promise<Campaign> {
    return this.db.forTenant(tenantId, async (tx) => {
      const campaign = await lockCampaign(tx, tenantId, id);
      if (campaign.state === 'paused') return campaign;
      assertMove(campaign.state, 'paused', reason === 'rule' ? 'rule' : 'pause');
      await this.groups.pauseIn(tx, tenantId, actor, id);
      await moveCampaign(tx, tenantId, id, actor, 'paused', 'paused', { reason, detail });
      return readCampaign(tx, tenantId, id);
    });
  }

  private openGroup(tx: Tx, tenantId: string, { id, name, pace, schedule, caps, requires_consent }: Campaign): Promise<void> {
    return this.groups.create(tx, tenantId, {
      id,
      kind: campaignKind,
      name,
      weight: pace.weight,
      windowMs: pace.window_ms,
      windowLimit: pace.window_limit,
      dailyCap: pace.daily_cap,
      timeZone: schedule.time_zone,
      obeysCaps: caps.obeys,
      countsForCaps: caps.counts,
      needsConsent: requires_consent,
    });
  }
}

/** True for a campaign that was launched and may still send, or did. */
const isLaunched = ({ run, state }: Campaign): boolean => run !== null && state !== 'cancelled' && state !== 'failed';
