import { Module } from '@nestjs/common';
import { CampaignsModule, TemplatesModule } from '@heliograph/campaigns';
import { ContactsModule } from '@heliograph/contacts';
import { DeadLettersModule } from '@heliograph/dead-letters';
import { InboxModule } from '@heliograph/inbox';
import { IngestionModule } from '@heliograph/ingestion';
import { BulkJobsModule, IdempotencyModule, ThrottleModule } from '@heliograph/kernel';
import { MessagingModule } from '@heliograph/messaging';
import { ProvidersModule } from '@heliograph/providers';
import { AuditSealingModule, StaffModule } from '@heliograph/staff';
import { TenantsModule } from '@heliograph/tenants';
import { InboundModule, OutboundModule } from '@heliograph/webhooks';
import { withAudit } from '../http/audit/audit.interceptor';
import { ApiKeyGuard } from '../http/api-key.guard';
import { FrontDoor } from '../http/front-door';
import { StaffDoor } from '../http/staff-door';
import { withIdempotency } from '../http/idempotency.interceptor';
import { CallbackEndpointsController } from './callback-endpoints/callback-endpoints.controller';
import { CampaignLaunchesController } from './campaigns/campaign-launches.controller';
import { CampaignPlanController } from './campaigns/campaign-plan.controller';
import { CampaignFollowUpsController } from './campaigns/campaign-follow-ups.controller';
import { CampaignApprovalController } from './campaigns/campaign-approval.controller';
import { CampaignReportController } from './campaigns/campaign-report.controller';
import { CampaignRepliesController } from './campaigns/campaign-replies.controller';
import { CampaignResultsController } from './campaigns/campaign-results.controller';
import { CampaignTestController } from './campaigns/campaign-test.controller';
import { CampaignsController } from './campaigns/campaigns.controller';
import { CallbackTypesController } from './callback-endpoints/callback-types.controller';
import { ChannelsController } from './channels/channels.controller';
import { ContactAttributesController } from './contacts/contact-attributes.controller';
import { ContactCampaignsController } from './contacts/contact-campaigns.controller';
import { ContactConsentsController } from './contacts/contact-consents.controller';
import { ContactEditsController } from './contacts/contact-edits.controller';
import { ContactExportController } from './contacts/contact-export.controller';
import { ContactTimelineController } from './contacts/contact-timeline.controller';
import { ContactsController } from './contacts/contacts.controller';
import { ContactListsController } from './lists/contact-lists.controller';
import { SegmentsController } from './segments/segments.controller';
import { ImportChunksController } from './imports/import-chunks.controller';
import { ImportsController } from './imports/imports.controller';
import { OptOutReviewsController } from './opt-out-reviews/opt-out-reviews.controller';
import { SuppressionsController } from './suppressions/suppressions.controller';
import { ConversationsController } from './conversations/conversations.controller';
import { DeadLetterCausesController } from './dead-letters/dead-letter-causes.controller';
import { DeadLettersController } from './dead-letters/dead-letters.controller';
import { EventRulesController } from './event-rules/event-rules.controller';
import { EventTypesController } from './event-types/event-types.controller';
import { EventsController } from './events/events.controller';
import { GroupsController } from './groups/groups.controller';
import { JobsController } from './jobs/jobs.controller';
import { MediaController } from './media/media.controller';
import { MediaLinksController } from './media/media-links.controller';
import { MessagesController } from './messages/messages.controller';
import { RoutingController } from './routing/routing.controller';
import { CapPoolsController } from './cap-pools/cap-pools.controller';
import { LanesController } from './lanes/lanes.controller';
import { SessionActsController } from './sessions/session-acts.controller';
import { SessionLinkController } from './sessions/session-link.controller';
import { SessionsController } from './sessions/sessions.controller';
import { ApiKeysController } from './api-keys/api-keys.controller';
import { ProviderAccountsController } from './provider-accounts/provider-accounts.controller';
import { TemplatesController } from './templates/templates.controller';
import { TenantController } from './tenant/tenant.controller';

/** The REST API under `/v1`, for clients with an API key and for signed-in people. */
@Module({
  imports: [
    ThrottleModule,
    IdempotencyModule,
    BulkJobsModule,
    ProvidersModule,
    TenantsModule,
    StaffModule,
    AuditSealingModule,
    DeadLettersModule,
    MessagingModule,
    ContactsModule,
    InboxModule,
    CampaignsModule,
    TemplatesModule,
    InboundModule,
    OutboundModule,
    IngestionModule,
  ],
  controllers: withIdempotency(
    withAudit([
      MessagesController,
      GroupsController,
      ChannelsController,
      DeadLetterCausesController,
      DeadLettersController,
      JobsController,
      CallbackEndpointsController,
      CallbackTypesController,
      EventsController,
      EventTypesController,
      EventRulesController,
      ContactExportController,
      ContactsController,
      ContactCampaignsController,
      ContactConsentsController,
      ContactTimelineController,
      ContactEditsController,
      ContactAttributesController,
      ContactListsController,
      SegmentsController,
      ImportChunksController,
      ImportsController,
      SuppressionsController,
      OptOutReviewsController,
      ConversationsController,
      CampaignsController,
      CampaignLaunchesController,
      CampaignPlanController,
      TemplatesController,
      MediaController,
      MediaLinksController,
      CampaignRepliesController,
      CampaignResultsController,
      CampaignTestController,
      CampaignReportController,
      CampaignApprovalController,
      CampaignFollowUpsController,
      SessionActsController,
      SessionLinkController,
      SessionsController,
      LanesController,
      CapPoolsController,
      RoutingController,
      TenantController,
      ApiKeysController,
      ProviderAccountsController,
    ]),
  ),
  providers: [ApiKeyGuard, StaffDoor, FrontDoor],
})
export class PublicModule {}
