import './history/message-fields.repository';

import './message-log-fields';
import './message-records.repository';

export { maxBytes as mediaMaxBytes } from './intake/content';
export type { MessageDraft } from './intake/message-draft';
export { MessageIntake, type Verdict } from './intake/message-intake';
export * from './intake/message-reader';
export type { AcceptedMessage } from './intake/message-store.repository';
export * from './intake/sourced-messages.repository';
export { MessageEvents, type ReportedMessageEvent } from './history/message-events.repository';
export { type Breach, breachesOf, Invariants } from './invariants/invariants.repository';
export { InstallationFile } from './installation/installation-file';
export { type HoldProgress, LedgerStates } from './installation/ledger-state.repository';
export { LaneBell } from './lanes/lane-bell';
export { type MessageBody, messageClasses, type MessageState, messageStates, textOf } from './message';
export { waitingStates } from './message-states';
export { messageOriginView, originView } from './message-origin';
export { installationConfig, type MessagingConfig } from './messaging.config';
export { LedgerModule, MessagingModule } from './messaging.module';
export {
  bulkMessageBody,
  type BulkMessageBody,
  replyMessageBody,
  type ReplyMessageBody,
  sendMessageBody,
  type SendMessageBody,
} from './intake/send-message';
export { memberStates } from './receipts/message-members.repository';
export { PollVotes } from './receipts/poll-votes.repository';
export * from './receipts/receipts.repository';
export { FailedMessages } from './uncertain/failed-messages.repository';
export { MessageBinding } from './uncertain/message-binding.repository';
export { type LetterMessage, messageLetters, messageOf } from './dead-letters/message-letters.repository';
export { MessageEdit } from './dead-letters/message-letter-handler';
export * from './lanes/cap-pools.repository';
export { capReachedSql } from './lanes/frequency-caps.repository';
export { laneLimitsPatch, type LaneLimitsPatch, timeZone } from './lanes/lane-limits';
export { type SharingGroup, sharingGroups, waitingInLanes } from './lanes/lane-load.repository';
export { paceReserve } from './lanes/lane-rules.repository';
export * from './lanes/lane-settings.repository';
export { MessageCancel } from './messages/message-cancel.repository';
export { cancelVerb, storedCancelFilter } from './messages/message-verbs';
export {
  campaignKind,
  contactsOfGroupSql,
  deliveredSinceSql,
  groupDoubtsSql,
  groupsInLanesSql,
  groupWaitsSql,
  hasLeftLaneSql,
  hasMessageSql,
  hasPassedWindowsSql,
  sessionOfMessageSql,
} from './groups/group-facts.repository';
export { GroupSettling } from './groups/group-settling.repository';
export {
  groupPatch,
  type GroupPatch,
  groupStates,
  groupStatesOf,
  type MessageGroup,
  MessageGroups,
} from './groups/message-groups.repository';
export { MessageMoves, withdrawUndone } from './groups/message-moves.repository';
export {
  isRefittingSql,
  type MessageWindow,
  MessageWindows,
  type NextWindow,
  pausedSinceSql,
  type ZonesOf,
} from './groups/message-windows.repository';
export * from './messages/message-reads.repository';
export { type MessageDetail, MessageQueries, type MessageSummary } from './messages/message-queries.repository';
export { MessageWaits } from './messages/message-waits.repository';
export { MessageExplainer, waitReasons } from './messages/message-why.repository';
export { pastReasons } from './messages/past-waits';
export * from './outcomes/message-outcomes.repository';
export * from './rendering/body-sources';
export * from './send/file-addresses';
export {
  type GroupAnswers,
  groupAnswersOf,
  type GroupCause,
  groupCausesOf,
  groupContactsSql,
  groupFlowOf,
  type GroupFlowPoint,
  groupFlowSpan,
  type GroupLane,
  groupLanesOf,
  groupLeftOf,
  type GroupMessage,
  groupMessagesOf,
  groupOptOutsSince,
  groupRateOf,
  groupStateCountsOf,
  groupTotalSql,
} from './figures/group-figures.repository';
export { groupCountDifferences } from './figures/group-recount.repository';
export { type LaneFigures, MessageCounts, messageOutcomes, type OutcomeCounts, quarterMs } from './figures/message-counts.repository';
export { lanesDueOf, lanesInNeed, oldestDueOf, pausedGroups, throttledSince, workersAlive } from './messaging-figures.repository';
