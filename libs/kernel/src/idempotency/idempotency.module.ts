import { Module } from '@nestjs/common';
import { IdempotencyKeys } from './idempotency-keys.repository';

/** Idempotency keys of requests. */
@Module({ providers: [IdempotencyKeys], exports: [IdempotencyKeys] })
export class IdempotencyModule {}
