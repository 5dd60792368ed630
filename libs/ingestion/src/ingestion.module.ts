import { Module } from '@nestjs/common';
import { TemplatesModule } from '@heliograph/campaigns';
import { ContactsModule } from '@heliograph/contacts';
import { InboxModule } from '@heliograph/inbox';
import { BulkJobsModule, PurgesModule, WorkerRole } from '@heliograph/kernel';
import { MessagingModule } from '@heliograph/messaging';
import { TenantsModule } from '@heliograph/tenants';
import { BrokerIntake } from './brokers/broker-intake';
import { BrokerLinks } from './brokers/broker-links.repository';
import { BrokerPoison } from './brokers/broker-poison.repository';
import { BrokerPoisonRetention } from './brokers/broker-poison-retention.repository';
import { BrokerRedrive } from './brokers/broker-redrive';
import { BrokersRole } from './brokers/brokers-role';
import { EventEvaluation } from './events/event-evaluation';
import { EventIntake } from './events/event-intake';
import { EventReader } from './events/event-reader';
import { EventRetention } from './events/event-retention.repository';
import { EventTrial } from './events/event-trial';
import { EventVerbs } from './events/event-verbs';
import { EventTypes } from './events/event-types.repository';
import { Events } from './events/events.repository';
import { EventRules } from './rules/event-rules.repository';

const catalogue = [EventTypes, EventRules];
const events = [Events, EventEvaluation];

/** Event types and rules; also used by the command line. */
@Module({ providers: catalogue, exports: catalogue })
export class EventCatalogueModule {}

/** Intake of events: api processes, and workers with the role `brokers`. */
@Module({ providers: [EventIntake], exports: [EventIntake] })
export class EventIntakeModule {}

/** Events, rules, dry runs, and replays and redrives of events and broker messages: api processes. */
@Module({
  imports: [
    BulkJobsModule,
    MessagingModule,
    TenantsModule,
    ContactsModule,
    InboxModule,
    TemplatesModule,
    EventIntakeModule,
    EventCatalogueModule,
  ],
  providers: [...events, EventVerbs, EventTrial, BrokerLinks, BrokerPoison, BrokerRedrive],
  exports: [EventIntakeModule, EventCatalogueModule, ...events, EventTrial, BrokerLinks],
})
export class IngestionModule {}

/** Evaluation of events: workers with the role `events`. */
@WorkerRole('events')
@Module({
  imports: [MessagingModule, TenantsModule, ContactsModule, InboxModule, TemplatesModule, EventCatalogueModule],
  providers: [...events, EventReader],
})
export class EventsWorkerModule {}

/** Brokers as inputs: workers with the role `brokers`. */
@WorkerRole('brokers')
@Module({ imports: [MessagingModule, TenantsModule, EventIntakeModule], providers: [BrokerLinks, BrokerPoison, BrokerIntake, BrokersRole] })
export class BrokersWorkerModule {}

/** Purges of events and broker messages, and replays and redrives of many of them: workers with the role `housekeeping`. */
@WorkerRole('housekeeping')
@Module({
  imports: [MessagingModule, BulkJobsModule, PurgesModule],
  providers: [Events, EventVerbs, BrokerPoison, BrokerRedrive, EventRetention, BrokerPoisonRetention],
})
export class IngestionHousekeepingModule {}
