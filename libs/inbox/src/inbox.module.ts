import { Module } from '@nestjs/common';
import { ContactsModule } from '@heliograph/contacts';
import { MessagingModule } from '@heliograph/messaging';
import { ProvidersModule } from '@heliograph/providers';
import { TenantsModule } from '@heliograph/tenants';
import { ContactTimeline } from './contact-timeline.repository';
import { Conversations } from './conversations.repository';
import { Entries } from './entries.repository';
import { InboundMessages } from './inbound-messages';
import { InboxActions } from './inbox-actions';

const all = [ContactTimeline, Conversations, Entries, InboundMessages, InboxActions];

/** Conversations with people. */
@Module({ imports: [TenantsModule, ContactsModule, MessagingModule, ProvidersModule], providers: all, exports: all })
export class InboxModule {}
