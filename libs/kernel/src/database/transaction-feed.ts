import { Injectable, Logger } from '@nestjs/common';
import { Database, isItemFault, type Tx } from './database';

/** A reader, and how long its place is good: one that was away longer goes on with what happens now. */
export interface FeedReader {
  /** Its name in `feed_readers`. */
  readonly name: string;
  /** A PostgreSQL interval. */
  readonly memory: string;
}

const declared = new Set<string>();

/**
 * Declares a reader. A new one begins with what happens after it first asks.
 * @throws Error when the name is declared already: two readers of one name would each miss what the other read
 */
export function declareFeedReader(reader: FeedReader): FeedReader {
  if (declared.has(reader.name)) throw new Error(`The feed reader ${reader.name} is declared twice.`);
  declared.add(reader.name);
  return reader;
}

/** Transactions, from one to before another, that have all ended. */
export interface TransactionRange {
  from: string;
  to: string;
}

/** Transactions that are read at a time. */
const transactionsAtOnce = 100;

/**
 * Follows tables whose rows carry the transaction that wrote them (column `tx`). A row is read once its transaction and all
 * before it have ended, so that none is missed. What `read` writes in its transaction is done exactly once.
 */
@Injectable()
export class TransactionFeed {
  private readonly log = new Logger(TransactionFeed.name);
  private readonly known = new Set<string>();

  constructor(private readonly db: Database) {}

  /**
   * Has the next transactions read, and stores that they are done.
   * @param apart reads them when `read` failed for what one item holds: item by item or in halves, and leaves out what cannot be read
   * @returns whether there may be more; false also while another process has this reader's place
   */
  async advance(
    reader: FeedReader,
    read: (tx: Tx, range: TransactionRange) => Promise<void>,
    apart?: (tx: Tx, range: TransactionRange) => Promise<void>,
  ): Promise<boolean> {
    await this.enrol(reader);
    try {
      return await this.step(reader, read);
    } catch (error) {
      if (!apart || !isItemFault(error)) throw error;
      this.log.warn({ event: 'feed.batch_failed', reader: reader.name, error: (error as Error).message });
      return this.step(reader, apart);
    }
  }

  /** Gives a reader its first place, once a process. */
  private async enrol({ name }: FeedReader): Promise<void> {
    if (this.known.has(name)) return;
    await this.db.query(
      `INSERT INTO feed_readers (name, next_tx) SELECT $1, pg_snapshot_xmin(pg_current_snapshot())::text::bigint ON CONFLICT (name) DO NOTHING`,
      [name],
    );
    this.known.add(name);
  }

  private async step(reader: FeedReader, read: (tx: Tx, range: TransactionRange) => Promise<void>): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const [place] = await tx.prepared<TransactionRange & { more: boolean }>(
        'feed_place',
        `SELECT p.start::text AS "from", least(x.oldest, p.start + $2)::text AS "to", p.start + $2 < x.oldest AS more
         FROM (SELECT next_tx, moved_at FROM feed_readers WHERE name = $1 FOR UPDATE SKIP LOCKED) r
         CROSS JOIN (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest) x
         -- A database restored into another server counts its transactions anew.
         CROSS JOIN LATERAL (SELECT CASE WHEN r.moved_at > heliograph_now() - $3::interval THEN least(r.next_tx, x.oldest) ELSE x.oldest END AS start) p`,
        [reader.name, transactionsAtOnce, reader.memory],
      );
      if (!place) return false;
      await read(tx, place);
      await tx.prepared('feed_moved', `UPDATE feed_readers SET next_tx = $2, moved_at = heliograph_now() WHERE name = $1`, [
        reader.name,
        place.to,
      ]);
      return place.more;
    });
  }
}
