import type { Database } from '../src/database/database';
import { until } from './until';

/** Waits until all earlier transactions have ended: only then is history read past them. Those of other databases on the server count too. */
export async function historySettles(db: Database): Promise<void> {
  const [now] = await db.query<{ next: string }>(`SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next`);
  await until(async () => {
    const [held] = await db.query<{ isOver: boolean }>(`SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS "isOver"`, [
      now?.next,
    ]);
    return held?.isOver;
  }, 30_000);
}
