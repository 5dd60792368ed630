import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Loops } from '@heliograph/kernel';
import { AuditChain, chainBatch } from './audit-chain.repository';

const everyMs = 2_000;
const purgeEveryMs = 3_600_000;

/** Seals entries of the audit log soon after their commit, and purges old ones. Several processes may run it; one works at a time. */
@Injectable()
export class AuditSealer implements OnApplicationBootstrap {
  private readonly log = new Logger(AuditSealer.name);

  constructor(
    private readonly chain: AuditChain,
    private readonly loops: Loops,
  ) {}

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'audit_chain', everyMs, jitter: 0.2, work: async () => (await this.chain.seal()) === chainBatch });
    this.loops.start({ name: 'audit_purge', everyMs: purgeEveryMs, jitter: 0.2, work: () => this.purge() });
  }

  private async purge(): Promise<boolean> {
    const purged = await this.chain.purge();
    if (purged > 0) this.log.log({ event: 'audit.purged', count: purged });
    return purged === chainBatch;
  }
}
