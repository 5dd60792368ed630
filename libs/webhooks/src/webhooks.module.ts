import { Module } from '@nestjs/common';
import { ContactsModule } from '@heliograph/contacts';
import { InboxModule } from '@heliograph/inbox';
import { PurgesModule, WorkerRole } from '@heliograph/kernel';
import { MessagingModule } from '@heliograph/messaging';
import { ProvidersModule } from '@heliograph/providers';
import { TenantsModule } from '@heliograph/tenants';
import { BrokerPoison } from './brokers/broker-poison.repository';
import { BrokerPoisonRetention } from './brokers/broker-poison-retention.repository';
import { BrokerRedrive } from './brokers/broker-redrive';
import { EventEvaluation } from './events/event-evaluation';
import { EventIntake } from './events/event-intake';
import { EventReader } from './events/event-reader';
import { EventRetention } from './events/event-retention.repository';
import { EventRules } from './events/event-rules.repository';
import { EventTrial } from './events/event-trial';
import { EventTypes } from './events/event-types.repository';
import { Events } from './events/events.repository';
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

const catalogue = [EventTypes, EventRules];
const events = [Events, EventEvaluation];

/** Which events are known, and what follows from them: also the command line. */
@Module({ providers: catalogue, exports: catalogue })
export class EventCatalogueModule {}

/** Taking in events: api processes, and workers with the role `brokers`. */
@Module({ providers: [EventIntake], exports: [EventIntake] })
export class EventIntakeModule {}

/** Storing hooks, having dead ones read again, what was learned from them, and endpoints of callbacks: api processes. */
@Module({
  imports: [MessagingModule, TenantsModule, ContactsModule, InboxModule, EventIntakeModule, EventCatalogueModule],
  providers: [
    HookInbox,
    HookRedrive,
    Channels,
    CallbackEvents,
    CallbackEndpoints,
    CallbackLog,
    CallbackRedrive,
    BrokerPoison,
    BrokerRedrive,
    ...events,
    EventTrial,
  ],
  exports: [HookInbox, Channels, CallbackEndpoints, CallbackLog, EventIntakeModule, EventCatalogueModule, ...events, EventTrial],
})
export class WebhooksModule {}

/** Calling endpoints: workers with the role `callbacks`. */
@WorkerRole('callbacks')
@Module({
  imports: [MessagingModule, TenantsModule, ContactsModule, InboxModule],
  providers: [CallbackEvents, CallbackEndpoints, CallbackQueue, CallbackFeed, CallbackRunner],
})
export class CallbacksWorkerModule {}

/** What brokers brought and could not be taken: workers with the role `brokers`. */
@WorkerRole('brokers')
@Module({ imports: [MessagingModule], providers: [BrokerPoison], exports: [BrokerPoison] })
export class BrokerPoisonModule {}

/** Reading hooks: workers with the role `hooks`. */
@WorkerRole('hooks')
@Module({
  imports: [MessagingModule, TenantsModule, ProvidersModule, ContactsModule, InboxModule],
  providers: [Channels, ParkedFacts, FactApplication, HookReader],
})
export class WebhooksWorkerModule {}

/** Doing what follows from events: workers with the role `events`. */
@WorkerRole('events')
@Module({
  imports: [MessagingModule, TenantsModule, ContactsModule, InboxModule, EventCatalogueModule],
  providers: [...events, EventReader],
})
export class EventsWorkerModule {}

/** The end of what is old: workers with the role `housekeeping`. */
@WorkerRole('housekeeping')
@Module({
  imports: [MessagingModule, PurgesModule],
  providers: [HookRetention, EventRetention, BrokerPoisonRetention, CallbackEvents, CallbackRetention],
})
export class WebhooksHousekeepingModule {}
