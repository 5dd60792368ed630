import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { declareFeedReader, Loops, Purges, TransactionFeed } from '@heliograph/kernel';
import { countTables, MessageCounts } from './message-counts.repository';

const followMs = 500;
/** Days that counts are kept: those by day for two years and the month that has begun, since clients are billed by them. */
const keptDays = (table: (typeof countTables)[number]): number => (table === 'message_days' ? 800 : 40);
const reader = declareFeedReader({ name: 'message_counts', memory: '14 days', transactionsAtOnce: 2_000 });

/**
 * Keeps the counts of messages by tenant and time, from stored messages and their history. Runs in the role `housekeeping`, in one process
 * at a time. Each change is counted once.
 */
@Injectable()
export class MessageCounting implements OnApplicationBootstrap {
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
    while ((await this.feed.advance(reader, (tx, range) => this.counts.count(tx, range))) && !signal?.aborted);
  }
}
