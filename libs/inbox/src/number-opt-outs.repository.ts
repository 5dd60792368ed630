import { Injectable } from '@nestjs/common';
import { optedOutThroughSql } from '@heliograph/contacts';
import { Database } from '@heliograph/kernel';

/** Maximum number of people whose consents are looked at, those who wrote last first. */
export const maxWriters = 5_000;

/** Counts the people who opted out by what they wrote to a number. */
@Injectable()
export class NumberOptOuts {
  constructor(private readonly db: Database) {}

  /**
   * Counts the people who opted out in the last days, today included, by UTC. No index of consents names the number: who opted out through it has
   * a conversation with it that is no older, so the latest conversations of the number are read in the order of their index, up to a bound, and the
   * consents of each by that of its contact.
   */
  async count(tenantId: string, sessionId: string, days: number): Promise<number> {
    const since = `(date_trunc('day', heliograph_now(), 'UTC') - ($3::int - 1) * interval '1 day')`;
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ count: number }>(
        `SELECT count(DISTINCT w.contact_id)::int AS count FROM (
           SELECT c.contact_id FROM conversations c WHERE c.tenant_id = $1 AND c.session_id = $2 AND c.last_entry_at >= ${since}
           ORDER BY c.last_entry_at DESC, c.id DESC LIMIT ${maxWriters}
         ) w WHERE w.contact_id IS NOT NULL AND ${optedOutThroughSql('$1::uuid', 'w.contact_id', '$2::uuid', since)}`,
        [tenantId, sessionId, days],
      ),
    );
    return row?.count ?? 0;
  }
}
