import { Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import { type PurgeChunk, Purges, untilNotFull } from '../purges/purges';

/** Deletes expired idempotency keys. */
@Injectable()
export class IdempotencyKeyPurge {
  constructor(purges: Purges) {
    purges.register({ table: 'idempotency_keys', purgeSome: (tx, limit) => this.purgeSome(tx, limit) });
  }

  private async purgeSome(tx: Tx, limit: number): Promise<PurgeChunk> {
    const rows = await tx.query(
      `DELETE FROM idempotency_keys k USING (SELECT tenant_id, key FROM idempotency_keys WHERE expires_at <= heliograph_now() LIMIT $1 FOR UPDATE SKIP LOCKED) x
       WHERE k.tenant_id = x.tenant_id AND k.key = x.key RETURNING 1`,
      [limit],
    );
    return untilNotFull('idempotency_keys', rows.length, limit);
  }
}
