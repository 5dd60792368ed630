import { Injectable } from '@nestjs/common';
import { AppError, Database } from '@heliograph/kernel';
import { contactsOfGroupSql } from '@heliograph/messaging';
import type { Campaign } from '../campaign';
import type { CampaignState } from '../campaign-body';
import { campaignColumns } from '../campaigns.repository';
import { audienceOf, readAudienceOf } from './audience.repository';
import { overStates } from './campaign-moves';

/** Another launched campaign that is not over and reaches people of the audience too. */
export interface CampaignOverlap {
  id: string;
  name: string;
  state: CampaignState;
  /** People of the audience whom it reaches. */
  people: number;
}

/** Other campaigns that are looked at, the latest first. */
const maxOthers = 20;

/** Finds who of an audience is reached by other campaigns too. */
@Injectable()
export class Overlaps {
  constructor(private readonly db: Database) {}

  /**
   * Counts, for each of the latest other launched campaigns that are not over, the people of this audience whom it reaches: those of its messages, or of its
   * audience as long as its messages are not written. @returns those that reach anybody, most people first
   * @throws AppError unknown_source, invalid_selection for the campaign's own audience; busy
   */
  of(tenantId: string, campaign: Pick<Campaign, 'id' | 'audience' | 'run'>): Promise<CampaignOverlap[]> {
    return this.db.inTurn(tenantId, () => this.find(tenantId, campaign));
  }

  private async find(tenantId: string, campaign: Pick<Campaign, 'id' | 'audience' | 'run'>): Promise<CampaignOverlap[]> {
    const others = await this.db.query<Campaign>(
      `SELECT ${campaignColumns} FROM campaigns c WHERE c.tenant_id = $1 AND c.id <> $2 AND c.launched_at IS NOT NULL AND c.state <> ALL ($3::text[]) ORDER BY c.id DESC LIMIT ${maxOthers}`,
      [tenantId, campaign.id, overStates],
    );
    if (others.length === 0) return [];
    const values: unknown[] = [tenantId];
    const own = audienceOf(values, { campaign, audience: await readAudienceOf(this.db, tenantId, campaign) });
    const counts: string[] = [];
    for (const [place, other] of others.entries()) {
      const theirs = await this.reachedBy(tenantId, values, other);
      if (theirs)
        counts.push(`SELECT ${place} AS place, count(*)::int AS people FROM own JOIN (${theirs}) t ON t.contact_id = own.contact_id`);
    }
    if (counts.length === 0) return [];
    const rows = await this.db.readQuery<{ place: number; people: number }>(
      `WITH own AS MATERIALIZED (${own}) SELECT * FROM (${counts.join(' UNION ALL ')}) o WHERE people > 0 ORDER BY people DESC, place`,
      values,
    );
    return rows.flatMap(({ place, people }) => {
      const other = others[place];
      return other ? [{ id: other.id, name: other.name, state: other.state, people }] : [];
    });
  }

  /** Returns SQL of the people of a launched campaign, as a query of `contact_id`; null: what its audience refers to is gone, so that it reaches nobody. */
  private async reachedBy(tenantId: string, values: unknown[], other: Campaign): Promise<string | null> {
    if (other.run?.expandedAt) return contactsOfGroupSql('$1', `$${values.push(other.id)}::uuid`);
    try {
      return audienceOf(values, { campaign: other, audience: await readAudienceOf(this.db, tenantId, other) });
    } catch (error) {
      if (error instanceof AppError && ['unknown_source', 'invalid_selection'].includes(error.reason)) return null;
      throw error;
    }
  }
}
