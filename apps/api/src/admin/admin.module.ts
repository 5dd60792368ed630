import { Module } from '@nestjs/common';
import { CampaignsModule } from '@heliograph/campaigns';
import { LedgerStates, MessagingModule } from '@heliograph/messaging';
import { DeadLettersModule } from '@heliograph/dead-letters';
import { IngestionModule } from '@heliograph/ingestion';
import { BulkJobsModule } from '@heliograph/kernel';
import { SignInLimitsModule, StaffModule } from '@heliograph/staff';
import { TenantsModule } from '@heliograph/tenants';
import { withAudit } from '../http/audit/audit.interceptor';
import { PublicModule } from '../public/public.module';
import { AccountController } from './account.controller';
import { LiveController } from './live/live.controller';
import { LiveHub } from './live/live-hub';
import { LiveSources } from './live/live-sources';
import { Alerts } from './overview/alerts';
import { OverviewController } from './overview/overview.controller';
import { UsageController } from './overview/usage.controller';
import { AuditController } from './audit.controller';
import { AllTenantsController } from './all-tenants.controller';
import { BrandingController } from './branding.controller';
import { BrokersController } from './brokers.controller';
import { CampaignApprovalLinkController } from './campaign-approval-link.controller';
import { CampaignReportLinkController } from './campaign-report-link.controller';
import { FindController } from './find.controller';
import { PersonGuard } from './person.guard';
import { PhoneLinkController } from './phone-link.controller';
import { SettingsController } from './settings.controller';
import { SignInController } from './sign-in.controller';
import { SimulatorControl } from './simulator/simulator-control';
import { SimulatorController } from './simulator/simulator.controller';
import { StaffController } from './staff.controller';
import { TenantsController } from './tenants.controller';

/** Routes of the staff under `/admin/v1`, and `/v1` for signed-in people. The panel is served beside them. */
@Module({
  imports: [
    PublicModule,
    StaffModule,
    SignInLimitsModule,
    TenantsModule,
    MessagingModule,
    CampaignsModule,
    DeadLettersModule,
    IngestionModule,
    BulkJobsModule,
  ],
  controllers: withAudit([
    SignInController,
    AccountController,
    StaffController,
    TenantsController,
    AuditController,
    SettingsController,
    BrandingController,
    OverviewController,
    UsageController,
    LiveController,
    BrokersController,
    AllTenantsController,
    FindController,
    PhoneLinkController,
    CampaignReportLinkController,
    CampaignApprovalLinkController,
    SimulatorController,
  ]),
  providers: [PersonGuard, LedgerStates, Alerts, LiveSources, LiveHub, SimulatorControl],
})
export class AdminModule {}
