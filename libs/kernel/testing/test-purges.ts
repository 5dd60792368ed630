import { type Database, Metrics, Purges } from '../src';
import { processLoops } from './process-loops';

/** Creates purges over this database that run when a test starts them, and counts the deleted rows by table as the metric does. */
export function testPurges(db: Database): { purges: Purges; counted: () => Promise<Record<string, number>>; drain: () => Promise<void> } {
  const metrics = new Metrics();
  const { loops, drain } = processLoops();
  const counted = async (): Promise<Record<string, number>> => {
    const { values } = await (
      metrics.registry.getSingleMetric('heliograph_purged_rows_total') as unknown as {
        get(): Promise<{ values: { value: number; labels: { table: string } }[] }>;
      }
    ).get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels.table, value]));
  };
  return { purges: new Purges(db, loops, metrics), counted, drain };
}
