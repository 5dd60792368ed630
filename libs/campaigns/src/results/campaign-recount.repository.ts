import { Injectable } from '@nestjs/common';
import { Database, isStorageDown, type Sql } from '@heliograph/kernel';
import { type Breach, breachesOf, type CountDifference, groupCountDifferences } from '@heliograph/messaging';

/** Days after its end that a campaign is counted again. */
const recountDays = 2;

/** A campaign whose counters are wrong. */
export interface WrongCampaign {
  tenantId: string;
  id: string;
  differences: CountDifference[];
}

/** Counters of skips that differ from the rows, and launched campaigns whose people do not add up. Nothing else writes either. */
const checks = {
  campaign_skip_counts: `
    SELECT coalesce(c.campaign_id, s.campaign_id)::text AS id
    FROM (SELECT tenant_id, campaign_id, reason, count FROM campaign_skip_counts) c
    FULL JOIN (SELECT tenant_id, campaign_id, reason, count(*) AS count FROM campaign_skips GROUP BY 1, 2, 3) s
      ON s.tenant_id = c.tenant_id AND s.campaign_id = c.campaign_id AND s.reason = c.reason
    WHERE coalesce(c.count, 0) <> coalesce(s.count, 0)`,
  campaign_skips_of_run: `
    SELECT r.campaign_id::text AS id FROM campaign_runs r
    LEFT JOIN (SELECT tenant_id, campaign_id, sum(count) AS count FROM campaign_skip_counts GROUP BY 1, 2) s ON s.tenant_id = r.tenant_id AND s.campaign_id = r.campaign_id
    WHERE r.skipped <> coalesce(s.count, 0)`,
};

/** Checks the invariants between the tables of campaigns; each holds in every snapshot of the database. */
export const campaignBreaches = (sql: Sql): Promise<Breach[]> => breachesOf(sql, checks);

/** Counts the messages of campaigns again, and compares them with their counters. */
@Injectable()
export class CampaignRecount {
  constructor(private readonly db: Database) {}

  /**
   * Recounts the campaigns that run or ended lately, each in a statement of its own.
   * @returns those whose counters are wrong, and the errors of those that could not be counted
   */
  async recount(signal?: AbortSignal): Promise<{ wrong: WrongCampaign[]; failed: { id: string; error: unknown }[] }> {
    const campaigns = await this.db.query<{ tenantId: string; id: string }>(
      `SELECT tenant_id AS "tenantId", id FROM campaigns
       WHERE state IN ('processing', 'paused') OR ended_at > heliograph_now() - interval '${recountDays} days' ORDER BY id`,
    );
    const wrong: WrongCampaign[] = [];
    const failed: { id: string; error: unknown }[] = [];
    for (const { tenantId, id } of campaigns) {
      if (signal?.aborted) break;
      try {
        const differences = await this.db.forTenant(tenantId, (tx) => groupCountDifferences(tx, tenantId, id));
        if (differences.length > 0) wrong.push({ tenantId, id, differences });
      } catch (error) {
        if (isStorageDown(error)) throw error;
        failed.push({ id, error });
      }
    }
    return { wrong, failed };
  }
}
