import { Injectable } from '@nestjs/common';
import { anyLetterOf } from '@heliograph/dead-letters';
import { type PurgeChunk, Purges, type Tx } from '@heliograph/kernel';
import { brokerLetters } from './broker-letters';

/** Purges broker messages. */
@Injectable()
export class BrokerPoisonRetention {
  constructor(purges: Purges) {
    purges.register({ table: 'broker_poison', purgeSome: (tx, limit, from) => this.purgeSome(tx, limit, from) });
  }

  /** Deletes messages whose letter is deleted. Messages with a letter, open or settled, and messages to be retried stay. */
  private async purgeSome(tx: Tx, limit: number, from: string | null): Promise<PurgeChunk> {
    const [tenantId, id] = from?.split('/') ?? [null, null];
    const [purged] = await tx.query<{ count: number; seen: number; last: string | null }>(
      `WITH seen AS MATERIALIZED (
         SELECT tenant_id, id FROM broker_poison WHERE $1::uuid IS NULL OR (tenant_id, id) > ($1, $2::uuid) ORDER BY tenant_id, id LIMIT $3
       ), gone AS (
         DELETE FROM broker_poison p USING seen s WHERE p.tenant_id = s.tenant_id AND p.id = s.id AND p.again_at IS NULL
           AND NOT ${anyLetterOf(brokerLetters, 'p.tenant_id', 'p.id::text')}
         RETURNING 1
       )
       SELECT (SELECT count(*) FROM gone)::int AS count, (SELECT count(*) FROM seen)::int AS seen,
         (SELECT tenant_id || '/' || id FROM seen ORDER BY tenant_id DESC, id DESC LIMIT 1) AS last`,
      [tenantId, id, limit],
    );
    const { count, seen, last } = purged as { count: number; seen: number; last: string | null };
    return { deleted: { broker_poison: count }, next: seen < limit ? null : last };
  }
}
