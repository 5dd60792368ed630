import { Injectable } from '@nestjs/common';
import { type Actor, AppError, Database, noteAudit, outsideAudit, type Sql } from '@heliograph/kernel';
import { KnownTenants } from '@heliograph/tenants';
import { type Campaign, linkHolder } from '../campaign';
import type { CampaignRetry } from '../campaign-body';
import { approvedHashOf, Campaigns, editableStates, lockCampaign, logCampaign, readCampaign, setApproval } from '../campaigns.repository';
import { CampaignChecks, type Expected } from '../launch/campaign-checks.repository';
import { assertMove } from '../launch/campaign-moves';
import { VerdictPeople } from '../launch/verdict-people.repository';
import { type FlightPlan, FlightPlans } from '../plan/flight-plans.repository';
import { type TemplatePreview, TemplateTrial } from '../templates/template-trial';
import { Templates } from '../templates/templates.repository';
import { type CampaignLink, CampaignLinks, type LinkDecision, type OpenedLink } from './campaign-links.repository';

/** State of what an approval link is about: `open` for a decision, `decided`, `changed` since the link was made, or `over`: it was launched, or the client is no longer asked. */
export const approvalStates = ['open', 'decided', 'changed', 'over'] as const;
export type ApprovalState = (typeof approvalStates)[number];

/** A campaign before its launch, as the holder of an approval link sees it. It names nobody of the audience. */
export interface SharedPlan {
  name: string;
  client: string;
  state: ApprovalState;
  decision: LinkDecision | null;
  /** Plan as it was when the link was made; null: it is no longer the plan. */
  plan: FlightPlan | null;
  /** The message as some people of the audience get it. */
  samples: Pick<TemplatePreview, 'language' | 'body'>[];
  timeZone: string;
  /** Rounds in which it is sent again to people whose message failed; null: none. */
  retry: Pick<CampaignRetry, 'times' | 'gap_min'> | null;
  tenantId: string;
  expiresAt: Date;
}

/** People for whom the message is shown. */
const maxSamples = 3;
/** Value of `contact.phone` in a message that is shown by a link. */
const maskedPhone = '+•• ••• ••••';

/** Lets the client approve campaigns by links that show their plans. */
@Injectable()
export class CampaignApprovals {
  constructor(
    private readonly db: Database,
    private readonly campaigns: Campaigns,
    private readonly checks: CampaignChecks,
    private readonly plans: FlightPlans,
    private readonly people: VerdictPeople,
    private readonly templates: Templates,
    private readonly trial: TemplateTrial,
    private readonly links: CampaignLinks,
    private readonly tenants: KnownTenants,
  ) {}

  /**
   * Makes a link to the plan of the campaign as it is now. A later change of the campaign ends what it is good for.
   * @throws AppError not_found, approval_not_by_client, campaign_state, campaign_not_ready, plan_changed, too_many_links, unknown_source, invalid_selection
   */
  async createLink(
    tenantId: string,
    actor: Actor,
    id: string,
    days: number,
    expected: Pick<Expected, 'hash'> = {},
  ): Promise<{ link: CampaignLink; url: string }> {
    const before = await this.campaigns.get(tenantId, id);
    if ((await this.checks.approvalFor(tenantId)) !== 'client')
      throw new AppError('conflict', 'approval_not_by_client', 'The setting campaign_approval of the tenant is not `client`.');
    assertMove(before.state, 'scheduled', 'launch');
    if (before.message.template_id === null || before.audience.include.length === 0)
      throw new AppError('conflict', 'campaign_not_ready', 'The campaign has no audience or no template yet: there is nothing to approve.');
    // The plan is kept by the way: the act is the link.
    const plan = await outsideAudit(() => this.plans.get(tenantId, id));
    const { rows } = await this.people.list(tenantId, before, 'sendable', { limit: maxSamples });
    const content = { hash: plan.hash, plan, sampleIds: rows.map(({ contactId }) => contactId) };
    const assert = async (tx: Sql, campaign: Campaign) => {
      assertMove(campaign.state, 'scheduled', 'launch');
      for (const hash of [expected.hash, plan.hash]) await this.checks.contentOf(tx, tenantId, campaign, { hash });
    };
    return this.links.create(tenantId, id, actor, { kind: 'approval', days, content, assert });
  }

