import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';

/** Hooks deleted by one statement. */
const purgeChunk = 5_000;

/** Ends what is kept of hooks. */
@Injectable()
export class HookRetention {
  constructor(private readonly db: Database) {}

  /** Deletes hooks that were read and are older than so many days, until there are none or `stop`. @returns how many */
  async purge(days: number, stop?: AbortSignal): Promise<number> {
    let purged = 0;
    for (let count = purgeChunk; count === purgeChunk && !stop?.aborted; purged += count) {
      // Other workers purge too: they take other rows.
      const rows = await this.db.query(
        `DELETE FROM hook_inbox h USING (
           SELECT tenant_id, id FROM hook_inbox WHERE processed_at IS NOT NULL AND received_at < heliograph_now() - $1::float8 * interval '1 day'
           LIMIT $2 FOR UPDATE SKIP LOCKED) o
         WHERE h.tenant_id = o.tenant_id AND h.id = o.id RETURNING 1`,
        [days, purgeChunk],
      );
      count = rows.length;
    }
    return purged;
  }
}
