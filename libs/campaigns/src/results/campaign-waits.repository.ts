import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import { MessageExplainer } from '@heliograph/messaging';
import { launchedSql } from '../campaigns.repository';
import { scheduleOfRunSql, type TimedRun } from '../launch/campaign-times.repository';
import { closedBy, closedByOf } from '../time/open-intervals';
import { readHolidays } from '../time/public-holidays';
import type { CampaignResults } from './campaign-results.repository';

/**
 * Causes for which a running campaign sends nothing. Of its schedule: `start`, which comes later where its people live, `windows`, `holidays` and
 * `quiet_hours`. Of messages and lanes: those by which claims pass its messages by.
 */
export const campaignWaits = [
  ...closedBy,
  'ledger_held',
  'tenant_suspended',
  'group_changing',
  'session',
  'lane_invalid',
  'provider',
  'send_window',
  'hourly_or_daily_cap',
  'group_cap',
  'min_gap',
  'retry',
] as const;
export type CampaignWait = (typeof campaignWaits)[number];

/** Cause for which a running campaign sends nothing. */
export interface CampaignHold {
  cause: CampaignWait;
  /** Null: somebody has to do something, or the end is not known. */
  until: Date | null;
}

const isWait = (cause: string): cause is CampaignWait => (campaignWaits as readonly string[]).includes(cause);

/** Finds out for what running campaigns wait. */
@Injectable()
export class CampaignWaits {
  constructor(
    private readonly db: Database,
    private readonly explainer: MessageExplainer,
  ) {}

  /** Returns for what a campaign waits; null: it sends, it does not run, or nothing waits. Reads the message that is due first in each lane. */
  async of(tenantId: string, { campaign: { id, state }, counts, countedAt }: CampaignResults): Promise<CampaignHold | null> {
    if (state !== 'processing' || counts.waiting === 0) return null;
    const hold = await this.explainer.holdOfGroup(tenantId, id);
    if (hold === null) return null;
    const { reason, until, zone } = hold;
    if (reason !== 'send_at') return isWait(reason) ? { cause: reason, until } : null;
    const [run] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<Pick<TimedRun, 'schedule' | 'quiet'>>(
        `SELECT ${scheduleOfRunSql('c', 'r')} AS schedule, r.quiet FROM ${launchedSql} WHERE c.tenant_id = $1 AND c.id = $2`,
        [tenantId, id],
      ),
    );
    if (!run) return null;
    await readHolidays(run.schedule.holidays, countedAt.getUTCFullYear());
    const cause = closedByOf(run.schedule, zone ?? run.schedule.time_zone, countedAt.getTime(), run.quiet);
    return cause && { cause, until };
  }
}
