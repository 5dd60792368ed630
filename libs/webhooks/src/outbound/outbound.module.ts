import { Module } from '@nestjs/common';
import { ContactsModule } from '@heliograph/contacts';
import { InboxModule } from '@heliograph/inbox';
import { PurgesModule } from '@heliograph/kernel';
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

/** Keeps endpoints of callbacks and the log of what they got: api processes. */
@Module({
  imports: [MessagingModule],
  providers: [CallbackEvents, CallbackEndpoints, CallbackLog, CallbackRedrive],
  exports: [CallbackEndpoints, CallbackLog],
})
export class OutboundModule {}

/** Follows what happened and calls endpoints: workers with the role `callbacks`. */
@Module({
  imports: [MessagingModule, TenantsModule, ContactsModule, InboxModule],
  providers: [CallbackEvents, CallbackEndpoints, CallbackQueue, CallbackFeed, CallbackRunner],
})
export class OutboundWorkerModule {}

/** Purges callbacks: workers with the role `housekeeping`. */
@Module({ imports: [PurgesModule], providers: [CallbackEvents, CallbackRetention] })
export class OutboundHousekeepingModule {}
