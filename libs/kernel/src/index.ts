export * from './actors/actor';
export {
  auditContext,
  type AuditedAct,
  auditedAs,
  type AuditScope,
  auditScope,
  inAuditScope,
  noteAudit,
  nothingToAudit,
  outsideAudit,
} from './audit/audit-scope';
export { mapInSlices } from './bulk/slices';
export { type BulkJob, bulkJobStates, type BulkTask } from './bulk/bulk-verb';
export { endOfJob, filterOfStored, storedFilter } from './bulk/stored-filter';
export * from './bulk/bulk-verbs';
export { BulkJobs, expectTolerance, isAsExpected } from './bulk/bulk-jobs.repository';
export { BulkJobSteps, keptJobDays } from './bulk/bulk-job-steps.repository';
export * from './bulk/bulk-jobs.module';
export * from './config/api-surfaces';
export * from './config/config.module';
export { declareConfig, declaredConfig, declaredShapes } from './config/declared-config';
export { describeConfig } from './config/describe-config';
export * from './config/keep-heap-small';
export * from './config/kernel.config';
export { ConfigError, loadConfig } from './config/load-config';
export * from './config/worker-roles';
export * from './database/concurrent-index';
export { connectionOptions, type DatabaseTarget, newClient } from './database/connection';
export { dataSourceOptions } from './database/data-source-options';
export {
  Database,
  inHalves,
  isItemFault,
  isStorageDown,
  isTooSlow,
  isUnstorable,
  isValueFault,
  type Sql,
  sqlState,
  type Tx,
} from './database/database';
export * from './database/database.module';
export * from './database/new-id';
export { checkServer } from './database/server-check';
export { declareFeedReader, feedPositionOf, TransactionFeed, type TransactionRange } from './database/transaction-feed';
export { TurnsByKey } from './database/turns-by-key';
export { Egress, type EgressAnswer, type EgressOptions } from './egress/egress';
export * from './egress/interim-answers';
export * from './errors/after-doing';
export { AppError, type FieldError, notFound } from './errors/app-error';
export { Folder } from './folding/folder';
export { present } from './objects/present';
export { List, listKeys, type Page, pageQuery, type PageRequest, timeKey } from './paging/page';
export * from './paging/read-page';
export { readPageOfTenants } from './paging/read-page-of-tenants';
export { defineQueue, type PayloadOf } from './queue/define-queue';
export { JobProducer } from './queue/job-producer';
export * from './queue/migrate-queue-schema';
export * from './queue/typed-processor';
export { declareRecordKinds, findRecords, recordKinds } from './records/record-kinds.repository';
export { CachedLookup } from './change-feed/cached-lookup';
export * from './change-feed/change-feed';
export * from './change-feed/change-feed.module';
export { resealColumns } from './crypto/reseal';
export * from './crypto/sealed-secrets';
export { matchesSecret, sha256 } from './crypto/secrets';
export * from './crypto/signed-values';
export * from './health/health-checks';
export { HealthModule } from './health/health.module';
export * from './idempotency/idempotency.module';
export {
  IdempotencyKeys,
  keyOfResource,
  keyReused,
  type RequestKey,
  resourceOfKey,
  storedKeysSql,
  takeKeysSql,
} from './idempotency/idempotency-keys.repository';
export * from './idempotency/request-hash';
export { removeLeftovers } from './files/leftovers';
export * from './http/create-http-app';
export { type ChangeGuard, EntityTags } from './http/entity-tags';
export { parseJson, parseKeepingDigits, withoutMark } from './http/json-parser';
export { declareOperatorPage } from './http/operator-pages';
export { problemTitles, toProblem } from './http/problem.filter';
export { TakesBytes, TakesRows } from './http/request-body';
export { schemaFaultCodes } from './http/schema-faults';
export * from './http/shapes';
export { fileOf, TakesFile, type UploadedFile } from './http/upload';
export { UploadPlaces } from './http/upload-places';
export { invalidBody } from './http/validation.pipe';
export { declareLogFields } from './logging/log-fields';
export { redact, redactText } from './logging/redact';
export { doubledMs } from './loops/doubled-ms';
export { LoneReading, maxDeaths } from './loops/lone-reading';
export { Loop } from './loops/loop';
export { Loops } from './loops/loops';
export * from './loops/loops.module';
export { ProcessReports } from './loops/process-reports.repository';
export * from './loops/steps-by-key';
export { addDurations, addDurationsSql, durationClass, noDurations, p95Of, percentileOf } from './metrics/durations';
export * from './metrics/metrics';
export { MetricsModule } from './metrics/metrics.module';
export { keptDays, type PurgeChunk, Purges, untilNotFull } from './purges/purges';
export * from './purges/purges.module';
export * from './shutdown/drain.module';
export * from './shutdown/drain.service';
export { anyText } from './text/any-text';
export * from './text/clean-text';
export * from './text/kept-text';
export { SharedCounters } from './throttle/shared-counters';
export * from './throttle/throttle.module';
export * from './kernel.module';
export * from './database/wait-for-database';
export * from './config/boot';
