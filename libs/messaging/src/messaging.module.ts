import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { ContactsModule } from '@heliograph/contacts';
import { DeadLetterMetricsModule, DeadLettersModule } from '@heliograph/dead-letters';
import { BulkJobsModule, IdempotencyModule, PurgesModule, WorkerRole } from '@heliograph/kernel';
import { ProvidersModule } from '@heliograph/providers';
import { TenantsModule } from '@heliograph/tenants';
import { BadNumbers } from './dead-letters/bad-numbers';
import { MessageLetterHandler } from './dead-letters/message-letter-handler';
import { MessageRedrive } from './dead-letters/message-redrive.repository';
import { MessageEvents } from './history/message-events.repository';
import { MessageCounting } from './figures/message-counting';
import { MessageCounts } from './figures/message-counts.repository';
import { TransitionLog } from './history/transition-log';
import { GroupSettling } from './groups/group-settling.repository';
import { MessageGroups } from './groups/message-groups.repository';
import { MessageMoves } from './groups/message-moves.repository';
import { MessageWindows } from './groups/message-windows.repository';
import { HeldMessages } from './installation/held-messages.repository';
import { LedgerReconciliation } from './installation/ledger-reconciliation';
import { LedgerStates } from './installation/ledger-state.repository';
import { LedgerWatch } from './installation/ledger-watch';
import { MessageIntake } from './intake/message-intake';
import { MessageReader } from './intake/message-reader';
import { MessageStore } from './intake/message-store.repository';
import { InvariantWatch } from './invariants/invariant-watch';
import { Invariants } from './invariants/invariants.repository';
import { MessageOutcomes } from './outcomes/message-outcomes.repository';
import { CapPools } from './lanes/cap-pools.repository';
import { LaneBell } from './lanes/lane-bell';
import { LaneClaims } from './lanes/lane-claims.repository';
import { LaneProcessor } from './lanes/lane.processor';
import { laneQueue } from './lanes/lane.queue';
import { LaneRunner } from './lanes/lane-runner';
import { LaneSettings } from './lanes/lane-settings.repository';
import { LanesRole } from './lanes/lanes-role';
import { WorkerLease } from './lanes/worker-lease';
import { MessageCancel } from './messages/message-cancel.repository';
import { MessageQueries } from './messages/message-queries.repository';
import { MessageExplainer } from './messages/message-why.repository';
import { MessageVerbs } from './messages/message-verbs';
import { MessageWaits } from './messages/message-waits.repository';
import { MessagingMetrics } from './messaging.metrics';
import { PollVotes } from './receipts/poll-votes.repository';
import { Receipts } from './receipts/receipts.repository';
import { Recovery } from './recovery/recovery';
import { RecoveryRepository } from './recovery/recovery.repository';
import { MessageRetention } from './retention/message-retention.repository';
import { BodyRenderer } from './rendering/body-renderer';
import { BodySources } from './rendering/body-sources';
import { FileAddresses } from './send/file-addresses';
import { Ledger } from './send/ledger.repository';
import { MessageSender } from './send/message-sender';
import { QuotedMessages } from './send/quoted-messages.repository';
import { FailedMessages } from './uncertain/failed-messages.repository';
import { MessageBinding } from './uncertain/message-binding.repository';
import { UnboundMessages } from './uncertain/unbound.repository';
import { UncertainResolver } from './uncertain/uncertain-resolver';

const queues = BullModule.registerQueue({ name: laneQueue.name });

/** Checks that the ledger is no older copy; every process loads it. */
@Module({ providers: [LedgerStates, LedgerWatch], exports: [LedgerWatch] })
export class LedgerModule {}

/** Accepts and reads messages; every process may load it. */
@Module({
  imports: [BulkJobsModule, IdempotencyModule, queues, TenantsModule, ProvidersModule, ContactsModule, DeadLettersModule],
  providers: [
    LaneBell,
    MessageStore,
    MessageReader,
    MessageIntake,
    Receipts,
    PollVotes,
    UnboundMessages,
    MessageBinding,
    FailedMessages,
    MessageQueries,
    MessageExplainer,
    MessageWaits,
    MessageCancel,
    MessageVerbs,
    MessageGroups,
    GroupSettling,
    MessageMoves,
    MessageWindows,
    MessageLetterHandler,
    MessageRedrive,
    LaneSettings,
    CapPools,
    MessageEvents,
    MessageCounts,
    MessageOutcomes,
    BodySources,
    FileAddresses,
  ],
  exports: [
    DeadLettersModule,
    LaneBell,
    MessageReader,
    MessageIntake,
    Receipts,
    PollVotes,
    UnboundMessages,
    MessageBinding,
    FailedMessages,
    MessageQueries,
    MessageExplainer,
    MessageWaits,
    MessageCancel,
    MessageGroups,
    GroupSettling,
    MessageMoves,
    MessageWindows,
    LaneSettings,
    CapPools,
    MessageEvents,
    MessageCounts,
    MessageOutcomes,
    BodySources,
    FileAddresses,
  ],
})
export class MessagingModule {}

/** Sends messages; only workers with the role `lanes` load it. */
@WorkerRole('lanes')
@Module({
  imports: [LedgerModule, MessagingModule, DeadLetterMetricsModule, queues, TenantsModule, ProvidersModule],
  providers: [
    MessagingMetrics,
    WorkerLease,
    BodyRenderer,
    LaneClaims,
    Ledger,
    QuotedMessages,
    MessageSender,
    LaneRunner,
    LaneProcessor,
    RecoveryRepository,
    Invariants,
    Recovery,
    UncertainResolver,
    HeldMessages,
    LedgerReconciliation,
    TransitionLog,
    LanesRole,
  ],
})
export class MessagingWorkerModule {}

/** Handles follow-ups of failures and purges old rows; only workers with the role `housekeeping` load it. */
@WorkerRole('housekeeping')
@Module({
  imports: [MessagingModule, TenantsModule, ContactsModule, PurgesModule],
  providers: [BadNumbers, MessageCounting, MessageRetention, Invariants, InvariantWatch],
})
export class MessagingHousekeepingModule {}
