import { Module } from '@nestjs/common';
import { PurgesModule } from '../purges/purges.module';
import { BulkJobRunner } from './bulk-job-runner';
import { BulkJobSteps } from './bulk-job-steps.repository';
import { BulkJobs } from './bulk-jobs.repository';
import { BulkVerbs } from './bulk-verbs';

/** Bulk verbs and their jobs. Libs that have bulk verbs import it and register them. */
@Module({ providers: [BulkVerbs, BulkJobs], exports: [BulkVerbs, BulkJobs] })
export class BulkJobsModule {}

/** Runs the jobs. Libs that have bulk verbs import it for a role of their workers. */
@Module({ imports: [BulkJobsModule, PurgesModule], providers: [BulkJobSteps, BulkJobRunner] })
export class BulkJobsWorkerModule {}
