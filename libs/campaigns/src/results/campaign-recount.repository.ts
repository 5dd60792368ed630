import { Injectable } from '@nestjs/common';
import { Database, isStorageDown, type Sql } from '@heliograph/kernel';
import { type Breach, breachesOf, groupCountDifferences, groupTotalSql } from '@heliograph/messaging';
import { flyingStates, listSql } from '../launch/campaign-moves';

/** Days after its end that a campaign is counted again. */
const recountDays = 2;

/** A counter of a campaign that is wrong, such as `messages.sent`, `skips.no_consent` or `run.messages`. */
export interface WrongCount {
  counter: string;
  counted: number;
  actual: number;
}

/** A campaign whose counters are wrong. */
export interface WrongCampaign {
  tenantId: string;
  id: string;
  differences: WrongCount[];
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
  campaign_messages_of_run: `
    SELECT r.campaign_id::text AS id FROM campaign_runs r WHERE r.messages <> ${groupTotalSql('r.tenant_id', 'r.campaign_id')}`,
};

/** The same of the campaign $2 of tenant $1, with the figures. */
const differencesSql = `
  WITH counted AS (
    SELECT reason, count FROM campaign_skip_counts WHERE tenant_id = $1 AND campaign_id = $2
  ), actual AS (
    SELECT reason, count(*) AS count FROM campaign_skips WHERE tenant_id = $1 AND campaign_id = $2 GROUP BY 1
  ), run AS (
    SELECT skipped, messages, ${groupTotalSql('$1', '$2')} AS of_group FROM campaign_runs WHERE tenant_id = $1 AND campaign_id = $2
  )
  SELECT counter, counted::int AS counted, actual::int AS actual FROM (
    SELECT 'skips.' || reason AS counter, coalesce(c.count, 0) AS counted, coalesce(a.count, 0) AS actual FROM counted c FULL JOIN actual a USING (reason)
    UNION ALL SELECT 'run.skipped', skipped, (SELECT coalesce(sum(count), 0) FROM actual) FROM run
    UNION ALL SELECT 'run.messages', messages, of_group FROM run
  ) x WHERE counted <> actual ORDER BY 1`;

/** Checks the invariants between the tables of campaigns; each holds in every snapshot of the database. */
export const campaignBreaches = (sql: Sql): Promise<Breach[]> => breachesOf(sql, checks);

/** Counts the messages and the skips of campaigns again, and compares them with their counters. */
@Injectable()
export class CampaignRecount {
  constructor(private readonly db: Database) {}

  /**
   * Recounts the campaigns that run or ended lately, each in statements of its own.
   * @returns those whose counters are wrong, and the errors of those that could not be counted
   */
  async recount(signal?: AbortSignal): Promise<{ wrong: WrongCampaign[]; failed: { id: string; error: unknown }[] }> {
    const campaigns = await this.db.query<{ tenantId: string; id: string }>(
      `SELECT tenant_id AS "tenantId", id FROM campaigns
       WHERE state IN ${listSql(flyingStates)} OR ended_at > heliograph_now() - interval '${recountDays} days' ORDER BY id`,
    );
    const wrong: WrongCampaign[] = [];
    const failed: { id: string; error: unknown }[] = [];
    for (const { tenantId, id } of campaigns) {
      if (signal?.aborted) break;
      try {
        const differences = await this.db.forTenant(tenantId, async (tx) => [
          ...(await groupCountDifferences(tx, tenantId, id)).map(({ state, ...one }) => ({ counter: `messages.${state}`, ...one })),
          ...(await tx.query<WrongCount>(differencesSql, [tenantId, id])),
        ]);
        if (differences.length > 0) wrong.push({ tenantId, id, differences });
      } catch (error) {
        if (isStorageDown(error)) throw error;
        failed.push({ id, error });
      }
    }
    return { wrong, failed };
  }
}
