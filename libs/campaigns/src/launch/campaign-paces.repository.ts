import { Injectable } from '@nestjs/common';
import { type Actor, AppError, type ChangeGuard, Database, type Sql } from '@heliograph/kernel';
import { MessageGroups } from '@heliograph/messaging';
import { candidatesOf } from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import type { CampaignNumbers, CampaignPace } from '../campaign-body';
import { lockCampaign, logCampaign, readCampaign } from '../campaigns.repository';
import { overStates } from './campaign-moves';
import { type SessionShare, sharesOf } from './verdict.repository';

/** Changes the pace and the sessions of launched campaigns. */
@Injectable()
export class CampaignPaces {
  constructor(
    private readonly db: Database,
    private readonly groups: MessageGroups,
  ) {}

  /**
   * Changes the pace and the sessions of a campaign that was launched.
   * @throws AppError not_found, campaign_state, no_sessions
   */
  change(
    tenantId: string,
    actor: Actor,
    id: string,
    given: { pace?: CampaignPace | undefined; numbers?: CampaignNumbers | undefined },
    guard?: ChangeGuard<Campaign>,
  ): Promise<Campaign> {
    return this.db.forTenant(tenantId, async (tx) => {
      // A chunk that is being written holds the run for seconds. Waiting for it before the campaign is held lets a pause pass.
      if (given.numbers) await lockStartedRun(tx, tenantId, id);
      const campaign = await lockCampaign(tx, tenantId, id);
      guard?.(campaign);
      if (campaign.run === null || (overStates as readonly string[]).includes(campaign.state))
        throw new AppError('conflict', 'campaign_state', `A campaign in the state ${campaign.state} has no pace to change.`);
      const pace = given.pace ?? campaign.pace;
      const numbers = given.numbers ?? campaign.numbers;
      if (given.numbers) {
        const candidates = await candidatesOf(tx, tenantId);
        const before = sharesOf(candidates, campaign.numbers);
        const after = sharesOf(candidates, numbers);
        if (after.length === 0) throw new AppError('unprocessable', 'no_sessions', 'No session of the tenant fits.', { path: 'numbers' });
        if (campaign.run.startedAt) await joinRun(tx, tenantId, id, { joined: joiningOf(before, after), all: after.map((one) => one.id) });
      }
      await tx.query(`UPDATE campaigns SET pace = $3, numbers = $4, version = version + 1 WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        id,
        JSON.stringify(pace),
        JSON.stringify(numbers),
      ]);
      if (given.pace) await this.groups.setIn(tx, tenantId, id, limitsOf(pace));
      await logCampaign(tx, tenantId, id, 'changed', actor, { ...(given.pace && { pace }), ...(given.numbers && { numbers }) });
      return readCampaign(tx, tenantId, id);
    });
  }
}

/** Returns the sessions that are to get their share of the waiting messages: those that were added, and with other weights all of them. */
function joiningOf(before: SessionShare[], after: SessionShare[]): string[] {
  const formerly = new Map(before.map(({ id, weight }) => [id, weight]));
  const stayed = after.map(({ id, weight }) => ({ weight, former: formerly.get(id) ?? 0 })).filter(({ former }) => former > 0);
  const [first] = stayed;
  const isReweighted = stayed.some(({ weight, former }) => first !== undefined && weight * first.former !== former * first.weight);
  return after.filter(({ id }) => isReweighted || !formerly.has(id)).map(({ id }) => id);
}

/**
 * Lets sessions join a run that was started: messages written before are shared anew. Later chunks share by the changed numbers themselves, and so
 * do all of them before the start.
 */
async function joinRun(tx: Sql, tenantId: string, id: string, { joined, all }: { joined: string[]; all: string[] }): Promise<void> {
  // A campaign may have started since the first look.
  await lockStartedRun(tx, tenantId, id);
  // Those that joined by an earlier change may not have their share yet.
  await tx.query(
    `UPDATE campaign_runs SET joining = ARRAY(SELECT DISTINCT j FROM unnest(joining || $3::uuid[]) j WHERE j = ANY ($4::uuid[])),
       joined_at = CASE WHEN cardinality($3::uuid[]) > 0 THEN heliograph_now() ELSE joined_at END WHERE tenant_id = $1 AND campaign_id = $2`,
    [tenantId, id, joined, all],
  );
}

/** Waits for a chunk that is being written: it has the numbers of before, and its messages are older than the time of the next statement. */
const lockStartedRun = (tx: Sql, tenantId: string, id: string): Promise<unknown> =>
  tx.query(`SELECT 1 FROM campaign_runs WHERE tenant_id = $1 AND campaign_id = $2 AND started_at IS NOT NULL FOR UPDATE`, [tenantId, id]);

/** Returns the limits of the message group that follow from a pace. */
const limitsOf = ({ window_ms, window_limit, daily_cap, weight }: CampaignPace) => ({ window_ms, window_limit, daily_cap, weight });
