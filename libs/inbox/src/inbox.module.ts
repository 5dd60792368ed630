import { Module } from '@nestjs/common';
import { ContactsModule } from '@heliograph/contacts';
import { PurgesModule, WorkerRole } from '@heliograph/kernel';
import { MessagingModule } from '@heliograph/messaging';
import { ProvidersModule } from '@heliograph/providers';
import { TenantsModule } from '@heliograph/tenants';
import { CampaignAnswers } from './campaign-answers';
import { ContactActivity } from './contact-activity.repository';
import { ContactTimeline } from './contact-timeline.repository';
import { Conversations } from './conversations.repository';
import { Entries } from './entries.repository';
import { EntryRetention } from './entry-retention.repository';
import { ConsentKeywords } from './consent-keywords';
import { InboundMessages } from './inbound-messages';
import { InboxActions } from './inbox-actions';
import { LaneReplies } from './lane-replies.repository';
import { NumberOptOuts } from './number-opt-outs.repository';
import { OptConfirmations } from './opt-confirmations';
import { OptOutDecisions } from './opt-out-decisions';
import { ReplyObstacles } from './reply-obstacles';
import { Timelines } from './timelines.repository';

const all = [
  ContactActivity,
  ContactTimeline,
  Conversations,
  Timelines,
  Entries,
  InboundMessages,
  ConsentKeywords,
  InboxActions,
  NumberOptOuts,
  OptConfirmations,
  OptOutDecisions,
  ReplyObstacles,
];

/** Conversations with people. */
@Module({ imports: [TenantsModule, ContactsModule, MessagingModule, ProvidersModule], providers: all, exports: all })
export class InboxModule {}

/** Purge of old entries, answers to campaigns and to lanes: workers with the role `housekeeping`. */
@WorkerRole('housekeeping')
@Module({ imports: [PurgesModule, ContactsModule, MessagingModule], providers: [Entries, EntryRetention, CampaignAnswers, LaneReplies] })
export class InboxHousekeepingModule {}
