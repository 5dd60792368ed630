import { Module } from '@nestjs/common';
import { ContactsModule } from '@heliograph/contacts';
import { InboxModule } from '@heliograph/inbox';
import { PurgesModule } from '@heliograph/kernel';
import { MessagingModule } from '@heliograph/messaging';
import { ProvidersModule } from '@heliograph/providers';
import { TenantsModule } from '@heliograph/tenants';
import { Channels } from './inbound/channels.repository';
import { FactApplication } from './inbound/fact-application';
import { HookInbox } from './inbound/hook-inbox';
import { HookReader } from './inbound/hook-reader';
import { HookRedrive } from './inbound/hook-redrive';
import { HookRetention } from './inbound/hook-retention.repository';
import { ParkedFacts } from './inbound/parked-facts.repository';
import { CallbackEndpoints } from './outbound/callback-endpoints.repository';
import { CallbackEvents } from './outbound/callback-events.repository';
import { CallbackFeed } from './outbound/callback-feed';
import { CallbackLog } from './outbound/callback-log.repository';
import { CallbackQueue } from './outbound/callback-queue.repository';
import { CallbackRedrive } from './outbound/callback-redrive';
import { CallbackRetention } from './outbound/callback-retention.repository';
import { CallbackRunner } from './outbound/callback-runner';

/** Storing hooks, having dead ones read again, what was learned from them, and endpoints of callbacks: api processes. */
@Module({
  imports: [MessagingModule, TenantsModule, ContactsModule, InboxModule],
  providers: [HookInbox, HookRedrive, Channels, CallbackEvents, CallbackEndpoints, CallbackLog, CallbackRedrive],
  exports: [HookInbox, Channels, CallbackEndpoints, CallbackLog],
})
export class WebhooksModule {}

/** Calling endpoints: workers with the role `callbacks`. */
@Module({
  imports: [MessagingModule, TenantsModule, ContactsModule, InboxModule],
  providers: [CallbackEvents, CallbackEndpoints, CallbackQueue, CallbackFeed, CallbackRunner],
})
export class CallbacksWorkerModule {}

/** Reading hooks: workers with the role `hooks`. */
@Module({
  imports: [MessagingModule, TenantsModule, ProvidersModule, ContactsModule, InboxModule],
  providers: [Channels, ParkedFacts, FactApplication, HookReader],
})
export class WebhooksWorkerModule {}

/** The end of what is old: workers with the role `housekeeping`. */
@Module({
  imports: [MessagingModule, PurgesModule],
  providers: [HookRetention, CallbackEvents, CallbackRetention],
})
export class WebhooksHousekeepingModule {}
