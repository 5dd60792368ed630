import { type Actor, actorColumn, type TransactionRange, type Tx } from '@heliograph/kernel';
import { groupStatesOf } from '@heliograph/messaging';

/** Kinds of entries in the log of a campaign that are reported to endpoints. */
const reportedMoves = ['approved', 'changes_asked', 'started', 'paused', 'completed', 'cancelled', 'failed'] as const;
export type ReportedMove = (typeof reportedMoves)[number];

/** A move of a campaign, as callbacks report it. */
export interface ReportedCampaignMove {
  /** Transaction that wrote it. */
  tx: string;
  tenantId: string;
  id: string;
  campaignId: string;
  name: string;
  move: ReportedMove;
  /** Further data, for example a rule and its figures. */
  detail: Record<string, unknown> | null;
  actor: Actor;
  at: Date;
  /** Messages of the campaign by state, at the time of the report. */
  messages: Record<string, number>;
}

/** Returns the reported moves of campaigns of these tenants that were logged in these transactions, oldest first. */
export async function campaignMovesBetween(tx: Tx, { from, to }: TransactionRange, tenantIds: string[]): Promise<ReportedCampaignMove[]> {
  const rows = await tx.prepared<Omit<ReportedCampaignMove, 'messages'>>(
    'campaign_moves_between',
    `SELECT l.tx::text, l.tenant_id AS "tenantId", l.id::text, l.campaign_id AS "campaignId", c.name, l.kind AS move, l.detail, ${actorColumn('l.actor')} AS actor, l.at
     FROM campaign_log l JOIN campaigns c ON c.tenant_id = l.tenant_id AND c.id = l.campaign_id
     WHERE l.tx >= $1 AND l.tx < $2 AND l.tenant_id = ANY ($3::uuid[]) AND l.kind = ANY ($4::text[]) ORDER BY l.tx, l.id`,
    [from, to, tenantIds, reportedMoves],
  );
  if (rows.length === 0) return [];
  const counts = new Map(
    (
      await groupStatesOf(
        tx,
        rows.map((row) => [row.tenantId, row.campaignId]),
      )
    ).map((group) => [`${group.tenantId}/${group.id}`, group.counts]),
  );
  return rows.map((row) => ({ ...row, messages: counts.get(`${row.tenantId}/${row.campaignId}`) ?? {} }));
}
