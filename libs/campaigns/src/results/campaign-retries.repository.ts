import { Injectable } from '@nestjs/common';
import { type Actor, AppError, Database, type Sql } from '@heliograph/kernel';
import { derivedMessageId } from '@heliograph/messaging';
import { isTenantOpen, tenantOf } from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import {
  approvedHashOf,
  endOfRunSql,
  endsBeforeRetrySql,
  launchedSql,
  lockCampaign,
  logCampaign,
  readCampaign,
  retryDueSql,
  setApproval,
  settleRetry,
} from '../campaigns.repository';
import { CampaignChecks } from '../launch/campaign-checks.repository';
import { CampaignLaunches } from '../launch/campaign-launches.repository';
import { campaignRunner, type OpenRun } from '../launch/expansion.repository';
import { FollowUps } from './follow-ups.repository';

const maxPerTurn = 100;

/**
 * Sends completed campaigns again to people whose message failed, as their plans say: each round is a follow-up that launches itself. A round and the
 * note of it in the campaign before are one transaction, so that there is one round whatever process dies.
 */
@Injectable()
export class CampaignRetries {
  constructor(
    private readonly db: Database,
    private readonly followUps: FollowUps,
    private readonly checks: CampaignChecks,
    private readonly launches: CampaignLaunches,
  ) {}

  /** Returns completed campaigns whose next round is due, or that end before it. Those of suspended tenants wait. */
  due(): Promise<OpenRun[]> {
    return this.db.query<OpenRun>(
      `SELECT c.tenant_id AS "tenantId", c.id FROM campaigns c JOIN ${tenantOf('t', 'c.tenant_id')} AND ${isTenantOpen('t')}
       WHERE c.state = 'completed' AND c.retry IS NOT NULL AND c.retry_state IS NULL AND c.retry_round < (c.retry ->> 'times')::int
         AND (${retryDueSql} <= heliograph_now() OR ${endsBeforeRetrySql}) ORDER BY random() LIMIT ${maxPerTurn}`,
    );
  }

  /** Returns rounds that were made and are not launched yet. */
  ready(): Promise<OpenRun[]> {
    return this.db.query<OpenRun>(
      `SELECT c.tenant_id AS "tenantId", c.id FROM campaigns c JOIN ${tenantOf('t', 'c.tenant_id')} AND ${isTenantOpen('t')}
       WHERE c.launches_itself ORDER BY random() LIMIT ${maxPerTurn}`,
    );
  }

  /** Makes the next round of a campaign, unless there is one. */
  async make(run: OpenRun): Promise<void> {
    try {
      await this.makeRound(run);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.end(run, error.reason === 'no_people' ? 'nobody' : 'refused', error.reason);
    }
  }

  /** Launches a round. One that is refused stays a draft, which a person may mend and launch, and its log says why. */
  async launch({ tenantId, id }: OpenRun): Promise<void> {
    const round = await readCampaign(this.db, tenantId, id);
    if (!round.retries.launchesItself) return;
    try {
      // Of what it is now: once a person has changed it, a person launches it.
      const { hash } = await this.checks.contentOf(this.db, tenantId, round, {});
      await this.launches.launch(tenantId, campaignRunner, id, { hash });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.db.forTenant(tenantId, async (tx) => {
        const { retries } = await lockCampaign(tx, tenantId, id);
        if (!retries.launchesItself) return;
        await tx.query(`UPDATE campaigns SET launches_itself = false WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
        await logCampaign(tx, tenantId, id, 'retry_refused', campaignRunner, { reason: error.reason, message: error.message });
      });
    }
  }

  /** Turns the plan of a campaign off: no further round follows it. A second time changes nothing. @throws AppError not_found, no_retry */
  stop(tenantId: string, actor: Actor, id: string): Promise<Campaign> {
    return this.db.forTenant(tenantId, async (tx) => {
      const campaign = await lockCampaign(tx, tenantId, id);
      const { retry, retries } = campaign;
      if (retry === null || campaign.run === null)
        throw new AppError('conflict', 'no_retry', 'The campaign was not launched with a plan to send it again.');
      if (retries.state !== null) return campaign;
      await settleRetry(tx, tenantId, id, 'stopped');
      await logCampaign(tx, tenantId, id, 'retry_stopped', actor);
      return readCampaign(tx, tenantId, id);
    });
  }

  private makeRound({ tenantId, id }: OpenRun): Promise<void> {
    return this.db.forTenant(tenantId, async (tx) => {
      const campaign = await lockCampaign(tx, tenantId, id);
      const { retry, retries, approvedAt, approvedBy } = campaign;
      if (campaign.state !== 'completed' || retry === null || retries.state !== null) return;
      const round = retries.round + 1;
      const { endsAt, isOver } = await endOf(tx, tenantId, id);
      if (isOver) throw new AppError('conflict', 'campaign_over', 'The campaign ends before its next round.');
      const [made] = await tx.query<{ id: string }>(`SELECT ${derivedMessageId('$1::bigint', '$2::text || $3::text')} AS id`, [
        campaign.endedAt?.getTime(),
        id,
        ` retry ${round}`,
      ]);
      const roundId = made?.id as string;
      const name = `${campaign.name.replace(/ \(\d+\)$/, '').slice(0, 190)} (${round + 1})`;
      const draft = await this.followUps.createIn(
        tx,
        tenantId,
        campaignRunner,
        campaign,
        { cell: 'failed', reasons: retry.reasons, name },
        { id: roundId, endsAt },
      );
      await tx.query(`UPDATE campaigns SET retry_round = $3, launches_itself = true WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        roundId,
        round,
      ]);
      // Who approved the campaign as it was sent approved its plan: the rounds are a part of it.
      const { hash } = await this.checks.contentOf(tx, tenantId, draft, {});
      const { hash: sent } = await this.checks.contentOf(tx, tenantId, campaign, {});
      const isApproved = approvedAt !== null && (await approvedHashOf(tx, tenantId, id)) === sent;
      if (isApproved && approvedBy !== null) await setApproval(tx, tenantId, roundId, { by: approvedBy, hash });
      await settleRetry(tx, tenantId, id, 'made', roundId);
      await logCampaign(tx, tenantId, id, 'retried', campaignRunner, { round, campaign_id: roundId });
    });
  }

  private end({ tenantId, id }: OpenRun, state: 'nobody' | 'refused', reason: string): Promise<void> {
    return this.db.forTenant(tenantId, async (tx) => {
      const { retries } = await lockCampaign(tx, tenantId, id);
      if (retries.state !== null) return;
      await settleRetry(tx, tenantId, id, state);
      if (state === 'refused') await logCampaign(tx, tenantId, id, 'retry_refused', campaignRunner, { reason });
    });
  }
}

/** True for what another try would not change. */
const isRefusal = (error: unknown): error is AppError => error instanceof AppError && error.code !== 'unavailable';

/** Returns the end of a completed campaign, as its pauses moved it, and whether it is before its next round. */
async function endOf(tx: Sql, tenantId: string, id: string): Promise<{ endsAt: string | null; isOver: boolean }> {
  const [run] = await tx.query<{ endsAt: Date | null; isOver: boolean }>(
    `SELECT ${endOfRunSql('r')} AS "endsAt", ${endsBeforeRetrySql} AS "isOver" FROM ${launchedSql} WHERE c.tenant_id = $1 AND c.id = $2`,
    [tenantId, id],
  );
  return { endsAt: run?.endsAt?.toISOString() ?? null, isOver: run?.isOver ?? false };
}
