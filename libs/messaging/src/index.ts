import './history/message-fields.repository';

import './message-log-fields';

export { maxBytes as mediaMaxBytes } from './intake/content';
export * from './intake/message-draft';
export * from './intake/message-intake';
export * from './intake/message-reader';
export type { AcceptedMessage } from './intake/message-store.repository';
export * from './intake/sourced-messages.repository';
export * from './history/message-events.repository';
export { type Breach, breachesOf, Invariants } from './invariants/invariants.repository';
export { InstallationFile } from './installation/installation-file';
export { type LedgerState, LedgerStates, type MayDuplicate } from './installation/ledger-state.repository';
export * from './lanes/lane-bell';
export * from './message';
export { waitingStates } from './message-states';
export * from './message-origin';
export * from './messaging.config';
export * from './messaging.module';
export * from './intake/send-message';
export { memberStates, type MessageMember } from './receipts/message-members.repository';
export * from './receipts/poll-votes.repository';
export type { Receipt } from './receipts/receipt';
export * from './receipts/receipts.repository';
export * from './uncertain/failed-messages.repository';
export * from './uncertain/message-binding.repository';
export { type LetterMessage, messageLetters, messageOf } from './dead-letters/message-letters.repository';
export { MessageEdit } from './dead-letters/message-letter-handler';
export * from './lanes/cap-pools.repository';
export { capReachedSql, hasCapsOf } from './lanes/frequency-caps.repository';
export * from './lanes/lane-limits';
export * from './lanes/lane-load.repository';
export { paceReserve } from './lanes/lane-rules.repository';
export * from './lanes/lane-settings.repository';
export * from './messages/message-cancel.repository';
export { cancelVerb, storedCancelFilter } from './messages/message-verbs';
export * from './groups/group-facts.repository';
export { GroupSettling } from './groups/group-settling.repository';
export * from './groups/message-groups.repository';
export * from './groups/message-moves.repository';
export * from './groups/message-windows.repository';
export * from './messages/message-queries.repository';
export * from './messages/message-why.repository';
export * from './outcomes/message-outcomes.repository';
export * from './rendering/body-sources';
export * from './send/file-addresses';
export * from './figures/group-figures.repository';
export { type CountDifference, groupCountDifferences } from './figures/group-recount.repository';
export * from './figures/message-counts.repository';
export {
  type LaneNearCap,
  lanesDueOf,
  lanesNearCap,
  oldestDueOf,
  type PausedGroup,
  pausedGroups,
  workersAlive,
} from './messaging-figures.repository';
