import { Injectable } from '@nestjs/common';
import { holdSources, importsWithoutRows, listOf, type SelectionPlace } from '@heliograph/contacts';
import { type Actor, AppError, Database, noteAudit, type Tx } from '@heliograph/kernel';
import { groupContactsSql, type MessageState } from '@heliograph/messaging';
import type { Campaign } from '../campaign';
import { type CampaignBody, maxValueImports } from '../campaign-body';
import { Campaigns, lockCampaign, logCampaign, settleRetry } from '../campaigns.repository';
import { valueImportsOf } from '../launch/audience.repository';
import { campaignCells, statesOf, unreadStates } from './outcome-cells';

/** Those whom a follow-up goes to: one of the outcomes, those who did not read the message, or those who got it and answered it, or did not. */
export const followUpCells = [...campaignCells, 'not_read', 'replied', 'not_replied'] as const;
export type FollowUpCell = (typeof followUpCells)[number];

/** People of a campaign who get another. */
export interface FollowUpRequest {
  cell: FollowUpCell;
  /** Reasons of failures, or of being left out; absent: any. */
  reasons?: string[] | undefined;
  name?: string | undefined;
}

/** A round in which a campaign is sent again by itself. */
export interface Round {
  id: string;
  /** End of the campaign, which holds for its rounds, too. */
  endsAt: string | null;
}

const gotIt = [...statesOf.sent, ...statesOf.delivered, ...statesOf.read];

/** Makes campaigns to those who had some outcome in an earlier one. */
@Injectable()
export class FollowUps {
  constructor(
    private readonly db: Database,
    private readonly campaigns: Campaigns,
  ) {}

  /**
   * Creates a draft with the same content for these people, as they are now: they are put on a list of contacts. It excludes whom the campaign
   * excludes, names the version of the template that was sent, and takes values from the same imports. It has no plan of its own to be sent
   * again. One to people whom the plan of the campaign would send to again ends that plan.
   * @throws AppError not_found, campaign_not_launched, no_people, too_many_imports, busy
   */
  create(tenantId: string, actor: Actor, id: string, request: FollowUpRequest): Promise<Campaign> {
    const { cell, reasons } = request;
    noteAudit({ details: { follow_up_of: id, cell, ...(reasons && { reasons }) } });
    return this.db.inTurn(tenantId, () => this.make(tenantId, actor, id, request));
  }

  private make(tenantId: string, actor: Actor, id: string, request: FollowUpRequest): Promise<Campaign> {
    return this.db.forTenant(tenantId, async (tx) => {
      // Held, so that no round is made of the same people meanwhile.
      const campaign = await lockCampaign(tx, tenantId, id);
      const draft = await this.createIn(tx, tenantId, actor, campaign, request);
      if (takesRoundOf(campaign, request)) {
        await settleRetry(tx, tenantId, id, 'stopped');
        await logCampaign(tx, tenantId, id, 'retry_stopped', actor, { campaign_id: draft.id });
      }
      return draft;
    });
  }

  /** Creates the draft in the caller's transaction. @param round the round that it is; absent: a person makes it. @throws as `create` */
  async createIn(
    tx: Tx,
    tenantId: string,
    actor: Actor,
    campaign: Campaign,
    { cell, reasons, name }: FollowUpRequest,
    round?: Round,
  ): Promise<Campaign> {
    const { id } = campaign;
    if (campaign.run === null)
      throw new AppError('conflict', 'campaign_not_launched', 'The campaign was not launched: nobody has an outcome yet.');
    // Nobody purges or deletes them before the draft holds them.
    await holdSources(tx, tenantId, [
      ...campaign.audience.exclude,
      ...valueImportsOf(campaign).map((one) => ({ kind: 'import' as const, id: one })),
    ]);
    const named = (name ?? `${campaign.name} (${cell.replaceAll('_', ' ')})`).slice(0, 200);
    const body = { name: named, description: null };
    const list = await listOf(tx, tenantId, actor, body, (place) => peopleSql(id, cell, reasons, place));
    if (list.members === 0) throw new AppError('conflict', 'no_people', 'Nobody of the campaign has this outcome.');
    const imports = await namedImportsOf(tx, tenantId, campaign);
    return this.campaigns.createIn(tx, tenantId, actor, bodyOf({ ...campaign, name: named }, list.id, imports, round), id, round?.id);
  }
}

/**
 * Returns the imports that the message of a follow-up names: those that have values, then those whose rows are gone, of which a check warns.
 * @throws AppError too_many_imports: values of some would be missing
 */
async function namedImportsOf(tx: Tx, tenantId: string, campaign: Campaign): Promise<string[]> {
  const all = valueImportsOf(campaign);
  const gone = (await importsWithoutRows(tx, tenantId, all)).map(({ id }) => id);
  const kept = all.filter((id) => !gone.includes(id));
  if (kept.length > maxValueImports) {
    const detail = `The campaign has values of ${kept.length} imports, and a message names at most ${maxValueImports}. Put the people and their values into one import.`;
    throw new AppError('conflict', 'too_many_imports', detail);
  }
  return [...kept, ...gone].slice(0, maxValueImports);
}

/** True when people of the follow-up would be in the next round of the campaign. */
function takesRoundOf({ retry, retries }: Campaign, { cell, reasons }: FollowUpRequest): boolean {
  if (cell !== 'failed' || retry === null || retries.state !== null || retries.round >= retry.times) return false;
  return reasons === undefined || reasons.some((reason) => retry.reasons.includes(reason));
}

/** Returns the body of a campaign that does the same for other people, from now on. */
function bodyOf(campaign: Campaign, listId: string, imports: string[], round: Round | undefined): CampaignBody {
  return {
    ...campaign,
    message: {
      ...campaign.message,
      template_version: campaign.run?.templateVersion ?? campaign.message.template_version,
      ...(imports.length > 0 && { import_ids: imports }),
    },
    // Who was put among the excluded since then gets nothing of this one either.
    audience: { include: [{ kind: 'list', id: listId }], exclude: campaign.audience.exclude, max_people: null, random_order: false },
    schedule: { ...campaign.schedule, start: 'now', at: null, local: null, ends_at: round?.endsAt ?? null },
    retry: round ? campaign.retry : null,
  };
}

/** SQL of a query of the people of a cell. */
function peopleSql(id: string, cell: FollowUpCell, reasons: string[] | undefined, { tenant, add }: SelectionPlace): string {
  const messages = (states: readonly MessageState[], isAnswered?: boolean) =>
    groupContactsSql({ states, causes: reasons, isAnswered }, id, tenant, add);
  switch (cell) {
    case 'not_read':
      return messages(unreadStates);
    case 'replied':
      return messages(gotIt, true);
    case 'not_replied':
      return messages(gotIt, false);
    case 'left_out': {
      const skipped = `SELECT s.contact_id AS id FROM campaign_skips s WHERE s.tenant_id = ${tenant} AND s.campaign_id = ${add(id)}::uuid`;
      return `${skipped}${reasons ? ` AND s.reason = ANY (${add(reasons)}::text[])` : ''} UNION ALL ${messages(statesOf.left_out)}`;
    }
    default:
      return messages(statesOf[cell]);
  }
}
