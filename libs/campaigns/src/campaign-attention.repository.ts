import type { Sql } from '@heliograph/kernel';

/** A campaign that a person has to look at. */
export interface CampaignInNeed {
  tenantId: string;
  id: string;
  name: string;
  /** `checked`: it waits for an approval. */
  state: 'paused' | 'failed' | 'checked';
  /** Cause of the state. */
  reason: string | null;
  since: Date;
}

/** Hours for which a campaign that failed is reported: nothing makes it go on. */
const failedHours = 24;

/** SQL: campaigns `c` that are ready to start and that nobody has approved. */
const unapproved = `c.state = 'checked' AND c.approved_at IS NULL`;

/** Returns the tenants with campaigns that are ready to start and that nobody has approved. @param tenantIds null: all tenants */
export async function tenantsWithUnapproved(sql: Sql, tenantIds: string[] | null): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT DISTINCT c.tenant_id AS id FROM campaigns c WHERE ($1::uuid[] IS NULL OR c.tenant_id = ANY ($1)) AND ${unapproved}`,
    [tenantIds],
  );
  return rows.map(({ id }) => id);
}

/**
 * Returns campaigns that something but a person paused, those that failed lately, and those that wait for an approval, the newest first.
 * @param tenantIds null: all tenants
 * @param approving tenants whose campaigns need an approval
 */
export function campaignsInNeed(sql: Sql, tenantIds: string[] | null, approving: string[]): Promise<CampaignInNeed[]> {
  return sql.query<CampaignInNeed>(
    `SELECT c.tenant_id AS "tenantId", c.id, c.name, c.state, c.reason, c.state_changed_at AS since FROM campaigns c
     WHERE ($1::uuid[] IS NULL OR c.tenant_id = ANY ($1)) AND (c.state = 'paused' AND c.reason IS DISTINCT FROM 'person'
       OR c.state = 'failed' AND c.state_changed_at > heliograph_now() - interval '${failedHours} hours' OR ${unapproved} AND c.tenant_id = ANY ($2::uuid[]))
     ORDER BY c.state_changed_at DESC, c.id LIMIT 200`,
    [tenantIds, approving],
  );
}
