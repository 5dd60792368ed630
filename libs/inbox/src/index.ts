import './conversation-records.repository';
import './conversation-use.repository';

export { type AnswerText, answerTexts } from './answer-texts.repository';
export { wroteSinceSql } from './conversation-fields.repository';
export * from './contact-activity.repository';
export { type ContactLine, ContactTimeline } from './contact-timeline.repository';
export { type Conversation, conversationKinds, Conversations, conversationStatesOf } from './conversations.repository';
export { Entries, type EntryChange, type ReportedEntry, type ReportedEntryChange } from './entries.repository';
export { InboundMessages } from './inbound-messages';
export * from './inbox-actions';
import './inbox.config';
export { InboxModule } from './inbox.module';
export { maxWriters, NumberOptOuts } from './number-opt-outs.repository';
export * from './opt-out-decisions';
export { replyBlocks, ReplyObstacles } from './reply-obstacles';
export * from './timelines.repository';