  /** Returns what a token shows. @throws AppError not_found; gone `link_expired`, `link_revoked` */
  async show(token: string): Promise<SharedPlan> {
    return this.shown(await this.links.open(token, 'approval'));
  }

  /**
   * Decides with a link, once. An approval is of the plan that the link shows, and of nothing else; who asks for changes takes an approval back.
   * @throws AppError not_found, already_decided, plan_changed, campaign_state, approval_not_by_client; gone `link_expired`, `link_revoked`
   */
  async decide(token: string, decision: Omit<LinkDecision, 'at'>): Promise<SharedPlan> {
    const link = await this.links.open(token, 'approval');
    const { id, tenantId, campaignId } = link;
    const { verdict, name, note } = decision;
    const actor = linkHolder(name);
    noteAudit({ actor, tenantId, subject: { kind: 'campaign', id: campaignId }, details: { link_id: id, decision: verdict, name } });
    await this.db.forTenant(tenantId, async (tx) => {
      const campaign = await lockCampaign(tx, tenantId, campaignId);
      await this.links.decide(tx, link, decision);
      if ((await this.checks.approvalFor(tenantId)) !== 'client')
        throw new AppError('conflict', 'approval_not_by_client', 'The client is no longer asked to approve campaigns.');
      assertMove(campaign.state, 'scheduled', 'launch');
      const { hash } = await this.checks.contentOf(tx, tenantId, campaign, { hash: link.content?.hash });
      await setApproval(tx, tenantId, campaignId, verdict === 'approved' ? { by: actor, hash } : null);
      await logCampaign(tx, tenantId, campaignId, verdict, actor, { link_id: id, ...(note !== null && { note }) });
    });
    return this.show(token);
  }

  private async shown(link: OpenedLink): Promise<SharedPlan> {
    const { tenantId, campaignId, decision, expiresAt } = link;
    const tenant = await this.tenants.find(tenantId);
    const campaign = await readCampaign(this.db, tenantId, campaignId);
    const state = await this.stateOf(link, campaign);
    const isShown = state === 'open' || state === 'decided';
    return {
      ...{ tenantId, state, decision, expiresAt, name: campaign.name, client: tenant?.name ?? '', timeZone: campaign.schedule.time_zone },
      retry: isShown ? campaign.retry : null,
      plan: isShown ? (link.content?.plan ?? null) : null,
      samples: isShown && tenant ? await this.samplesOf(tenant, campaign, link) : [],
    };
  }

  private async stateOf({ tenantId, content, decision }: OpenedLink, campaign: Campaign): Promise<ApprovalState> {
    if (!editableStates.includes(campaign.state)) {
      const approved = decision && (await approvedHashOf(this.db, tenantId, campaign.id));
      if (!approved) return 'over';
      return approved === content?.hash ? 'decided' : 'changed';
    }
    const { hash } = await this.checks.contentOf(this.db, tenantId, campaign, {});
    if (hash !== content?.hash) return 'changed';
    if (decision) return 'decided';
    return (await this.checks.approvalFor(tenantId)) === 'client' ? 'open' : 'over';
  }

  /** Returns the message as it is for the people of the link who are still contacts. */
  private async samplesOf(
    tenant: { id: string; defaultCountry: string },
    { id, message, run }: Campaign,
    { content }: OpenedLink,
  ): Promise<SharedPlan['samples']> {
    if (message.template_id === null) return [];
    const template = await this.templates.get(tenant.id, message.template_id, run?.templateVersion ?? message.template_version);
    const samples: SharedPlan['samples'] = [];
    for (const [wording, contactId] of (content?.sampleIds ?? []).entries()) {
      const recipient = { contactId, campaignId: id, values: { 'contact.phone': maskedPhone }, wording };
      const preview = await this.trial.preview(tenant, template, recipient).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not_found') return null;
        throw error;
      });
      if (preview) samples.push({ language: preview.language, body: preview.body });
    }
    return samples;
  }
}
