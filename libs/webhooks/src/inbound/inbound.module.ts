import { Module } from '@nestjs/common';
import { ContactsModule } from '@heliograph/contacts';
import { InboxModule } from '@heliograph/inbox';
import { PurgesModule, WorkerRole } from '@heliograph/kernel';
import { MessagingModule } from '@heliograph/messaging';
import { ProvidersModule } from '@heliograph/providers';
import { TenantsModule } from '@heliograph/tenants';
import { Channels } from './channels.repository';
import { FactApplication } from './fact-application';
import { HookAnswerRetention, HookAnswers } from './hook-answers.repository';
import { HookInbox } from './hook-inbox';
import { HookReader } from './hook-reader';
import { HookRedrive } from './hook-redrive';
import { HookRetention } from './hook-retention.repository';
import { LastHooks } from './last-hooks.repository';
import { MessageHooks } from './message-hooks.repository';
import { ParkedFacts } from './parked-facts.repository';

/** Stores hooks, redrives dead ones, and shows what hooks named: channels, and the hooks of a message. Loaded by api processes. */
@Module({
  imports: [MessagingModule, ProvidersModule],
  providers: [HookAnswers, HookInbox, HookRedrive, Channels, LastHooks, MessageHooks],
  exports: [HookAnswers, HookInbox, Channels, LastHooks, MessageHooks],
})
export class InboundModule {}

/** Reads hooks: workers with the role `hooks`. */
@WorkerRole('hooks')
@Module({
  imports: [MessagingModule, TenantsModule, ProvidersModule, ContactsModule, InboxModule],
  providers: [Channels, ParkedFacts, FactApplication, HookReader],
})
export class InboundWorkerModule {}

/** Purges hooks, and redrives many of them: workers with the role `housekeeping`. */
@WorkerRole('housekeeping')
@Module({ imports: [MessagingModule, PurgesModule], providers: [HookRedrive, HookRetention, HookAnswerRetention] })
export class InboundHousekeepingModule {}
