import { Module } from '@nestjs/common';
import { IdempotencyKeyPurge } from '../idempotency/idempotency-key-purge.repository';
import { Purges } from './purges';

/** Deleting what is old, the kernel's own tables with it: modules of the role `housekeeping` import it and register their tables. */
@Module({ providers: [Purges, IdempotencyKeyPurge], exports: [Purges] })
export class PurgesModule {}
