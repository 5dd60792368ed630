import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { declareFeedReader, Loops, Purges, TransactionFeed, type TransactionRange, type Tx } from '@heliograph/kernel';
import { countTables, MessageCounts } from './message-counts.repository';

const followMs = 500;
/** Days that counts are kept: those by day for two years and the month that has begun, since clients are billed by them. */
const keptDays = (table: (typeof countTables)[number]): number => (table === 'message_days' ? 800 : 40);
/** Reader of the counts. */
export const countsReader = declareFeedReader({ name: 'message_counts', memory: '14 days', transactionsAtOnce: 2_000 });

/**
 * Keeps the counts of messages by tenant and time, from stored messages and their history. Runs in the role `housekeeping`, in one process
 * at a time. Each change is counted once.
 */
@Injectable()
export class MessageCounting implements OnApplicationBootstrap {
  private readonly log = new Logger(MessageCounting.name);

  constructor(
    private readonly feed: TransactionFeed,
    private readonly counts: MessageCounts,
    private readonly loops: Loops,
    purges: Purges,
  ) {
    for (const table of countTables)
      purges.register({
        table,
        keptDays: keptDays(table),
        purgeSome: (tx, limit) => counts.purge(tx, table, keptDays(table), limit),
      });
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'message_counts', everyMs: followMs, work: (signal) => this.follow(signal) });
  }

  /** Counts everything up to now. */
  async follow(signal?: AbortSignal): Promise<void> {
    const all = (tx: Tx, range: TransactionRange) => this.counts.count(tx, range);
    const apart = (tx: Tx, range: TransactionRange) => this.countApart(tx, range);
    while ((await this.feed.advance(countsReader, all, apart)) && !signal?.aborted);
  }

  /** Skips what cannot be counted, which is then in no count. */
  private async countApart(tx: Tx, range: TransactionRange): Promise<void> {
    for (const { tenantId, messageId, error } of await this.counts.countApart(tx, range))
      this.log.error({ event: 'count.skipped', tenant: tenantId, message: messageId ?? undefined, error: (error as Error).message });
  }
}
