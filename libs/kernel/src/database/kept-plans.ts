import type { Pool, PoolClient } from 'pg';

/** Minimum time between two looks at the sizes of the tables, in ms. */
const looksEveryMs = 1_000;
/** Size up to which a table is small, in bytes. */
const smallBytes = 65_536;
/** Growth after which plans are made anew. */
const growth = 4;

/** SQL: the sizes of all tables as a text, which changes when one has grown, or shrunk, by about `growth`. */
const sizesSql = `SELECT string_agg(c.oid || ':' || floor(log(${growth}, greatest(pg_relation_size(c.oid), ${smallBytes}) / ${smallBytes}::numeric)), ',' ORDER BY c.oid) AS sizes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = current_schema()`;

/**
 * Ends the plans that connections keep for their prepared statements once the tables have other sizes. A plan that was made while a table
 * was small reads all of it, and the server itself makes no other one before the next ANALYZE: up to a minute, and a million rows, later.
 */
export class KeptPlans {
  private readonly plannedFor = new WeakMap<PoolClient, string>();
  private sizes = '';
  private lookedAt = -Infinity;
  private isLooking = false;

  /** @param pool runs the looks */
  constructor(private readonly pool: () => Pool) {}

  /** Ends the plans of this connection when they were made for other sizes. @throws when the connection is lost */
  async endOutdated(client: PoolClient): Promise<void> {
    this.look();
    const { sizes } = this;
    const before = this.plannedFor.get(client) ?? sizes;
    this.plannedFor.set(client, sizes);
    if (before !== sizes) await client.query('DISCARD PLANS');
  }

  /**
   * Reads the sizes in the background, one look at a time: it waits for a table that a migration has locked. When a look fails, the plans stay
   * until the next one.
   */
  private look(): void {
    if (this.isLooking || performance.now() - this.lookedAt < looksEveryMs) return;
    this.isLooking = true;
    const read = async () => {
      const { rows } = await this.pool().query<{ sizes: string | null }>(sizesSql);
      this.sizes = rows[0]?.sizes ?? '';
    };
    void read()
      .catch(() => undefined)
      .finally(() => {
        this.isLooking = false;
        this.lookedAt = performance.now();
      });
  }
}
