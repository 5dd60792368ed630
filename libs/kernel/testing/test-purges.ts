import { type Database, type DrainService, Metrics, Purges } from '../src';

/** Purges over this database that run when a test says so, and the rows deleted so far by table, as the metric tells them. */
export function testPurges(db: Database): { purges: Purges; counted: () => Promise<Record<string, number>>; drain: () => Promise<void> } {
  const metrics = new Metrics();
  let drain = (): Promise<void> => Promise.resolve();
  const drains = { onDrain: (_: string, work: () => Promise<void>) => (drain = work) };
  const counted = async (): Promise<Record<string, number>> => {
    const { values } = await (
      metrics.registry.getSingleMetric('heliograph_purged_rows_total') as {
        get(): Promise<{ values: { value: number; labels: { table?: string } }[] }>;
      }
    ).get();
    return Object.fromEntries<number>(values.map(({ labels, value }) => [labels.table ?? '', value]));
  };
  return { purges: new Purges(db, drains as unknown as DrainService, metrics), counted, drain: () => drain() };
}
