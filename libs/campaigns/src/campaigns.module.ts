import { Module } from '@nestjs/common';
import { Campaigns } from './campaigns.repository';
import { CampaignPeople } from './results/campaign-people.repository';
import { CampaignResultsReader } from './results/campaign-results.repository';

/** Campaigns, as people and clients read and write them; api processes. */
@Module({ providers: [Campaigns, CampaignResultsReader, CampaignPeople], exports: [Campaigns, CampaignResultsReader, CampaignPeople] })
export class CampaignsModule {}
