import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pending callbacks by their priority. */
export class CallbackPriorityIndexes1764003200200 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'callbacks_due_first_idx',
      `ON callbacks (endpoint_id, priority, next_attempt_at, seq) WHERE state = 'pending' AND NOT waits`,
    );
    await createIndexConcurrently(
      runner,
      'callbacks_pending_first_idx',
      `ON callbacks (endpoint_id, priority, seq) WHERE state = 'pending'`,
    );
    // They replace the indexes without the priority: a worker of the previous version sorts pending callbacks until it is replaced.
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS callbacks_due_idx');
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS callbacks_pending_idx');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX callbacks_due_idx ON callbacks (endpoint_id, next_attempt_at, seq) WHERE state = 'pending' AND NOT waits;
      CREATE INDEX callbacks_pending_idx ON callbacks (endpoint_id, seq) WHERE state = 'pending';
      DROP INDEX callbacks_due_first_idx, callbacks_pending_first_idx;
    `);
  }
}
