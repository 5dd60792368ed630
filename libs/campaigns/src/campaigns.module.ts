import { Module } from '@nestjs/common';
import { ContactsModule } from '@heliograph/contacts';
import { WorkerRole } from '@heliograph/kernel';
import { MessagingModule } from '@heliograph/messaging';
import { ProvidersModule } from '@heliograph/providers';
import { TenantsModule } from '@heliograph/tenants';
import { Campaigns } from './campaigns.repository';
import { NumberCheckQueue } from './checks/number-check-queue.repository';
import { NumberChecker } from './checks/number-checker';
import { NumberCheckFigures } from './checks/number-figures.repository';
import { CampaignChecks } from './launch/campaign-checks.repository';
import { CampaignLaunches } from './launch/campaign-launches.repository';
import { CampaignPaces } from './launch/campaign-paces.repository';
import { CampaignRunner } from './launch/campaign-runner';
import { CampaignTimes } from './launch/campaign-times.repository';
import { CampaignExpansion } from './launch/expansion.repository';
import { MergedPeople } from './launch/merged-people.repository';
import { Overlaps } from './launch/overlaps.repository';
import { SessionMoves } from './launch/session-moves.repository';
import { VerdictPeople } from './launch/verdict-people.repository';
import { Verdicts } from './launch/verdict.repository';
import { CampaignApprovals } from './links/campaign-approvals.repository';
import { CampaignLinks } from './links/campaign-links.repository';
import { FlightPlans } from './plan/flight-plans.repository';
import { CampaignReplies } from './results/campaign-replies.repository';
import { CampaignReports } from './results/campaign-reports.repository';
import { CampaignResultsReader } from './results/campaign-results.repository';
import { CampaignWaits } from './results/campaign-waits.repository';
import { CampaignRetries } from './results/campaign-retries.repository';
import { FollowUps } from './results/follow-ups.repository';
import { ContactCampaigns } from './results/contact-campaigns.repository';
import { CampaignPeople } from './results/people-outcomes.repository';
import { CampaignRecount } from './results/campaign-recount.repository';
import { RecountWatch } from './results/recount-watch';
import { RetryWatch } from './results/retry-watch';
import { RuleWatch } from './results/rule-watch';
import { StopRules } from './results/stop-rules.repository';
import { SeedTests } from './templates/seed-tests';
import { TemplatesModule } from './templates/templates.module';
import { KnownZones } from './time/known-zones.repository';

const people = [Campaigns, KnownZones, Overlaps, Verdicts, NumberCheckFigures];
const launches = [CampaignChecks, CampaignLaunches, FollowUps, CampaignRetries];
const results = [CampaignResultsReader, CampaignWaits, CampaignPeople, ContactCampaigns, VerdictPeople, CampaignReplies, CampaignReports];
const links = [CampaignLinks, CampaignApprovals];
const forApi = [...people, ...launches, CampaignPaces, ...results, FlightPlans, ...links, SeedTests];

/** Campaigns, as people and clients read, write and launch them; api processes. */
@Module({
  imports: [ContactsModule, MessagingModule, TemplatesModule, TenantsModule],
  providers: forApi,
  exports: forApi,
})
export class CampaignsModule {}

/** Runs of campaigns: workers with the role `campaigns`. */
@WorkerRole('campaigns')
@Module({
  imports: [ContactsModule, MessagingModule, ProvidersModule, TemplatesModule, TenantsModule],
  providers: [
    ...people,
    ...launches,
    CampaignTimes,
    CampaignExpansion,
    SessionMoves,
    MergedPeople,
    CampaignRunner,
    StopRules,
    RuleWatch,
    RetryWatch,
    CampaignRecount,
    RecountWatch,
    NumberCheckQueue,
    NumberChecker,
  ],
  exports: [...people, ...launches],
})
export class CampaignsWorkerModule {}
