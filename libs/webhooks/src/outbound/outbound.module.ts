import { Module } from '@nestjs/common';
import { ContactsModule } from '@heliograph/contacts';
import { InboxModule } from '@heliograph/inbox';
import { BulkJobsModule, PurgesModule, WorkerRole } from '@heliograph/kernel';
import { MessagingModule } from '@heliograph/messaging';
import { TenantsModule } from '@heliograph/tenants';
import { CallbackEndpoints } from './callback-endpoints.repository';
import { CallbackEvents } from './callback-events.repository';
import { CallbackFeed } from './callback-feed';
import { CallbackLog } from './callback-log.repository';
import { CallbackQueue } from './callback-queue.repository';
import { CallbackRedrive } from './callback-redrive';
import { CallbackRetention } from './callback-retention.repository';
import { CallbackRunner } from './callback-runner';
import { CallbackVerbs } from './callback-verbs';

/** Manages endpoints of callbacks and their delivery log: api processes. */
@Module({
  imports: [MessagingModule, BulkJobsModule],
  providers: [CallbackEvents, CallbackEndpoints, CallbackLog, CallbackRedrive, CallbackVerbs],
  exports: [CallbackEndpoints, CallbackLog],
})
export class OutboundModule {}

/** Creates callbacks and calls endpoints: workers with the role `callbacks`. */
@WorkerRole('callbacks')
@Module({
  imports: [MessagingModule, TenantsModule, ContactsModule, InboxModule],
  providers: [CallbackEvents, CallbackEndpoints, CallbackQueue, CallbackFeed, CallbackRunner],
})
export class OutboundWorkerModule {}

/** Purges callbacks, and replays and redrives many of them: workers with the role `housekeeping`. */
@WorkerRole('housekeeping')
@Module({
  imports: [MessagingModule, BulkJobsModule, PurgesModule],
  providers: [CallbackEvents, CallbackLog, CallbackRedrive, CallbackVerbs, CallbackRetention],
})
export class OutboundHousekeepingModule {}
