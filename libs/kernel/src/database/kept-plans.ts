import type { Pool, PoolClient } from 'pg';

/** Minimum time between two looks at the sizes of the tables, in ms. */
const looksEveryMs = 1_000;
/** Size up to which a table is small, in bytes. */
const smallBytes = 65_536;
/** Growth after which plans are made anew. */
const growth = 4;

/** SQL: a number that changes when a table has grown, or shrunk, by a factor of `growth`. */
const sizeSql = `SELECT coalesce(sum(floor(log(${growth}, greatest(pg_relation_size(c.oid), ${smallBytes}) / ${smallBytes}::numeric))), 0)::int AS size
FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace`;

/**
 * Ends the plans that connections keep for their prepared statements once the tables have other sizes. A plan that was made while a table
 * was small reads all of it, and the server itself makes no other one before the next ANALYZE: up to a minute, and a million rows, later.
 */
export class KeptPlans {
  private readonly sizes = new WeakMap<PoolClient, number>();
  private size = 0;
  private lookedAt = -Infinity;
  private isLooking = false;

  /** @param pool runs the looks */
  constructor(private readonly pool: () => Pool) {}

  /** Ends the plans of this connection when they were made for other sizes. @throws when the connection is lost */
  async endOutdated(client: PoolClient): Promise<void> {
    this.look();
    const { size } = this;
    const planned = this.sizes.get(client) ?? size;
    this.sizes.set(client, size);
    if (planned !== size) await client.query('DISCARD PLANS');
  }

  /** Reads the sizes in the background. When that fails, the plans stay until the next look. */
  private look(): void {
    if (this.isLooking || performance.now() - this.lookedAt < looksEveryMs) return;
    this.isLooking = true;
    void this.pool()
      .query<{ size: number }>(sizeSql)
      .then(
        ({ rows: [row] }) => (this.size = row?.size ?? this.size),
        () => undefined,
      )
      .finally(() => {
        this.isLooking = false;
        this.lookedAt = performance.now();
      });
  }
}
