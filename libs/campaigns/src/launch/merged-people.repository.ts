import { Injectable } from '@nestjs/common';
import { mergedIntoSql, mergedSinceSql } from '@heliograph/contacts';
import { Database } from '@heliograph/kernel';
import { MessageMoves } from '@heliograph/messaging';
import { launchedSql } from '../campaigns.repository';
import { flyingStates, listSql } from './campaign-moves';
import { mergeSlack, type OpenRun } from './expansion.repository';
import { messageIdOf } from './verdict.repository';

interface MergedRun extends OpenRun {
  launchedAt: Date;
  /** Time from which on merges are to be followed. */
  since: Date;
  now: Date;
}

/** SQL: time from which on merges of contacts are to be followed for run `r`. */
const sinceOf = `coalesce(r.merges_seen_at, r.started_at) - interval '${mergeSlack}'`;

/** Takes messages back that would reach a person twice, since the contacts of two messages were merged after both were written. */
@Injectable()
export class MergedPeople {
  constructor(
    private readonly db: Database,
    private readonly moves: MessageMoves,
  ) {}

  /** Returns campaigns in flight of tenants that merged contacts since it was looked last. */
  merged(): Promise<MergedRun[]> {
    return this.db.query<MergedRun>(
      `SELECT c.tenant_id AS "tenantId", c.id, c.launched_at AS "launchedAt", ${sinceOf} AS since, heliograph_now() AS now
       FROM ${launchedSql}
       WHERE c.state IN ${listSql(flyingStates)} AND r.started_at IS NOT NULL AND EXISTS (${mergedSinceSql('c.tenant_id', sinceOf)}) LIMIT 100`,
    );
  }

  /** Leaves each person one message of the campaign. */
  async follow({ tenantId, id, launchedAt, since, now }: MergedRun): Promise<void> {
    const values: unknown[] = [tenantId, since];
    const message = messageIdOf(values, id, launchedAt);
    await this.db.transaction((tx) =>
      this.moves.withdrawDoubles(
        tx,
        tenantId,
        `SELECT p.contact_id AS person, ${message('k.id')} AS message_id FROM (${mergedSinceSql('$1', '$2')}) p
         CROSS JOIN LATERAL (SELECT p.contact_id AS id UNION ALL ${mergedIntoSql('$1', 'p.contact_id')}) k`,
        values.slice(1),
      ),
    );
    // Rarely, since chunks of the expansion hold the row; and not in the transaction that holds lanes, for which chunks wait.
    await this.db.query(
      `UPDATE campaign_runs SET merges_seen_at = $3 WHERE (tenant_id, campaign_id) IN (
         SELECT tenant_id, campaign_id FROM campaign_runs WHERE tenant_id = $1 AND campaign_id = $2
           AND coalesce(merges_seen_at, started_at) < $3::timestamptz - interval '1 minute' FOR UPDATE SKIP LOCKED)`,
      [tenantId, id, now],
    );
  }
}
