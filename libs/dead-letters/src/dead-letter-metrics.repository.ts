import { Injectable } from '@nestjs/common';
import { Database, Metrics } from '@heliograph/kernel';

/** Maximum number of letters that the gauge counts. */
const maxCounted = 100_000;

/** Exports the number of open dead letters. */
@Injectable()
export class DeadLetterMetrics {
  constructor(metrics: Metrics, db: Database) {
    metrics.gauge('dead_letters_open', 'Open dead letters.', [], async (gauge) => {
      const [row] = await db.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM (SELECT 1 FROM dead_letters WHERE state = 'open' LIMIT ${maxCounted}) x`,
      );
      gauge.set(row?.count ?? 0);
    });
  }
}
