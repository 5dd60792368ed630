import './conversation-use.repository';

export * from './answer-texts.repository';
export { wroteSinceSql } from './conversation-fields.repository';
export * from './contact-activity.repository';
export * from './contact-timeline.repository';
export {
  type Conversation,
  type ConversationKey,
  conversationKinds,
  type ConversationKind,
  Conversations,
  type ConversationState,
  conversationStatesOf,
} from './conversations.repository';
export * from './entries.repository';
export * from './inbound-messages';
export * from './inbox-actions';
export * from './inbox.config';
export * from './inbox.module';
export * from './opt-out-decisions';
export * from './reply-obstacles';
export * from './timelines.repository';
