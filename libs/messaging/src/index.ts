export * from './intake/message-draft';
export * from './intake/message-intake';
export * from './intake/message-reader';
export type { AcceptedMessage } from './intake/message-store.repository';
export * from './events/message-events.repository';
export { type Breach, Invariants } from './invariants/invariants.repository';
export { InstallationFile } from './installation/installation-file';
export { type LedgerState, LedgerStates, type MayDuplicate } from './installation/ledger-state.repository';
export * from './lanes/lane-bell';
export * from './message';
export * from './messaging.config';
export * from './messaging.module';
export * from './intake/send-message';
export { memberStates, type MessageMember } from './receipts/message-members.repository';
export * from './receipts/poll-votes.repository';
export * from './receipts/receipts';
export * from './uncertain/failed-messages';
export * from './uncertain/message-binding';
export {
  type DeadLetter,
  type DeadLetterDetail,
  type DeadLetterFilter,
  type DeadLetterKind,
  deadLetterKinds,
  DeadLetters,
  openLetterOf,
  type LetterMessage,
  type NewDeadLetter,
  type OpenedLetter,
} from './dead-letters/dead-letters';
export * from './dead-letters/redrive';
export * from './lanes/cap-pools';
export * from './lanes/lane-settings';
export * from './messages/message-cancel';
export * from './messages/message-queries.repository';
export * from './reason-catalogue';
