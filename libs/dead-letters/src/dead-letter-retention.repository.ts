import { Injectable, Logger } from '@nestjs/common';
import { type PurgeChunk, Purges, type Sql } from '@heliograph/kernel';
import { nextTenantKeeping } from '@heliograph/tenants';
import { purgeSettled } from './dead-letters.repository';

/** Purges settled letters that are older than the tenant's setting `dead_letter_days`. */
@Injectable()
export class DeadLetterRetention {
  private readonly log = new Logger(DeadLetterRetention.name);

  constructor(purges: Purges) {
    purges.register({ table: 'dead_letters', purgeSome: (tx, limit, from) => this.purgeSome(tx, limit, from) });
  }

  /** Purges letters of one tenant at a time. @param from `id` of the tenant to continue with, or `>id` of the last one */
  private async purgeSome(tx: Sql, limit: number, from: string | null): Promise<PurgeChunk> {
    const tenant = await nextTenantKeeping(tx, 'dead_letter_days', from?.replace('>', '') ?? null, from?.startsWith('>') ?? false);
    if (!tenant) return { deleted: {}, next: null };
    const count = await purgeSettled(tx, tenant.id, tenant.days, limit);
    if (count > 0)
      this.log.log({ event: 'dead_letters.purged', tenant: tenant.id, actor: 'system:retention', count, older_than_days: tenant.days });
    return { deleted: { dead_letters: count }, next: count === limit ? tenant.id : `>${tenant.id}` };
  }
}
