import { Module } from '@nestjs/common';
import { WorkerRole } from '@heliograph/kernel';
import { MessagingModule } from '@heliograph/messaging';
import { TenantsModule } from '@heliograph/tenants';
import { Campaigns } from './campaigns.repository';
import { CampaignLaunches } from './launch/campaign-launches.repository';
import { CampaignRunner } from './launch/campaign-runner';
import { CampaignExpansion } from './launch/expansion.repository';
import { Verdicts } from './launch/verdict.repository';
import { FlightPlans } from './plan/flight-plans.repository';
import { KnownZones } from './time/known-zones.repository';

const people = [Campaigns, Verdicts, KnownZones];

/** Campaigns, as people and clients read, write and launch them; api processes. */
@Module({
  imports: [MessagingModule, TenantsModule],
  providers: [...people, CampaignLaunches, FlightPlans],
  exports: [...people, CampaignLaunches, FlightPlans],
})
export class CampaignsModule {}

/** Runs of campaigns: workers with the role `campaigns`. */
@WorkerRole('campaigns')
@Module({
  imports: [MessagingModule, TenantsModule],
  providers: [...people, CampaignLaunches, CampaignExpansion, CampaignRunner],
  exports: [...people, CampaignLaunches],
})
export class CampaignsWorkerModule {}
