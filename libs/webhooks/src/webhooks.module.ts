import { Module } from '@nestjs/common';
import { MessagingModule } from '@heliograph/messaging';
import { ProvidersModule } from '@heliograph/providers';
import { TenantsModule } from '@heliograph/tenants';
import { Channels } from './inbound/channels.repository';
import { FactApplication } from './inbound/fact-application';
import { HookInbox } from './inbound/hook-inbox';
import { HookReader } from './inbound/hook-reader';
import { HookRedrive } from './inbound/hook-redrive';
import { InboundMessages } from './inbound/inbound-messages.repository';
import { ParkedFacts } from './inbound/parked-facts.repository';

/** Storing hooks, having dead ones read again, and what was learned from them: api processes. */
@Module({ imports: [MessagingModule], providers: [HookInbox, HookRedrive, Channels], exports: [HookInbox, Channels] })
export class WebhooksModule {}

/** Reading hooks: workers with the role `hooks`. */
@Module({
  imports: [MessagingModule, TenantsModule, ProvidersModule],
  providers: [InboundMessages, Channels, ParkedFacts, FactApplication, HookReader],
})
export class WebhooksWorkerModule {}
