import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { declareFeedReader, inHalves, Loops, TransactionFeed, type TransactionRange, type Tx } from '@heliograph/kernel';
import { MessageCounts, messageRowOf } from '@heliograph/messaging';

const followMs = 2_000;
const reader = declareFeedReader({ name: 'lane_replies', memory: '14 days' });

/**
 * Counts by lane and day the people who answered. Reads entries by transaction, so that the path of a hook carries nothing of it, in the role
 * `housekeeping`; one process of all does it. A person counts once for each day of which they answer a message.
 */
@Injectable()
export class LaneReplies implements OnApplicationBootstrap {
  private readonly log = new Logger(LaneReplies.name);

  constructor(
    private readonly feed: TransactionFeed,
    private readonly counts: MessageCounts,
    private readonly loops: Loops,
  ) {}

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'lane_replies', everyMs: followMs, work: (signal) => this.follow(signal) });
  }

  /** Counts everything that was answered up to now. */
  async follow(signal?: AbortSignal): Promise<void> {
    const all = (tx: Tx, range: TransactionRange) => this.count(tx, range, null);
    const apart = (tx: Tx, range: TransactionRange) => this.countApart(tx, range);
    while ((await this.feed.advance(reader, all, apart)) && !signal?.aborted);
  }

  /** Counts by conversation, in halves where needed, and skips one that cannot be counted, so that it does not block the others. */
  private async countApart(tx: Tx, range: TransactionRange): Promise<void> {
    const answered = await tx.query<{ tenantId: string; id: string }>(
      `SELECT DISTINCT tenant_id AS "tenantId", conversation_id AS id FROM entries
       WHERE tx >= $1 AND tx < $2 AND conversation_id IS NOT NULL AND answers_id IS NOT NULL`,
      [range.from, range.to],
    );
    const count = (some: typeof answered) =>
      this.count(
        tx,
        range,
        some.map(({ id }) => id),
      );
    for (const { item, error } of await inHalves(tx, answered, count))
      this.log.error({ event: 'answer.skipped', tenant: item.tenantId, conversation: item.id, error: (error as Error).message });
  }

  /** @param conversations null: all that were written to in the range */
  private async count(tx: Tx, { from, to }: TransactionRange, conversations: string[] | null): Promise<void> {
    const replies = await tx.query<{ tenantId: string; sessionId: string; day: string; people: number }>(
      `SELECT e.tenant_id AS "tenantId", e.session_id AS "sessionId", (m.sent_at AT TIME ZONE 'UTC')::date::text AS day,
         count(DISTINCT e.conversation_id)::int AS people
       FROM entries e JOIN ${messageRowOf('m', 'e.tenant_id', 'e.answers_id')} AND m.session_id = e.session_id AND m.sent_at IS NOT NULL
       WHERE e.tx >= $1 AND e.tx < $2 AND e.direction = 'in' AND NOT e.historical AND e.conversation_id IS NOT NULL
         AND ($3::uuid[] IS NULL OR e.conversation_id = ANY ($3))
         AND NOT EXISTS (
           SELECT 1 FROM entries p JOIN ${messageRowOf('pm', 'p.tenant_id', 'p.answers_id')}
           WHERE p.tenant_id = e.tenant_id AND p.conversation_id = e.conversation_id AND p.tx < $1
             AND p.received_at >= date_trunc('day', m.sent_at, 'UTC')
             AND (pm.sent_at AT TIME ZONE 'UTC')::date = (m.sent_at AT TIME ZONE 'UTC')::date)
       GROUP BY 1, 2, 3`,
      [from, to, conversations],
    );
    await this.counts.addReplies(tx, replies);
  }
}
