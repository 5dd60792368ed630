import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type PurgeChunk, Purges, type Tx, untilNotFull } from '@heliograph/kernel';
import { openLetterOf } from '@heliograph/dead-letters';
import type { InboundConfig } from './inbound.config';
import { hookLetters } from './hook-letters';

/** Purges old hooks. */
@Injectable()
export class HookRetention {
  constructor(
    purges: Purges,
    @Inject(APP_CONFIG) private readonly config: Pick<InboundConfig, 'HOOK_RETENTION_DAYS'>,
  ) {
    purges.register({ table: 'hook_inbox', keptDays: config.HOOK_RETENTION_DAYS, purgeSome: (tx, limit) => this.purgeSome(tx, limit) });
  }

  /** Deletes hooks that were read. A hook with an open dead letter stays, since it may be read again. */
  private async purgeSome(tx: Tx, limit: number): Promise<PurgeChunk> {
    const rows = await tx.query(
      `DELETE FROM hook_inbox h USING (
         SELECT o.tenant_id, o.id FROM hook_inbox o WHERE o.processed_at IS NOT NULL AND o.received_at < heliograph_now() - $1::float8 * interval '1 day'
           AND NOT (o.outcome = 'dead' AND ${openLetterOf(hookLetters, 'o.tenant_id', 'o.id::text')})
         LIMIT $2 FOR UPDATE SKIP LOCKED) x
       WHERE h.tenant_id = x.tenant_id AND h.id = x.id RETURNING 1`,
      [this.config.HOOK_RETENTION_DAYS, limit],
    );
    return untilNotFull('hook_inbox', rows.length, limit);
  }
}
