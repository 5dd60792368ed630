import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type PurgeChunk, Purges, type Tx, untilNotFull } from '@heliograph/kernel';
import { openLetterOf } from '@heliograph/messaging';
import type { EventsConfig } from './events.config';

/** Ends what is kept of events. */
@Injectable()
export class EventRetention {
  constructor(
    purges: Purges,
    @Inject(APP_CONFIG) private readonly config: Pick<EventsConfig, 'EVENT_RETENTION_DAYS'>,
  ) {
    purges.register({ table: 'events', keptDays: config.EVENT_RETENTION_DAYS, purgeSome: (tx, limit) => this.purgeSome(tx, limit) });
  }

  /** Events that were followed. One with an open dead letter stays: it may be followed again. */
  private async purgeSome(tx: Tx, limit: number): Promise<PurgeChunk> {
    const rows = await tx.query(
      `DELETE FROM events e USING (
         SELECT o.tenant_id, o.id FROM events o WHERE o.received_at < heliograph_now() - $1 * interval '1 day' AND o.state <> 'received'
           AND NOT (o.state <> 'done' AND ${openLetterOf('event', 'o.tenant_id', 'o.id::text')})
         LIMIT $2 FOR UPDATE SKIP LOCKED) x
       WHERE e.tenant_id = x.tenant_id AND e.id = x.id RETURNING 1`,
      [this.config.EVENT_RETENTION_DAYS, limit],
    );
    return untilNotFull('events', rows.length, limit);
  }
}
