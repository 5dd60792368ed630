import { Module } from '@nestjs/common';
import { BulkJobsModule, BulkJobsWorkerModule, PurgesModule, WorkerRole } from '@heliograph/kernel';
import { DeadLetterMetrics } from './dead-letter-metrics.repository';
import { DeadLetterRetention } from './dead-letter-retention.repository';
import { DeadLetters } from './dead-letters.repository';
import { LetterAlerts } from './letter-alerts.repository';
import { LetterCares } from './letter-cares.repository';
import { LetterDecisions } from './letter-decisions';
import { LetterHandlers } from './letter-handlers';
import { LetterVerbs } from './letter-verbs';

/** Opens, lists and decides on dead letters. Owners of kinds import it and register their handlers. */
@Module({
  imports: [BulkJobsModule],
  providers: [DeadLetters, LetterAlerts, LetterCares, LetterHandlers, LetterDecisions, LetterVerbs],
  exports: [DeadLetters, LetterAlerts, LetterCares, LetterHandlers, LetterDecisions],
})
export class DeadLettersModule {}

/** Exports the metrics of dead letters; loaded by processes that export those of the ledger. */
@Module({ providers: [DeadLetterMetrics] })
export class DeadLetterMetricsModule {}

/** Purges settled letters and runs bulk jobs; only workers with the role `housekeeping` load it. */
@WorkerRole('housekeeping')
@Module({ imports: [PurgesModule, BulkJobsWorkerModule], providers: [DeadLetterRetention] })
export class DeadLettersHousekeepingModule {}
