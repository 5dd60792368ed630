import { Injectable, Logger } from '@nestjs/common';
import { Database, isItemFault, type Tx } from './database';

/** A feed reader, and how long its position is valid. A reader that was absent for longer continues with new transactions. */
export interface FeedReader {
  /** Name in `feed_readers`. */
  readonly name: string;
  /** A PostgreSQL interval. */
  readonly memory: string;
  /** Maximum number of transactions per read; default 100. */
  readonly transactionsAtOnce?: number;
}

const declared = new Set<string>();

/**
 * Declares a reader. A new reader starts with transactions after its first read.
 * @throws Error when the name is declared already: two readers of one name would each miss what the other has read
 */
export function declareFeedReader(reader: FeedReader): FeedReader {
  if (declared.has(reader.name)) throw new Error(`The feed reader ${reader.name} is declared twice.`);
  declared.add(reader.name);
  return reader;
}

/** SQL: the first transaction that this reader has not read; null: it never read. */
export const feedPositionOf = ({ name }: FeedReader): string => `(SELECT fr.next_tx FROM feed_readers fr WHERE fr.name = '${name}')`;

/** Transactions in the range [from, before), all of which have ended. */
export interface TransactionRange {
  from: string;
  to: string;
}

interface Place extends TransactionRange {
  more: boolean;
  /** True when the position is after the transactions that have ended: of a restored database, or moved by another process meanwhile. */
  isBack: boolean;
}

const defaultTransactionsAtOnce = 100;

/**
 * Follows tables whose rows contain the transaction that wrote them (column `tx`). Reads a row once its transaction and all
 * earlier ones have ended, so that no row is missed. Writes that `read` makes in its transaction happen exactly once.
 */
@Injectable()
export class TransactionFeed {
  private readonly log = new Logger(TransactionFeed.name);
  private readonly known = new Set<string>();

  constructor(private readonly db: Database) {}

  /**
   * Calls `read` with the next transactions and stores the new position.
   * @param apart fallback for a batch in which one item makes `read` fail: isolates that item and skips it
   * @returns true when there may be more; false also while another process holds this reader's position
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

  /** Creates the first position of a reader, once per process. */
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
      let place = await this.place(tx, reader);
      // The snapshot of the statement is older than its lock: another process may have moved the position in between. The next statement sees that.
      if (place?.isBack) place = await this.place(tx, reader);
      if (!place) return false;
      await read(tx, place);
      await tx.prepared('feed_moved', `UPDATE feed_readers SET next_tx = $2, moved_at = heliograph_now() WHERE name = $1`, [
        reader.name,
        place.to,
      ]);
      return place.more;
    });
  }

  /** Locks the position of a reader and returns what it reads next; undefined: another process has the position. */
  private async place(tx: Tx, reader: FeedReader): Promise<Place | undefined> {
    const [place] = await tx.prepared<Place>(
      'feed_place',
      `SELECT p.start::text AS "from", least(x.oldest, p.start + $2)::text AS "to", p.start + $2 < x.oldest AS more, r.next_tx > x.oldest AS "isBack"
       FROM (SELECT next_tx, moved_at FROM feed_readers WHERE name = $1 FOR UPDATE SKIP LOCKED) r
       CROSS JOIN (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest) x
       -- A database that is restored into another server restarts its transaction numbers.
       CROSS JOIN LATERAL (SELECT CASE WHEN r.moved_at > heliograph_now() - $3::interval THEN least(r.next_tx, x.oldest) ELSE x.oldest END AS start) p`,
      [reader.name, reader.transactionsAtOnce ?? defaultTransactionsAtOnce, reader.memory],
    );
    return place;
  }
}
