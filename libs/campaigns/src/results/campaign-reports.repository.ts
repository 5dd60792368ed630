import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import { groupCausesOf } from '@heliograph/messaging';
import { KnownTenants } from '@heliograph/tenants';
import {
  type CampaignFailure,
  type CampaignResults,
  type CampaignSeries,
  explained,
  readResults,
  readSeries,
} from './campaign-results.repository';

/** Everything that a report of a campaign shows. It names no people. */
export interface CampaignReport {
  client: string;
  results: CampaignResults;
  series: CampaignSeries;
  failures: CampaignFailure[];
}

/** Reads reports of campaigns. */
@Injectable()
export class CampaignReports {
  constructor(
    private readonly db: Database,
    private readonly tenants: KnownTenants,
  ) {}

  /** @throws AppError not_found */
  async read(tenantId: string, id: string): Promise<CampaignReport> {
    const tenant = await this.tenants.find(tenantId);
    return this.db.forTenant(tenantId, async (tx) => ({
      client: tenant?.name ?? '',
      results: await readResults(tx, tenantId, id),
      series: await readSeries(tx, tenantId, id),
      failures: (await groupCausesOf(tx, tenantId, id)).map(explained),
    }));
  }
}
