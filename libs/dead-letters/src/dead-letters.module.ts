import { Module } from '@nestjs/common';
import { PurgesModule, WorkerRole } from '@heliograph/kernel';
import { DeadLetterMetrics } from './dead-letter-metrics.repository';
import { DeadLetterRetention } from './dead-letter-retention.repository';
import { DeadLetters } from './dead-letters.repository';
import { LetterDecisions } from './letter-decisions';
import { LetterHandlers } from './letter-handlers';

/** Opening, listing and deciding on dead letters. Owners of kinds import it and register their handlers. */
@Module({
  providers: [DeadLetters, LetterHandlers, LetterDecisions],
  exports: [DeadLetters, LetterHandlers, LetterDecisions],
})
export class DeadLettersModule {}

/** The figures of dead letters: processes that show those of the ledger. */
@Module({ providers: [DeadLetterMetrics] })
export class DeadLetterMetricsModule {}

/** The purge of settled letters: workers with the role `housekeeping`. */
@WorkerRole('housekeeping')
@Module({ imports: [PurgesModule], providers: [DeadLetterRetention] })
export class DeadLettersHousekeepingModule {}
