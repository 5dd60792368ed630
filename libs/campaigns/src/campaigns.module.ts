import { Module } from '@nestjs/common';
import { TenantsModule } from '@heliograph/tenants';
import { Campaigns } from './campaigns.repository';
import { CampaignReports } from './results/campaign-reports.repository';
import { CampaignResultsReader } from './results/campaign-results.repository';
import { CampaignPeople } from './results/people-outcomes.repository';
import { ReportLinks } from './results/report-links.repository';

const results = [CampaignResultsReader, CampaignPeople, CampaignReports, ReportLinks];

/** Campaigns, as people and clients read and write them; api processes. */
@Module({ imports: [TenantsModule], providers: [Campaigns, ...results], exports: [Campaigns, ...results] })
export class CampaignsModule {}
