import { Module } from '@nestjs/common';
import { AuditChain } from './audit-chain.repository';
import { AuditLog } from './audit-log.repository';
import { AuditSealer } from './audit-sealer';

/** The audit log and the chain over it. */
@Module({ providers: [AuditLog, AuditChain], exports: [AuditLog, AuditChain] })
export class AuditModule {}

/** Seals entries into the chain, in processes that run for long. */
@Module({ imports: [AuditModule], providers: [AuditSealer] })
export class AuditSealingModule {}
