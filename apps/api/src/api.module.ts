import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ContactsModule } from '@heliograph/contacts';
import { InboxModule } from '@heliograph/inbox';
import { KernelModule, ThrottleModule } from '@heliograph/kernel';
import { LedgerModule, MessagingModule } from '@heliograph/messaging';
import { ProvidersModule } from '@heliograph/providers';
import { StaffModule } from '@heliograph/staff';
import { TenantsModule } from '@heliograph/tenants';
import { WebhooksModule } from '@heliograph/webhooks';
import { AccountController } from './admin/account.controller';
import { PersonGuard } from './admin/person.guard';
import { SignInController } from './admin/sign-in.controller';
import { StaffController } from './admin/staff.controller';
import { StaffDoor } from './admin/staff-door';
import { TenantsController } from './admin/tenants.controller';
import type { ApiConfig } from './api.config';
import { ApiKeyGuard } from './auth/api-key.guard';
import { FrontDoor } from './auth/front-door';
import { CallbackEndpointsController } from './callbacks/callback-endpoints.controller';
import { ChannelsController } from './channels/channels.controller';
import { ContactAttributesController } from './contacts/contact-attributes.controller';
import { ContactConsentsController } from './contacts/contact-consents.controller';
import { ContactEditsController } from './contacts/contact-edits.controller';
import { ContactTimelineController } from './contacts/contact-timeline.controller';
import { ContactsController } from './contacts/contacts.controller';
import { OptOutReviewsController } from './contacts/opt-out-reviews.controller';
import { SuppressionsController } from './contacts/suppressions.controller';
import { ConversationsController } from './conversations/conversations.controller';
import { DeadLettersController } from './dead-letters/dead-letters.controller';
import { EventRulesController } from './events/event-rules.controller';
import { EventTypesController } from './events/event-types.controller';
import { EventsController } from './events/events.controller';
import { HookSenders } from './hooks/hook-senders';
import { WasenderHooksController } from './hooks/wasender-hooks.controller';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor';
import { GroupsController } from './messages/groups.controller';
import { MessagesController } from './messages/messages.controller';
import { RoutingController } from './routing/routing.controller';
import { CapPoolsController } from './sessions/cap-pools.controller';
import { LanesController } from './sessions/lanes.controller';
import { SessionsController } from './sessions/sessions.controller';
import { ApiKeysController } from './tenant/api-keys.controller';
import { ProviderAccountsController } from './tenant/provider-accounts.controller';
import { TenantController } from './tenant/tenant.controller';

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

/** Controllers of the staff's own routes. */
export const adminControllers: Type[] = [SignInController, AccountController, StaffController, TenantsController];

/** The api process: composition only. API_SURFACES picks which controllers a pod serves. */
@Module({})
export class ApiModule {
  static forRoot(config: Readonly<ApiConfig>): DynamicModule {
    const controllers: Type[] = [];
    if (config.API_SURFACES.includes('public')) controllers.push(...publicControllers);
    if (config.API_SURFACES.includes('admin')) controllers.push(...adminControllers);
    if (config.API_SURFACES.includes('hooks')) controllers.push(WasenderHooksController);
    return {
      module: ApiModule,
      imports: [
        KernelModule.forRoot(config, 'api'),
        ThrottleModule,
        ProvidersModule,
        TenantsModule,
        StaffModule,
        LedgerModule,
        MessagingModule,
        ContactsModule,
        InboxModule,
        WebhooksModule,
      ],
      controllers,
      providers: [
        ApiKeyGuard,
        PersonGuard,
        StaffDoor,
        FrontDoor,
        HookSenders,
        { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
      ],
    };
  }
}
