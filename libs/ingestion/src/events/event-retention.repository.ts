import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type PurgeChunk, Purges, type Tx, untilNotFull } from '@heliograph/kernel';
import { openLetterOf } from '@heliograph/dead-letters';
import type { EventsConfig } from './events.config';
import { eventLetters } from './event-letters';

/** Purges events. */
@Injectable()
export class EventRetention {
  constructor(
    purges: Purges,
    @Inject(APP_CONFIG) private readonly config: Pick<EventsConfig, 'EVENT_RETENTION_DAYS'>,
  ) {
    purges.register({ table: 'events', keptDays: config.EVENT_RETENTION_DAYS, purgeSome: (tx, limit) => this.purgeSome(tx, limit) });
  }

  /** Deletes processed events. An event with an open dead letter stays, since it may be replayed. */
  private async purgeSome(tx: Tx, limit: number): Promise<PurgeChunk> {
    const rows = await tx.query(
      `DELETE FROM events e USING (
         SELECT o.tenant_id, o.id FROM events o WHERE o.received_at < heliograph_now() - $1 * interval '1 day' AND o.state <> 'received'
           AND NOT (o.state <> 'done' AND ${openLetterOf(eventLetters, 'o.tenant_id', 'o.id::text')})
         LIMIT $2 FOR UPDATE SKIP LOCKED) x
       WHERE e.tenant_id = x.tenant_id AND e.id = x.id RETURNING 1`,
      [this.config.EVENT_RETENTION_DAYS, limit],
    );
    return untilNotFull('events', rows.length, limit);
  }
}
