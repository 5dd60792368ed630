import { Module } from '@nestjs/common';
import { IdempotencyKeyPurge } from '../idempotency/idempotency-key-purge.repository';
import { Purges } from './purges';

/** Deletion of old rows, those of the kernel's tables included. Modules of the role `housekeeping` import it and register their tables. */
@Module({ providers: [Purges, IdempotencyKeyPurge], exports: [Purges] })
export class PurgesModule {}
