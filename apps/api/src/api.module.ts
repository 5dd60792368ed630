import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ContactsModule } from '@heliograph/contacts';
import { InboxModule } from '@heliograph/inbox';
import { type KernelConfig, KernelModule, ThrottleModule } from '@heliograph/kernel';
import { LedgerModule, MessagingModule } from '@heliograph/messaging';
import { ProvidersModule } from '@heliograph/providers';
import { TenantsModule } from '@heliograph/tenants';
import { WebhooksModule } from '@heliograph/webhooks';
import { ApiKeyGuard } from './http/api-key.guard';
import { FrontDoor } from './http/front-door';
import { CallbackEndpointsController } from './public/callback-endpoints/callback-endpoints.controller';
import { ChannelsController } from './public/channels/channels.controller';
import { ContactAttributesController } from './public/contacts/contact-attributes.controller';
import { ContactConsentsController } from './public/contacts/contact-consents.controller';
import { ContactEditsController } from './public/contacts/contact-edits.controller';
import { ContactTimelineController } from './public/contacts/contact-timeline.controller';
import { ContactsController } from './public/contacts/contacts.controller';
import { OptOutReviewsController } from './public/opt-out-reviews/opt-out-reviews.controller';
import { SuppressionsController } from './public/suppressions/suppressions.controller';
import { ConversationsController } from './public/conversations/conversations.controller';
import { DeadLettersController } from './public/dead-letters/dead-letters.controller';
import { EventRulesController } from './public/event-rules/event-rules.controller';
import { EventTypesController } from './public/event-types/event-types.controller';
import { EventsController } from './public/events/events.controller';
import { HookSenders } from './hooks/hook-senders';
import { WasenderHooksController } from './hooks/wasender-hooks.controller';
import { IdempotencyInterceptor } from './http/idempotency.interceptor';
import { GroupsController } from './public/groups/groups.controller';
import { MessagesController } from './public/messages/messages.controller';
import { RoutingController } from './public/routing/routing.controller';
import { CapPoolsController } from './public/cap-pools/cap-pools.controller';
import { LanesController } from './public/lanes/lanes.controller';
import { SessionsController } from './public/sessions/sessions.controller';
import { ApiKeysController } from './public/api-keys/api-keys.controller';
import { ProviderAccountsController } from './public/provider-accounts/provider-accounts.controller';
import { TenantController } from './public/tenant/tenant.controller';

/** Controllers of the public REST API. */
export const publicControllers: Type[] = [
  MessagesController,
  GroupsController,
  ChannelsController,
  DeadLettersController,
  CallbackEndpointsController,
  EventsController,
  EventTypesController,
  EventRulesController,
  ContactsController,
  ContactConsentsController,
  ContactTimelineController,
  ContactEditsController,
  ContactAttributesController,
  SuppressionsController,
  OptOutReviewsController,
  ConversationsController,
  SessionsController,
  LanesController,
  CapPoolsController,
  RoutingController,
  TenantController,
  ApiKeysController,
  ProviderAccountsController,
];

/** The api process: composition only. API_SURFACES picks which controllers a pod serves. */
@Module({})
export class ApiModule {
  static forRoot(config: Readonly<KernelConfig>): DynamicModule {
    const controllers: Type[] = [];
    if (config.API_SURFACES.includes('public')) controllers.push(...publicControllers);
    if (config.API_SURFACES.includes('hooks')) controllers.push(WasenderHooksController);
    return {
      module: ApiModule,
      imports: [
        KernelModule.forRoot(config, 'api'),
        ThrottleModule,
        ProvidersModule,
        TenantsModule,
        LedgerModule,
        MessagingModule,
        ContactsModule,
        InboxModule,
        WebhooksModule,
      ],
      controllers,
      providers: [ApiKeyGuard, FrontDoor, HookSenders, { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor }],
    };
  }
}
