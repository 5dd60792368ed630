import { type Database, type Loops, type Purges, type Sql, TransactionFeed } from '@heliograph/kernel';
import { testPurges } from '@heliograph/kernel/testing';
import { MessageCounting } from '../src/figures/message-counting';
import { MessageCounts } from '../src/figures/message-counts.repository';
import type { MessageDraft } from '../src/intake/message-draft';
import { MessageStore, type RowPlace } from '../src/intake/message-store.repository';
import { MessageRetention } from '../src/retention/message-retention.repository';

/** Counts what has happened so far, as workers do. Transactions that are open are not counted. */
export async function countMessages(db: Database): Promise<void> {
  const purges = { register: () => undefined } as unknown as Purges;
  await new MessageCounting(new TransactionFeed(db), new MessageCounts(db), {} as Loops, purges).follow();
}

/** Stores rows as intake does. */
export async function storeRows(db: Sql, rows: (MessageDraft & RowPlace)[]): Promise<void> {
  await new MessageStore().store(db, rows, 72);
}

/** Purges messages that ended more than `days` ago. */
export async function purgeMessages(db: Database, days: number): Promise<void> {
  const { purges } = testPurges(db);
  new MessageRetention(purges, { MESSAGE_RETENTION_DAYS: days });
  await purges.purgeDue();
}
