import { Module } from '@nestjs/common';
import { MessagingModule } from '@heliograph/messaging';
import { ProvidersModule } from '@heliograph/providers';
import { TenantsModule } from '@heliograph/tenants';
import { FactApplication } from './inbound/fact-application';
import { HookInbox } from './inbound/hook-inbox';
import { HookReader } from './inbound/hook-reader';
import { InboundMessages } from './inbound/inbound-messages.repository';
import { ParkedFacts } from './inbound/parked-facts.repository';

/** Storing hooks: api processes. */
@Module({ providers: [HookInbox], exports: [HookInbox] })
export class WebhooksModule {}

/** Reading hooks: workers with the role `hooks`. */
@Module({
  imports: [MessagingModule, TenantsModule, ProvidersModule],
  providers: [InboundMessages, ParkedFacts, FactApplication, HookReader],
})
export class WebhooksWorkerModule {}
