import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';

/** One change of a message's state, as `message_events` has it. Both states the same: a note. */
export interface MessageEvent {
  /** Grows, but not by one, and not in the order of commits. */
  seq: string;
  /** As PostgreSQL writes it. */
  at: string;
  tenantId: string;
  sessionId: string | null;
  groupId: string | null;
  messageId: string;
  attempt: number;
  from: string;
  to: string;
  cause: string | null;
}

/** Transactions whose events are read at a time. */
const transactionsAtOnce = 100;

/**
 * Follows `message_events`. An event is read once its transaction and all before it have ended, so that none is missed; if
 * the reader dies before its place is stored, it reads the last events again.
 */
@Injectable()
export class MessageEventFeed {
  constructor(private readonly db: Database) {}

  /**
   * Hands the next events to `read`, in the order of their transactions, and stores that they are done. A reader that was away
   * for more than `memory` goes on with what happens now.
   * @returns whether there may be more; false also while another process has this reader's place
   */
  async advance(reader: { name: 'log'; memory: string }, read: (events: MessageEvent[]) => Promise<void>): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const [place] = await tx.query<{ from: string; to: string; more: boolean }>(
        `SELECT p.start::text AS "from", least(x.oldest, p.start + $2)::text AS "to", p.start + $2 < x.oldest AS more
         FROM (SELECT next_tx, moved_at FROM message_event_readers WHERE name = $1 FOR UPDATE SKIP LOCKED) r
         CROSS JOIN (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest) x
         -- A database restored into another server counts its transactions anew.
         CROSS JOIN LATERAL (SELECT CASE WHEN r.moved_at > heliograph_now() - $3::interval THEN least(r.next_tx, x.oldest) ELSE x.oldest END AS start) p`,
        [reader.name, transactionsAtOnce, reader.memory],
      );
      if (!place) return false;
      const events = await tx.query<MessageEvent>(
        `SELECT e.seq::text, e.at::text, e.tenant_id AS "tenantId", m.session_id AS "sessionId", m.group_id AS "groupId", e.message_id AS "messageId",
           e.attempt, e.from_state AS "from", e.to_state AS "to", e.cause
         FROM message_events e LEFT JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
         WHERE e.tx >= $1 AND e.tx < $2 ORDER BY e.tx, e.seq`,
        [place.from, place.to],
      );
      await read(events);
      await tx.query(`UPDATE message_event_readers SET next_tx = $2, moved_at = heliograph_now() WHERE name = $1`, [reader.name, place.to]);
      return place.more;
    });
  }
}
